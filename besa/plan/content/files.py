"""A plan as text: one YAML or JSON document, or a folder with the same document parted over several YAML files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from besa.lib import yaml_text
from besa.plan.content.edited import Derive, edited
from besa.plan.content.problems import Faulty, Problem, Where
from besa.plan.content.shape import Content
from besa.plan.content.tables import Tables, flatten

MOST_BYTES = 20 * 1024 * 1024

# Which keys each file of a folder holds, and what it says about itself in its first lines.
FILES: dict[str, tuple[tuple[str, ...], str]] = {
    "plan.yaml": (
        ("plan", "components", "policies", "coordination_bodies", "glossary", "agencies"),
        """# The plan: components, strategic aims, specific objectives, activities, as printed; then policies, bodies, abbreviations.
# Agencies follow from the names as printed (aliases.csv of the country), dates from the words of the timeline, and a
# number that is not given from the identifier. The Albanian of the table is in albanian.yaml.
# `source_lines` are the lines of the text that a row was taken from: `besa check_letters` compares them letter for letter.
""",
    ),
    "laws.yaml": (("legal_framework",), "# Legal acts that the strategy names, in its order.\n"),
    "definitions.yaml": (("definitions",), "# What the strategy says it means by its main words.\n"),
    "albanian.yaml": (
        ("albanian",),
        """# The Albanian of components, aims, objectives and activities, by code or identifier.
# A list has as many parts as the English one, in the same order.
""",
    ),
}


def dump_json(content: Content) -> str:
    """The contract form: every key, agencies and dates written out."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def dump_yaml(content: Content, derive: Derive) -> str:
    """The edited form as one document."""
    return "\n".join(dump_folder(content, derive).values())


def dump_folder(content: Content, derive: Derive) -> dict[str, str]:
    """The edited form parted over files: name -> text."""
    document = edited(content, derive)
    texts = {}
    for name, (keys, heading) in FILES.items():
        part = {key: document[key] for key in keys if key in document}
        if part:
            texts[name] = heading + yaml_text.dump(part)
    return texts


def read_yaml_folder(folder: Path) -> Tables:
    """The rows of all YAML files of a folder; raises Faulty if one cannot be read or two hold the same key."""
    document: dict[str, Any] = {}
    home: dict[str, tuple[str, dict[yaml_text.Path, int]]] = {}
    problems: list[Problem] = []
    for file in sorted(folder.glob("*.yaml"), key=lambda path: (path.name != "plan.yaml", path.name)):
        part, lines = _load_yaml(_text(file), file.name)
        for key, value in (part or {}).items() if isinstance(part, dict) or part is None else ():
            if key in document:
                message = _("“%(key)s” is also in %(file)s") % {"key": key, "file": home[key][0]}
                problems.append(Problem(Where(file.name, row=lines.get((key,), 1)), "duplicate", message))
            document[key], home[key] = value, (file.name, lines)
        if not isinstance(part, dict | None):
            problems.append(Problem(Where(file.name), "type", _("the file holds no plan")))
    if problems or not document:
        raise Faulty(problems or [Problem(Where(folder.name), "type", _("the folder holds no plan"))])

    def locate(path: tuple[str | int, ...]) -> Where:
        name, lines = home.get(str(path[0]) if path else "plan", next(iter(home.values())))
        return _place(name, lines, path)

    return flatten(document, locate)


def read_yaml(text: str, name: str) -> Tables:
    """The rows of one YAML document; raises Faulty if it cannot be read."""
    document, lines = _load_yaml(text, name)
    return flatten(document, lambda path: _place(name, lines, path))


def read_json(text: str, name: str) -> Tables:
    """The rows of one JSON document; raises Faulty if it cannot be read."""
    try:
        document = json.loads(text, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        message = _("this is not JSON: %s") % error.msg
        raise Faulty([Problem(Where(name, row=error.lineno), "unreadable", message, _("correct the line"))]) from error
    except (ValueError, RecursionError) as error:
        raise Faulty([Problem(Where(name), "unreadable", _("this is not JSON: %s") % error)]) from error
    lines: dict[yaml_text.Path, int] = {}

    def locate(path: tuple[str | int, ...]) -> Where:
        if not lines:  # JSON is YAML: its lines are looked up only when there is something to say
            try:
                lines.update(yaml_text.load(text)[1])
            except yaml_text.Unreadable:
                lines[()] = 1
        return _place(name, lines, path)

    return flatten(document, locate)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for key, value in pairs:
        if key in result:
            raise ValueError(_("“%s” is written twice") % key)
        result[key] = value
    return result


def _load_yaml(text: str, name: str) -> tuple[Any, dict[yaml_text.Path, int]]:
    try:
        return yaml_text.load(text)
    except yaml_text.Unreadable as error:
        raise Faulty([Problem(Where(name, row=error.line), "unreadable", str(error), _("correct the line"))]) from error


def _text(file: Path) -> str:
    if file.stat().st_size > MOST_BYTES:
        raise Faulty([too_large(file.name)])
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        message = _("the file is not in UTF-8")
        raise Faulty([Problem(Where(file.name), "unreadable", message, _("save it as UTF-8"))]) from error


def too_large(name: str) -> Problem:
    values = {"most": MOST_BYTES // 1024 // 1024}
    message = _("the file is larger than %(most)s MB or unpacks to far more than a plan") % values
    return Problem(Where(name), "too_large", message, _("one file holds one plan"))


def _place(name: str, lines: dict[yaml_text.Path, int], path: tuple[str | int, ...]) -> Where:
    """The line of a path, or of the nearest thing above it that is there; and the path in words."""
    shown = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
    while path and path not in lines:
        path = path[:-1]
    return Where(name, row=lines.get(path, 0), path=shown)


def read(path: Path, kind: str) -> Tables:
    """The rows of a folder or of a text file; `kind` is yaml or json."""
    if path.is_dir():
        return read_yaml_folder(path)
    return (read_json if kind == "json" else read_yaml)(_text(path), path.name)
