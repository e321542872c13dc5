"""ASVS V15: libraries, heavy work, and forms that take no more than they show."""

from __future__ import annotations

import ast
import re
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from besa.audit import anchoring
from besa.directory.models import Agency, Membership
from conftest import ClientOf, MakeMember
from tests.security.conftest import prepare
from tests.security.sources import calls, importers, modules, text


def test_every_library_is_pinned_with_its_hash() -> None:
    blocks = re.split(r"^(?=[a-z0-9])", text("requirements.lock"), flags=re.MULTILINE)[1:]
    assert len(blocks) > 50
    assert [block.split()[0] for block in blocks if "==" not in block or "--hash=sha256:" not in block] == []
    named = re.findall(r'^    "([a-z0-9-]+)', text("pyproject.toml"), re.MULTILINE)
    locked = {re.split(r"==", block)[0].lower() for block in blocks}
    assert [name for name in named if name not in locked] == []
    packages = re.findall(r'"integrity": "sha512-', text("package-lock.json"))
    assert len(packages) == len(re.findall(r'^    "node_modules/', text("package-lock.json"), re.MULTILINE))


def test_newer_versions_are_one_command_away() -> None:
    assert re.search(r"^lock: setup\n\t@\.tools/bin/uv lock --upgrade", text("Makefile"), re.MULTILINE)
    assert "--require-hashes" in text("tools/setup.py") or "requirements.lock" in text("tools/setup.py")


def test_the_server_ends_what_takes_too_long() -> None:
    served = text("besa/lib/management/commands/serve.py")
    for name in ("timeout", "graceful_timeout", "max_requests"):
        assert re.search(rf'"{name}": \d+', served), name
    assert 'default=min(4, os.cpu_count() or 1), help="processes"' in served


def test_the_demonstration_does_not_run_in_production(variables: dict[str, str], settings: Settings) -> None:
    settings.PRODUCTION, settings.DEMO, settings.TEST, settings.MODE = True, False, False, "production"
    with pytest.raises(CommandError):
        call_command("demo")
    with pytest.raises(AssertionError, match=r"(?i)production|refused|demo"):
        prepare(variables, ("demo",))


def test_files_name_their_columns() -> None:
    """Nothing is given out because it happens to be a field: no serializer, no `values()` without names, no `__dict__`."""
    assert importers("django.core.serializers", "rest_framework", "django.forms.models.model_to_dict") == set()
    loose = [place for place, node, name in calls() if name.endswith(".values") and not node.args and _is_query(node)]
    assert loose == []
    dicts = [place for place, _, name in calls() if name == "vars"]
    assert {place.partition(":")[0] for place in dicts} <= {"besa/settings.py", "besa/lib/loading.py"}


def _is_query(node: ast.Call) -> bool:
    return "objects" in ast.unparse(node.func)


def test_calls_to_elsewhere_follow_no_redirect() -> None:
    """`http.client` follows none; what does follow them (`urllib.request.urlopen`, requests) is not in the house."""
    assert importers("requests", "httpx", "aiohttp", "urllib3") == set()
    follows = [place for place, _, name in calls() if name.endswith(("urlopen", "urlretrieve", "build_opener"))]
    open_ones = [place for place in follows if "def redirect_request" not in text(place.partition(":")[0])]
    assert open_ones == []


def test_forms_name_their_fields() -> None:
    every = re.compile(r"fields\s*=\s*[\"']__all__[\"']|^\s+exclude\s*=", re.MULTILINE)
    assert [path for path in modules() if every.search(text(path))] == []
    spread = [
        place for place, node, name in calls() if name.endswith((".create", ".update")) and _takes_a_request(node)
    ]
    assert spread == []


def _takes_a_request(node: ast.Call) -> bool:
    """`create(**request.POST)`, or the like."""
    return any(
        word.arg is None and re.search(r"request\.(POST|GET)|\.data\b", ast.unparse(word.value))
        for word in node.keywords
    )


def test_a_field_that_was_smuggled_in_changes_nothing(
    agency: Agency, make_member: MakeMember, client_of: ClientOf
) -> None:
    member = make_member("coordinator")
    client = client_of(member)
    before = Agency.objects.filter(pk=agency.pk).values("id", "code").get()
    form = {"name_en": "Renamed", "name_sq": "E re", "kind": "ministry", "is_reporting": "on"}
    smuggled = {"id": "999", "pk": "999", "role": "security_admin", "is_superuser": "1", "state": "active", "user": "1"}
    client.post("/directory/agencies/MOI/edit/", form | smuggled)
    assert Agency.objects.filter(pk=agency.pk).values("id", "code").get() == before
    assert Membership.objects.get(pk=member.pk).role == "coordinator"
    client.post("/directory/security/language/", {"language": "sq", "email": "other@example.org", "is_active": "0"})
    member.user.refresh_from_db()
    assert (member.user.language, member.user.email, member.user.is_active) == ("sq", member.user.email, True)
    assert not member.user.email.startswith("other@")


def test_types_are_checked_strictly() -> None:
    rules = text("pyproject.toml")
    assert re.search(r"^\[tool\.mypy\]\nstrict = true$", rules, re.MULTILINE)
    assert '"types": [str(BIN / "mypy"), *CODE]' in text("tools/check.py")
    untyped = [
        f"{path}:{node.lineno}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.returns is None and node.name != "__init__"
    ]
    assert untyped == []


@pytest.mark.parametrize("where", ["address", "twice"])
def test_a_value_in_the_address_is_no_field_of_the_form(
    where: str, make_member: MakeMember, client_of: ClientOf
) -> None:
    member: Any = make_member("donor")
    member.user.language = "en"
    member.user.save()
    client = client_of(member)
    path = "/directory/security/language/"
    if where == "address":
        client.post(f"{path}?language=sq", {})
    else:
        client.post(path, {"language": ["sq", "xx"]})
    member.user.refresh_from_db()
    assert member.user.language == "en", "the last value counts, and it is none of the list"
    merged = [
        place
        for place, node, _ in calls()
        if re.search(r"request\.GET\s*\|\s*request\.POST|request\.REQUEST", ast.unparse(node))
    ]
    assert merged == []


class _Elsewhere(BaseHTTPRequestHandler):
    """A receiver that sends everybody on to another address."""

    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302 if self.path == "/anchors" else 200)
        self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_POST = do_GET

    def log_message(self, *args: Any) -> None:
        """Nothing is printed."""


@pytest.mark.parametrize("data", [None, b"{}"])
def test_an_anchor_is_not_led_elsewhere(data: bytes | None) -> None:
    _Elsewhere.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        request = urllib.request.Request(f"http://127.0.0.1:{server.server_port}/anchors", data=data)
        with pytest.raises(urllib.error.HTTPError) as answered:
            anchoring.OPENER.open(request, timeout=5)
        answered.value.close()
        server.shutdown()
        thread.join(timeout=5)
    assert answered.value.code == 302
    assert _Elsewhere.asked == ["/anchors"]
