"""The Albanian catalogues: `check` that they are complete, `update` them from the texts in the code, `compile` them.

Each app has its own, `besa/locale` holds what stands above the apps and those texts of libraries that people see. A text is
its own key in English (docs/decisions/0002). Catalogues carry no line numbers and no dates, so that a change of one is small.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import Path

import allauth
import django_filters
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils import dates
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
BESA = ROOT / "besa"
LANGUAGE = "sq"
KEYWORDS = "gettext_noop gettext_lazy ngettext_lazy:1,2 pgettext:1c,2 npgettext:1c,2,3 pgettext_lazy:1c,2 npgettext_lazy:1c,2,3"
PLACEHOLDER = re.compile(r"%\(\w+\)[sdrf]|%[sd]|\{\w*\}")
UNSEEN = {
    "migrations",
    "management",
    "tests",
    "test",
    "admin.py",
    "apps.py",
    "models.py",
    "app_settings.py",
    "checks.py",
}
Key = tuple[str, str]  # context and text, the plural's singular


def places() -> dict[Path, list[Path]]:
    """Each folder that holds a catalogue, with the source files whose texts belong into it."""
    apps = sorted(path.parent for path in BESA.glob("*/__init__.py"))
    found = {app: _sources(app) for app in apps}
    return {BESA: [*sorted(BESA.glob("*.py")), *_libraries()]} | found


def _sources(app: Path) -> list[Path]:
    files = [path for end in ("py", "html", "txt") for path in app.rglob(f"*.{end}")]
    code = [path for path in files if path.suffix == ".py" or "templates" in path.parts]
    return sorted(path for path in code if not {"migrations", "tests"} & set(path.relative_to(app).parts))


def _libraries() -> list[Path]:
    """The files of libraries whose texts people see: forms and messages of sign-in, filters; the months, which Django writes large."""
    sign_in, filters = (Path(str(module.__file__)).parent for module in (allauth, django_filters))
    files = [path for name in ("account", "mfa", "usersessions") for path in (sign_in / name).rglob("*.py")]
    files += [path for name in ("account", "mfa") for path in (sign_in / "templates" / name).glob("messages/*.txt")]
    files += [filters / name for name in ("fields.py", "widgets.py", "filters.py", "conf.py")]
    return [*sorted(path for path in files if not UNSEEN & set(path.parts)), Path(dates.__file__)]


def extracted(files: Iterable[Path]) -> Catalog:
    """The texts marked for translation in Python files and templates."""
    with tempfile.TemporaryDirectory() as name:
        folder, listed = Path(name), []
        for number, path in enumerate(files):
            text = path.read_text()
            listed.append(folder / f"{number}.py")
            listed[-1].write_text(text if path.suffix == ".py" else templatize(text))
        if not listed:
            return Catalog(locale=LANGUAGE)
        pot = folder / "all.pot"
        words = [f"--keyword={keyword}" for keyword in KEYWORDS.split()]
        subprocess.run(
            [
                "xgettext",
                "--language=Python",
                "--from-code=UTF-8",
                "--no-location",
                "-o",
                pot,
                *words,
                *listed,
            ],
            check=True,
            stderr=subprocess.DEVNULL,
        )
        if not pot.exists():  # no text was found
            return Catalog(locale=LANGUAGE)
        # xgettext leaves its header open; without a charset, letters beyond ASCII are lost on reading
        header = pot.read_bytes().replace(b"charset=CHARSET", b"charset=UTF-8")
        header = header.replace(b"nplurals=INTEGER; plural=EXPRESSION", b"nplurals=2; plural=(n != 1)")
        return read_po(BytesIO(header), locale=LANGUAGE)


def key_of(message: Message) -> Key:
    text = message.id if isinstance(message.id, str) else message.id[0]
    return message.context or "", text


def texts(catalog: Catalog) -> dict[Key, Message]:
    return {key_of(message): message for message in catalog if message.id}


def catalogue(place: Path) -> Path:
    return place / "locale" / LANGUAGE / "LC_MESSAGES" / "django.po"


def committed(place: Path) -> Catalog:
    path = catalogue(place)
    return read_po(BytesIO(path.read_bytes()), locale=LANGUAGE) if path.exists() else Catalog(locale=LANGUAGE)


def translations(message: Message) -> list[str]:
    """The translated forms: one, or one for each plural form."""
    return [message.string] if isinstance(message.string, str) else list(message.string or [])


def _sources_of(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


def _placeholders(text: str) -> list[str]:
    return sorted(PLACEHOLDER.findall(text.replace("%%", "")))


def _problem(message: Message) -> str:
    """What is wrong with a translated text, or nothing."""
    forms = translations(message)
    if message.fuzzy:
        return "only guessed (fuzzy)"
    if not all(forms) or not forms:
        return "not translated"
    allowed = [_placeholders(text) for text in _sources_of(message)]
    if any(_placeholders(form) not in allowed for form in forms):
        return "has other placeholders than its translation"
    edges = _sources_of(message)[0]
    if any(
        form.startswith("\n") != edges.startswith("\n") or form.endswith("\n") != edges.endswith("\n") for form in forms
    ):
        return "begins or ends with a line break where its translation does not"
    return ""


def problems() -> Iterator[str]:
    """Everything that is stale, missing, guessed, or says something else than another catalogue."""
    said: dict[Key, tuple[list[str], str]] = {}
    for place, files in places().items():
        wanted, there = texts(extracted(files)), texts(committed(place))
        where = str(catalogue(place).relative_to(ROOT))
        for context, text in sorted(wanted.keys() - there.keys()):
            yield f"{where}: missing: {text!r} {context}"
        for context, text in sorted(there.keys() - wanted.keys()):
            yield f"{where}: no longer used: {text!r} {context}"
        for key in sorted(wanted.keys() & there.keys()):
            if wrong := _problem(there[key]):
                yield f"{where}: {wrong}: {key[1]!r}"
            first, elsewhere = said.setdefault(key, (translations(there[key]), where))
            if first != translations(there[key]):
                yield f"{where}: {key[1]!r} is translated otherwise in {elsewhere}"


def _written(catalog: Catalog) -> bytes:
    buffer = BytesIO()
    write_po(buffer, catalog, width=120, no_location=True, sort_output=True, ignore_obsolete=True)
    lines = buffer.getvalue().decode().splitlines(keepends=True)
    unsteady = (
        "POT-Creation-Date",
        "PO-Revision-Date",
        "Last-Translator",
        "Language-Team",
        "Generated-By",
        "Project-Id",
    )
    return "".join(line for line in lines if not line.lstrip('"').startswith(unsteady)).encode()


def merged(wanted: Catalog, known: dict[Key, list[str]]) -> Catalog:
    """The wanted texts with the translations that are known, in no other order than the alphabet's."""
    result = Catalog(
        locale=LANGUAGE, header_comment="# Albanian texts; brought up to date by `make catalogues`.", fuzzy=False
    )
    for key, message in texts(wanted).items():
        forms = known.get(key, [""])
        plural = not isinstance(message.id, str)
        string = tuple((forms * 2)[:2]) if plural else forms[0]
        flags = {flag for flag in message.flags if flag != "fuzzy"}
        result.add(message.id, string, context=message.context, flags=flags)
    return result


def update() -> None:
    """Write every catalogue anew from the code, keeping translations; a text new here takes another catalogue's words."""
    everywhere: dict[Key, list[str]] = {}
    for place in places():
        for key, message in texts(committed(place)).items():
            if any(translations(message)):
                everywhere.setdefault(key, translations(message))
    for place, files in places().items():
        own = {
            key: translations(message) for key, message in texts(committed(place)).items() if any(translations(message))
        }
        wanted = extracted(files)
        path = catalogue(place)
        if not texts(wanted):
            path.unlink(missing_ok=True)
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        content = _written(merged(wanted, everywhere | own))
        if not path.exists() or path.read_bytes() != content:
            path.write_bytes(content)
            print(path.relative_to(ROOT))


def compiled() -> None:
    """Write the `.mo` file beside each catalogue."""
    for path in BESA.glob(f"**/locale/{LANGUAGE}/LC_MESSAGES/django.po"):
        with path.with_suffix(".mo").open("wb") as file:
            write_mo(file, read_po(BytesIO(path.read_bytes()), locale=LANGUAGE))


def main(words: list[str]) -> int:
    if words == ["update"]:
        update()
        compiled()
    elif words == ["compile"]:
        compiled()
    elif words == ["check"]:
        found = list(problems())
        print("\n".join(found[:200]))
        print(f"{len(found)} problems in the catalogues" if found else "catalogues are complete")
        return 1 if found else 0
    else:
        print("use: python -m tools.catalogues check|update|compile", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
