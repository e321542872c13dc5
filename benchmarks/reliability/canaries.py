"""Does anything that is told to Besa lie anywhere in the clear? `python -m benchmarks.reliability.canaries [--canaries 500]`

At least so many texts that cannot be mistaken are put in through the pages of `besa serve`, run as a country runs it: by everything
that takes personal data, by forms that are refused, by requests that break and by a server that breaks under them. Passwords, secrets
of apps and keys of sessions are canaries too. Then come a backup, a restore and an export of the record. Every byte is searched for each
canary in every spelling and coding: files of the database with its logs, all rows as text, the keystore, what the server and the
commands have said, mails, every address that was asked for or stood in a page, titles of pages, sessions, backups, and the
temporary folders, which are watched while all this happens. At last other canaries are left in each kind of place, to show that the
search finds them: without that, none found says nothing.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.reliability.canary_check import missed_of
from benchmarks.reliability.canary_search import Canary, Planter, Search
from benchmarks.reliability.canary_walk import Walk
from benchmarks.reliability.canary_world import World, watched, world
from besa.lib.tests.canaries import CANARY
from tools.system import postgres_programs

DATABASES = {"sqlite": "SQLite", "postgres": "PostgreSQL"}


def main(argv: Sequence[str]) -> int:
    """Print where canaries were found, and how many; 0 when none was and the search has found all that were left for it."""
    parser = argparse.ArgumentParser(
        prog="canaries", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--canaries", type=int, default=500, help="at least so many (default 500)")
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument("--short", action="store_true", help="fewer people and files, no restore")
    parser.add_argument("--migrated", type=Path, metavar="DIR", help="SQLite's files, migrated already")
    options = parser.parse_args(argv)
    wanted = list(DATABASES) if options.database == "both" else [options.database]
    if "postgres" in wanted and options.database == "both" and postgres_programs() is None:
        print("     PostgreSQL is not installed: SQLite alone")
        wanted.remove("postgres")
    return max(_measured(name, options) for name in wanted)


@contextmanager
def _prepared(database: str, migrated: Path | None) -> Iterator[World]:
    with (
        tempfile.TemporaryDirectory(prefix="besa-canaries-") as folder,
        world(database, Path(folder), migrated) as made,
    ):
        yield made


def _measured(database: str, options: argparse.Namespace) -> int:
    begin, plant, is_whole = time.perf_counter(), Planter(), not options.short
    plant.canaries.append(Canary(CANARY, "metadata of a file", is_learned=True))
    with _prepared(database, options.migrated) as made, watched(made) as watcher:
        walk = Walk(made, plant)
        with made.served():
            _walked(walk, options.canaries, is_whole=is_whole)
            search = Search(plant.canaries)
            search.look_through(made.blobs())  # while it serves: SQLite's log is there
        _commands(made, is_whole=is_whole)
        search.look_through(made.blobs())
        missed = list(missed_of(made, watcher))
    rest = f"{len(walk.forms)} more forms filled, {walk.errors} errors of the server, {len(watcher.seen)} passing files seen"
    return _told(DATABASES[database], search, missed, rest, begin)


def _told(database: str, search: Search, missed: list[str], rest: str, begin: float) -> int:
    for text, places in sorted(search.found.items()):
        print(f"FAIL {text}: {', '.join(sorted(places))}")
    for line in missed:
        print(f"FAIL the search has not found {line}")
    seconds = time.perf_counter() - begin
    print(f"     {search.size / 2**20:.0f} MiB searched in {', '.join(sorted(search.places))}")
    print(f"     {rest}, {seconds:.0f} s")
    print(f"canaries on {database}: {len(search.found)} of {len(search.canaries)} found")
    return 1 if search.found or missed else 0


def _walked(walk: Walk, wanted: int, *, is_whole: bool) -> None:
    """Case after case until enough canaries are out; the last case is erased."""
    walk.failed_sign_ins()
    steps = walk.steps(is_whole=is_whole)
    number = ""
    while not number or len(walk.plant.canaries) < wanted:
        number = walk.open_case()
        for step in steps:
            step(number)
    if is_whole:
        walk.erase(number)


def _commands(made: World, *, is_whole: bool) -> None:
    """What runs beside the server: the timetable's commands, a backup, the record for an outsider, a restore."""
    folder = made.folder
    made.besa("backup")
    if not is_whole:
        return
    made.besa("audit_export", "-o", str(folder / "var" / "events.jsonl"))
    for command in ("remind", "mail_notices", "tidy_documents", "tidy_sign_in", "audit_anomalies"):
        made.besa(command)
    made.besa("audit_verify", "--data")
    made.besa("keys", "rotate")
    made.besa("backup")
    words = ["restore", *(str(max((folder / "backups").glob(f"*.{kind}.tar.age"))) for kind in ("data", "keystore"))]
    words += ["--identity", str(folder / "age" / "identity"), "--into", str(folder / "restored")]
    if made.socket_folder:
        with made.superuser("postgres") as opened:
            opened.execute("CREATE DATABASE apart OWNER besa_owner")
        (folder / "age" / "address").write_text(made.address("besa", "apart"))
        words += ["--database", str(folder / "age" / "address")]
    made.besa(*words, role="besa_owner")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
