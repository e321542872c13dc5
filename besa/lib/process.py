"""What this process is for: serving people, or running one command. It serves until the command line says otherwise."""

from __future__ import annotations

SERVING = frozenset({"serve", "runserver"})


class Process:
    """The present process; `besa.cli` sets it once, before anything else runs."""

    is_serving = True


def begin(words: list[str]) -> None:
    """Take from the words of the command line whether this process serves people."""
    Process.is_serving = len(words) < 2 or words[1] in SERVING
