"""The house stays small: files, functions, nothing hidden in functions, nothing empty lying about."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FILE_LINES = 500
FUNCTION_LINES = 60
USUAL_FUNCTION_LINES = 40


def code() -> list[Path]:
    """Every Python file of ours."""
    folders = [ROOT / name for name in ("besa", "tests", "tools", "benchmarks")]
    found = [path for folder in folders for path in folder.rglob("*.py")]
    return sorted(path for path in [*found, ROOT / "conftest.py"] if "migrations" not in path.parts)


Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def functions() -> list[tuple[Path, Function]]:
    """Every function of ours with its file."""
    trees = [(path, ast.parse(path.read_text())) for path in code()]
    return [(path, node) for path, tree in trees for node in ast.walk(tree) if isinstance(node, Function)]


def function_lengths() -> dict[str, int]:
    lengths = {}
    for path, node in functions():
        lengths[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = (node.end_lineno or 0) - node.lineno + 1
    return lengths


def test_no_file_is_long() -> None:
    pages = [*(ROOT / "besa").rglob("*.html"), *(ROOT / "besa").rglob("static/ui/*.*")]
    lengths = {path: path.read_text().count("\n") for path in [*code(), *pages]}
    assert {str(path.relative_to(ROOT)): lines for path, lines in lengths.items() if lines > FILE_LINES} == {}


def test_functions_are_short() -> None:
    lengths = function_lengths()
    assert {name: lines for name, lines in lengths.items() if lines > FUNCTION_LINES} == {}
    longer = {name: lines for name, lines in lengths.items() if lines > USUAL_FUNCTION_LINES}
    assert len(longer) <= len(lengths) // 100, f"more than one function in a hundred is long: {longer}"


def test_no_import_hides_in_a_function() -> None:
    hidden = [
        f"{path.relative_to(ROOT)}:{inner.lineno}"
        for path, node in functions()
        for inner in ast.walk(node)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert hidden == []


def test_no_stray_empty_file_and_no_lock_file_with_hosts() -> None:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    paths = [ROOT / name for name in listed.split("\0") if name]
    here = [path for path in paths if path.is_file()]
    allowed = {"__init__.py", "py.typed", ".gitkeep"}
    assert [str(path) for path in here if path.stat().st_size == 0 and path.name not in allowed] == []
    assert "://" not in (ROOT / "requirements.lock").read_text()
    assert "resolved" not in (ROOT / "package-lock.json").read_text()
