"""What the tests of security read: the code as trees, our scripts and templates, the files of a deployment."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BESA = ROOT / "besa"


@cache
def modules() -> dict[str, ast.Module]:
    """Path from the root -> tree of every module of the product, without its tests and migrations."""
    paths = [path for path in sorted(BESA.rglob("*.py")) if not {"tests", "migrations"} & set(path.parts)]
    return {str(path.relative_to(ROOT)): ast.parse(path.read_text()) for path in paths}


def calls() -> Iterator[tuple[str, ast.Call, str]]:
    """Every call: its place, its node, and what is called as it is written (`os.system`, `cursor.execute`)."""
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield f"{path}:{node.lineno}", node, ast.unparse(node.func)


@cache
def imports() -> list[tuple[str, str]]:
    """Every import: the module it stands in, and what it names (`hashlib`, `cryptography.hazmat.primitives.ciphers`)."""
    return list(_imports())


def _imports() -> Iterator[tuple[str, str]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                yield from ((path, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield from ((path, f"{node.module}.{alias.name}") for alias in node.names)


def importers(*roots: str) -> set[str]:
    """The modules that import one of these, or something below it."""
    return {path for path, name in imports() if any(name == root or name.startswith(f"{root}.") for root in roots)}


def templates() -> dict[str, str]:
    """Path from the root -> text of every template of ours."""
    return {str(path.relative_to(ROOT)): path.read_text() for path in sorted(BESA.glob("**/templates/**/*.html"))}


def scripts() -> dict[str, str]:
    """Path from the root -> text of every script that we have written."""
    found = [path for path in sorted(BESA.glob("*/static/**/*.js")) if "vendor" not in path.parts]
    return {str(path.relative_to(ROOT)): path.read_text() for path in found}


def text(path: str) -> str:
    return (ROOT / path).read_text()


def directives(path: str = "deploy/nginx.conf") -> list[tuple[str, str, str]]:
    """(block, name, value) of each directive of a configuration of nginx; the block is `server:443 location /`."""
    found: list[tuple[str, str, str]] = []
    blocks: list[str] = []
    lines = [line.split("#")[0].strip() for line in text(path).splitlines()]
    for part in re.findall(r"(?:\"[^\"]*\"|[^;{}\"])+[;{]|}", " ".join(lines)):
        words = part.strip(" ;{").split(maxsplit=1)
        if part.strip() == "}":
            blocks.pop()
        elif part.endswith("{"):
            blocks.append(" ".join(words))
        else:
            found.append((" ".join(blocks), words[0], words[1] if len(words) > 1 else ""))
    return found


def unit(path: str = "deploy/besa.service") -> dict[str, str]:
    """The settings of a systemd unit."""
    pairs = [line.partition("=") for line in text(path).splitlines() if "=" in line and not line.startswith("#")]
    return {name: value for name, _, value in pairs}
