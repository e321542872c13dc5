"""The two pages of security that are made from data: the answers to the ASVS, and the threats with what answers them.

`docs/security/asvs.yaml` and `docs/security/threats.yaml` are written by hand; the entry points come from the URL configuration.
Evidence is a test (`path::test_name`), a place in a file (`path#text that stands there`) or a command (`make …`, `besa …`).
"""

from __future__ import annotations

import ast
import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.core.management import get_commands

from tests.architecture.endpoints import PUBLIC, Endpoint, endpoints

ROOT = Path(__file__).resolve().parent.parent
SECURITY = ROOT / "docs" / "security"
ANSWERS = {
    "test": "a test shows it",
    "operation": "whoever runs Besa does it; a test shows the part that we ship",
    "not applicable": "there is no such part in Besa; a test fails when it comes",
    "open": "not yet met",
}


@dataclass(frozen=True)
class Requirement:
    """One requirement of the standard with our answer to it."""

    id: str
    level: int
    title: str
    answer: str
    evidence: list[str]
    reason: str = ""

    @property
    def chapter(self) -> str:
        return self.id.partition(".")[0]


@dataclass(frozen=True)
class Threat:
    """Somebody who goes for something, what stands against it, and what is left."""

    id: str
    actor: str
    assets: list[str]
    threat: str
    measure: str
    left: str
    evidence: list[str]


@dataclass(frozen=True)
class Model:
    """The whole threat model as it was written."""

    assets: dict[str, dict[str, str]]
    actors: dict[str, dict[str, str]]
    boundaries: list[dict[str, str]]
    threats: list[Threat] = field(default_factory=list)


def _data(name: str) -> Any:
    return yaml.safe_load((SECURITY / name).read_text())


@cache
def requirements() -> list[Requirement]:
    return [Requirement(**row) for row in _data("asvs.yaml")["requirements"]]


@cache
def model() -> Model:
    data = _data("threats.yaml")
    threats = [Threat(**row) for row in data["threats"]]
    return Model(data["assets"], data["actors"], data["boundaries"], threats)


# --- evidence


@cache
def tests_of(path: Path) -> frozenset[str]:
    """The names of the test functions in a file."""
    nodes = ast.parse(path.read_text()).body
    return frozenset(node.name for node in nodes if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"))


def evidence_problem(text: str) -> str:
    """What is wrong with a piece of evidence, or an empty string."""
    path, is_test, name = text.partition("::")
    if is_test:
        file = ROOT / path
        if not file.is_file():
            return f"{path} is not there"
        return "" if name.partition("[")[0] in tests_of(file) else f"{path} has no test {name}"
    words = text.split()
    if words[0] == "make":
        return "" if re.search(rf"^{words[1]}:", (ROOT / "Makefile").read_text(), re.MULTILINE) else f"no {text}"
    if words[0] == "besa":
        return "" if words[1] in get_commands() else f"no command {words[1]}"
    path, _, anchor = text.partition("#")
    if not (ROOT / path).is_file():
        return f"{path} is not there"
    return "" if anchor and anchor in (ROOT / path).read_text() else f"{path} does not say “{anchor}”"


def _shown(text: str) -> str:
    """Evidence as a link to its file, with the test's name in words."""
    path, is_test, name = text.partition("::")
    if is_test:
        return f"[{name.removeprefix('test_').replace('_', ' ')}](../../{path})"
    if text.startswith(("make ", "besa ")):
        return f"`{text}`"
    path, _, anchor = text.partition("#")
    return f"[{Path(path).name}](../../{path}): `{anchor}`"


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _row(*cells: object) -> str:
    return f"| {' | '.join(_cell(cell) for cell in cells)} |"


def _head(*names: str) -> Iterator[str]:
    yield _row(*names)
    yield "|" + "---|" * len(names)


# --- the ASVS


def asvs() -> Iterator[str]:
    data, rows = _data("asvs.yaml"), requirements()
    yield " ".join(data["about"].split())
    counts = Counter((row.answer, row.level) for row in rows)
    yield from ("", *_head("answer", "means", "level 1", "level 2", "together"))
    for answer, meaning in ANSWERS.items():
        one, two = counts[answer, 1], counts[answer, 2]
        yield _row(answer, meaning, one, two, one + two)
    totals = Counter(row.level for row in rows)
    yield _row("all", "", totals[1], totals[2], len(rows))
    for chapter, name in data["chapters"].items():
        yield from (
            "",
            f"## {chapter} {name}",
            "",
            *_head("id", "level", "requirement, in our words", "answer", "shown by"),
        )
        for row in rows:
            if row.chapter == chapter:
                shown = "; ".join(_shown(text) for text in row.evidence)
                yield _row(row.id, row.level, row.title, row.answer, " ".join(filter(None, [row.reason, shown])))


# --- threats


def _unwrapped(view: Callable[..., Any]) -> Iterator[Callable[..., Any]]:
    """The view and all that it wraps, from the outside in."""
    inner: Any = view
    while inner is not None:
        yield inner
        inner = getattr(inner, "__wrapped__", None)


def methods(view: Callable[..., Any]) -> list[str]:
    """The methods that a view takes: what its decorator lists, what its class answers, else reading and writing."""
    for layer in _unwrapped(view):
        if (made := getattr(layer, "view_class", None)) is not None:
            return [name.upper() for name in ("get", "post", "put", "delete") if hasattr(made, name)]
        if inspect.isfunction(layer):
            held = inspect.getclosurevars(layer).nonlocals
            if "request_method_list" in held:
                return [name for name in held["request_method_list"] if name != "HEAD"]
    return ["GET", "POST"]


def _who(end: Endpoint) -> str:
    if not end.is_guarded:
        return f"everybody: {PUBLIC.get(end.name, 'undeclared')}"
    permission = getattr(end.view, "permission", None)
    return f"`{permission}`" if permission else "any member"


def entry_points() -> list[tuple[str, str, str]]:
    """Route, methods and who is let in, of every address, in the order of the URL configuration."""
    found = {end.route: (end.route, " ".join(methods(end.view)), _who(end)) for end in endpoints()}
    return list(found.values())


def _threat(threat: Threat, assets: dict[str, dict[str, str]]) -> Iterator[str]:
    yield from ("", f"### {threat.id} {threat.threat}", "")
    yield f"- Goes for: {', '.join(assets[key]['name'].lower() for key in threat.assets)}."
    yield f"- What stands against it: {' '.join(threat.measure.split())}"
    yield f"- What is left: {' '.join(threat.left.split())}"
    yield f"- Shown by: {'; '.join(_shown(text) for text in threat.evidence)}."


def _overview(made: Model) -> Iterator[str]:
    """Which threat stands where: actors down, assets across."""
    yield from _head("", *(asset["name"] for asset in made.assets.values()))
    for key, actor in made.actors.items():
        cells = []
        for asset in made.assets:
            ids = [threat.id for threat in made.threats if threat.actor == key and asset in threat.assets]
            cells.append(", ".join(ids))
        yield _row(actor["name"], *cells)


def _boundaries(made: Model) -> Iterator[str]:
    yield from _head("boundary", "what crosses it", "what guards it")
    for row in made.boundaries:
        yield _row(row["name"], row["crosses"], row["guard"])


def threats() -> Iterator[str]:
    made = model()
    yield " ".join(_data("threats.yaml")["about"].split())
    yield from (
        "",
        "## What is worth protecting, the worst harm first",
        "",
        *_head("asset", "harm if it gets out, or is lost"),
    )
    yield from (_row(asset["name"], asset["harm"]) for asset in made.assets.values())
    yield from ("", "## Who attacks", "", *_head("actor", "what they want and what they have"))
    yield from (_row(actor["name"], actor["has"]) for actor in made.actors.values())
    yield from ("", "## Where trust ends", "", *_boundaries(made))
    yield from ("", "## Overview", "", *_overview(made))
    for key, actor in made.actors.items():
        yield from ("", f"## {actor['name']}")
        for threat in made.threats:
            if threat.actor == key:
                yield from _threat(threat, made.assets)
    points = entry_points()
    yield from (
        "",
        "## Entry points",
        "",
        f"{len(points)} addresses, from the URL configuration. Rows are narrowed further by the rules.",
    )
    yield from ("", *_head("address", "methods", "who is let in"))
    yield from (_row(f"`{route}`", taken, who) for route, taken, who in points)
