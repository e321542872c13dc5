"""ASVS V1: what people write stays text, wherever it goes."""

from __future__ import annotations

import ast
import re
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from django.conf import settings
from django.core.mail import EmailMessage
from django.test import Client
from pypdf import PdfReader

from besa.directory.models import Agency
from besa.lib.document.blocks import Document, Heading, Paragraph
from besa.lib.document.pdf import render
from conftest import ClientOf, MakeMember
from tests.security.sources import ROOT, calls, importers, templates, text

HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "{{ request.user.password }}{% debug %}",
    "javascript:alert(1)",
    "<!--><svg/onload=alert(1)>",
]
# Variables of templates that hold an address which our code has made.
OURS = re.compile(
    r"\{\{\s*([\w.]*(url|href|back|link|next|address|src|logout|login)[\w.]*(\|[\w:\"'.]+)*"
    r"|totp_svg_data_uri|part\.image|request\.path|chip\.without|behind|action)\s*\}\}",
    re.IGNORECASE,
)
DEFINING = re.compile(r"f?[\"']+\s*(CREATE|DROP|ALTER|GRANT|REVOKE|COMMENT|VACUUM) ")
# Modules without a page in which statements are put together from names of our own tables, quoted there.
SQL_BY_HAND = {
    "besa/audit/queries.py",  # the name of a column, quoted
    "besa/cases/policy.py",  # made by the ORM once, values as parameters
    "besa/cases/row_security.py",  # policies, by a command
    "besa/demo/load.py",  # rows in batches: names of tables and columns, quoted
    "besa/safekeeping/postgres.py",  # backups, composed by psycopg
    "besa/safekeeping/sqlite.py",  # backups: counts of the rows of each table
}
PATTERNS_OF_TABLES = {"besa/people/names.py", "besa/people/scripts.py"}  # from our tables of letters, at the start
STARTS_PROGRAMS = {
    "besa/safekeeping",
    "besa/lib/files/sandbox.py",
    "besa/lib/process.py",
}  # backups by commands; parsing apart
# Where HTML is put together by hand, each time from parts that are escaped there.
HTML_BY_HAND = {"besa/plan/templatetags/plan.py", "besa/reporting/views_reports.py", "besa/cases/views/custody.py"}


def test_a_doubly_encoded_address_is_not_decoded_twice(make_member: MakeMember, client_of: ClientOf) -> None:
    client = client_of(make_member("coordinator"))
    assert client.get("/directory/agencies/MOI/").status_code == 200
    assert client.get("/directory/agencies/M%4fI/").status_code == 200, "one decoding is meant"
    assert client.get("/directory/agencies/M%254fI/").status_code == 404
    assert client.get("/directory/agencies/..%252f..%252f/").status_code == 404


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_stays_text_on_the_page(
    hostile: str, agency: Agency, make_member: MakeMember, client_of: ClientOf
) -> None:
    member = make_member("coordinator")
    Agency.objects.filter(pk=agency.pk).update(name_en=hostile, name_sq=hostile)
    client = client_of(member)
    escaped = hostile.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = escaped.replace('"', "&quot;").replace("'", "&#x27;")
    for path in ("/directory/agencies/", "/directory/agencies/MOI/", "/directory/agencies/MOI/edit/"):
        page = client.get(path).content.decode()
        assert escaped in page, path
        if escaped != hostile:
            assert hostile not in page, path


def test_no_code_marks_text_as_safe_html() -> None:
    marks = {place.partition(":")[0] for place, _, name in calls() if name in ("mark_safe", "SafeString", "html_safe")}
    assert marks <= HTML_BY_HAND, "let the template escape; or look at it closely and list it here"
    unsafe = re.compile(r"\|\s*safe\b|\|\s*safeseq\b|autoescape\s+off")
    assert [path for path, page in templates().items() if unsafe.search(page)] == []


def test_no_address_on_a_page_comes_from_text_of_people() -> None:
    """A link is made by `url`, from our own paths, or by a variable that holds an address of ours."""
    hrefs = [
        (path, link)
        for path, page in templates().items()
        for link in re.findall(r'(?:href|action|src|formaction)="(\{\{[^"]*)"', page)
    ]
    assert [(path, link) for path, link in hrefs if not OURS.match(link)] == []
    assert [path for path, page in templates().items() if re.search(r'(?:href|src)="(?:javascript|data):', page)] == []


def test_no_template_writes_values_into_a_script() -> None:
    """Scripts are files; what a page hands them is JSON by `json_script`, or names of fields."""
    for path, page in templates().items():
        for attributes, body in re.findall(r"<script([^>]*)>(.*?)</script>", page, re.DOTALL):
            assert "src=" in attributes or 'type="application/json"' in attributes, f"{path} holds a script"
            values = re.findall(r"\{\{(.*?)\}\}", body)
            assert [value for value in values if not value.strip().endswith(".auto_id")] == [], path


def _is_constant(node: ast.expr) -> bool:
    """Is this text written in the code, or put together from such texts? A name in capitals stands for a constant."""
    if isinstance(node, ast.JoinedStr):
        return all(_is_constant(part.value if isinstance(part, ast.FormattedValue) else part) for part in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _is_constant(node.left) and _is_constant(node.right)
    if isinstance(node, ast.Subscript):
        return _is_constant(node.value)
    return isinstance(node, ast.Constant) or ast.unparse(node).rpartition(".")[2].isupper()


def test_no_sql_is_put_together_from_values() -> None:
    """What defines a table, a trigger or a role takes no parameters; there, and nowhere else, names stand in the text."""
    runs = (".execute", ".executemany", ".raw", "RawSQL", ".extra")
    built = [
        place
        for place, node, name in calls()
        if name.endswith(runs) and node.args and not _is_constant(node.args[0])
        if not DEFINING.match(ast.unparse(node.args[0])) and place.partition(":")[0] not in SQL_BY_HAND
    ]
    assert built == [], "hand values over as parameters"


def test_no_program_is_started_by_pages() -> None:
    starts = importers("subprocess", "pty", "os.system", "os.popen", "os.exec", "os.spawn", "shlex")
    views = {path for path in starts if "/management/commands/" not in path}
    assert [path for path in views if not path.startswith(tuple(STARTS_PROGRAMS))] == []
    shells = [place for place, node, name in calls() if any(word.arg == "shell" for word in node.keywords)]
    direct = [place for place, _, name in calls() if re.match(r"os\.(system|popen|exec|spawn)", name)]
    assert shells + direct == []


def test_patterns_are_written_in_the_code_or_escaped() -> None:
    takes = re.compile(r"^(re|regex)\.(compile|match|search|fullmatch|sub|subn|split|findall|finditer)$")
    loose = [
        place
        for place, node, name in calls()
        if takes.match(name)
        and "/demo/" not in place
        and place.partition(":")[0] not in PATTERNS_OF_TABLES
        and not _is_constant(node.args[0])
        and "re.escape(" not in ast.unparse(node.args[0])
    ]
    assert loose == []
    lookups = [place for place, node, _ in calls() if any(str(word.arg).endswith("regex") for word in node.keywords)]
    assert lookups == [], "the database would read the pattern"


def test_no_code_is_evaluated() -> None:
    forbidden = {"eval", "exec", "compile", "__import__", "runpy.run_path", "runpy.run_module", "code.interact"}
    assert [place for place, _, name in calls() if name in forbidden] == []


def test_templates_come_from_files_only() -> None:
    assert (
        importers("django.template.Template", "django.template.base.Template", "django.template.engines", "jinja2")
        == set()
    )
    options: Any = settings.TEMPLATES[0]["OPTIONS"]
    cached, *others = options["loaders"]
    assert others == []
    assert cached[1] == ["django_cotton.cotton_loader.Loader", "django.template.loaders.app_directories.Loader"]
    assert settings.TEMPLATES[0]["DIRS"] == []


def test_text_never_becomes_source_of_a_printed_report() -> None:
    """Typst would read a file and evaluate `#`; what is handed to it as data is printed as it stands."""
    hostile = '#read("/etc/hostname") #eval("1+1") $x$ *bold* _under_ \\ @label'
    blocks = (Heading(1, "One"), Paragraph.of(hostile))
    made = Document(title="Report", language="en", dated_on=date(2009, 7, 6), blocks=blocks)
    pages = PdfReader(BytesIO(render(made))).pages
    printed = " ".join(" ".join(page.extract_text() for page in pages).split())
    for word in ('#read("/etc/hostname")', '#eval("1+1")', "$x$", "*bold*", "_under_", "@label"):
        assert word in printed.replace("“", '"').replace("”", '"'), printed


def test_format_strings_are_written_in_the_code() -> None:
    """The demonstration fills its own made-up sentences; the writer of workbooks calls its looks `format` too."""
    loose = [
        place
        for place, node, name in calls()
        if isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "format_map") and "/demo/" not in place
        if not _is_constant(node.func.value) and not (node.args and isinstance(node.args[0], ast.Dict))
        if "sql.SQL(" not in ast.unparse(node.func.value)
    ]
    assert loose == []


def test_a_line_break_cannot_add_a_header_to_a_mail() -> None:
    for fields in ({"subject": "a\nBcc: b@example.org"}, {"to": ["a@example.org\nBcc: b@example.org"]}):
        mail = EmailMessage(**({"subject": "a", "body": "b", "to": ["a@example.org"]} | fields))  # type: ignore[arg-type]
        with pytest.raises(ValueError, match=r"newline|linefeed|header"):
            mail.message()


def test_all_code_of_ours_is_memory_safe() -> None:
    """Python only: nothing compiled, no pointers by `ctypes`."""
    compiled = [path for ending in ("c", "cpp", "pyx", "rs", "so") for path in (ROOT / "besa").rglob(f"*.{ending}")]
    assert compiled == []
    assert importers("ctypes", "cffi", "mmap") == set()


def test_a_file_that_is_left_open_fails_a_test() -> None:
    """Every warning is an error in the suite, that of a file or connection which nobody closed too."""
    rules = (ROOT / "pyproject.toml").read_text()
    assert 'filterwarnings = ["error"]' in rules
    with pytest.warns(ResourceWarning):
        open(__file__)  # noqa: SIM115


@pytest.mark.parametrize("number", ["0", "9223372036854775807", "9223372036854775808", "9" * 60])
def test_numbers_out_of_range_are_not_found_and_break_nothing(
    number: str, make_member: MakeMember, client_of: ClientOf
) -> None:
    client: Client = client_of(make_member("coordinator"))
    for path in (f"/documents/{number}/", f"/directory/memberships/{number}/", f"/reporting/rounds/{number}/"):
        assert client.get(path).status_code == 404, path
    assert client.get("/directory/agencies/", {"page": number}).status_code in (200, 404)


def test_nothing_is_unpickled_and_yaml_makes_plain_data() -> None:
    assert importers("pickle", "marshal", "shelve", "dill", "jsonpickle") == set()
    loads = [(place, ast.unparse(node)) for place, node, name in calls() if name in ("yaml.load", "yaml.load_all")]
    assert [place for place, call in loads if "Safe" not in call and "Loader" not in call] == []
    loaders = [text(path) for path in importers("yaml")]
    assert not any("yaml.Loader" in code or "UnsafeLoader" in code or "FullLoader" in code for code in loaders)
