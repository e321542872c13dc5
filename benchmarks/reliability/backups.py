"""`python -m benchmarks.reliability.backups [--rounds N]`: sabotaged backups, each of which must be reported failed.

Failed means: exit 1, no `.ok`, no archive under its final name, and an event `backup_failed`. After each round an untouched backup of
the same installation must succeed where the sabotage was of the moment, so that the failure is the sabotage's and no other's.
With BESA_DATABASE_URL naming PostgreSQL (`python -m tools.postgres …`) pg_dump is killed too.
"""

from __future__ import annotations

import argparse
import os
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reliability.backup_world import World, copy_of, prepare

MIB = 1024 * 1024
KILLED = -signal.SIGKILL
Watch = Callable[[World, "subprocess.Popen[str]"], None]


def _nothing(world: World) -> None:
    return None


@dataclass(frozen=True)
class Sabotage:
    """What is broken before the backup, and what while it runs."""

    name: str
    before: Callable[[World], None] = _nothing
    meanwhile: Watch | None = None
    limit: int | None = None  # bytes that a file may have: the disk is full
    to: str | None = None
    is_killed: bool = False  # nobody is left to report; the next backup must


# --- before


def _setting(name: str, value: str) -> Callable[[World], None]:
    def change(world: World) -> None:
        world.changed[name] = value

    return change


def _missing(number: int) -> Callable[[World], None]:
    return lambda world: world.document(number).unlink()


def _flipped(number: int, place: int) -> Callable[[World], None]:
    def flip(world: World) -> None:
        _flip(world.document(number), place)

    return flip


def _flip(file: Path, place: int) -> None:
    with file.open("r+b") as out:
        out.seek(place)
        byte = out.read(1)
        out.seek(place)
        out.write(bytes([byte[0] ^ 0x10]))


def _cut(number: int, size: int) -> Callable[[World], None]:
    return lambda world: os.truncate(world.document(number), size)


def _no_file(number: int, kind: str) -> Callable[[World], None]:
    """In place of a document stands something that cannot be read as one."""

    def put(world: World) -> None:
        file = world.document(number)
        file.unlink()
        if kind == "pipe":
            os.mkfifo(file)
        elif kind == "link":
            file.symlink_to("/nowhere")
        else:
            file.mkdir()

    return put


def _damaged(table: str, seed: int) -> Callable[[World], None]:
    """A page of a table is overwritten in the database's file."""

    def damage(world: World) -> None:
        file = world.var / "besa.sqlite3"
        with sqlite3.connect(file) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            page = opened.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", [table]).fetchone()[0]
            size = opened.execute("PRAGMA page_size").fetchone()[0]
        with file.open("r+b") as out:
            out.seek((page - 1) * size)
            out.write(bytes((seed * 7 + index) % 251 for index in range(size)))

    return damage


# --- meanwhile


def _parts(world: World) -> list[Path]:
    return sorted(world.backups.glob("*.part"))


def _when_written(world: World, process: subprocess.Popen[str], size: int, kind: str) -> Path | None:
    """Wait until so much of an archive is written; None when the process ends before."""
    while process.poll() is None:
        for part in _parts(world):
            try:
                if f".{kind}." in part.name and part.stat().st_size >= size:
                    return part
            except FileNotFoundError:
                continue
        time.sleep(0.0005)
    return None


def _flip_part(size: int, place: int, kind: str = "data") -> Watch:
    def flip(world: World, process: subprocess.Popen[str]) -> None:
        if part := _when_written(world, process, size, kind):
            _flip(part, place)

    return flip


def _cut_part(size: int, to: int) -> Watch:
    def cut(world: World, process: subprocess.Popen[str]) -> None:
        if part := _when_written(world, process, size, "data"):
            os.truncate(part, to)

    return cut


def _remove_part(size: int, kind: str = "data") -> Watch:
    def remove(world: World, process: subprocess.Popen[str]) -> None:
        if part := _when_written(world, process, size, kind):
            part.unlink()

    return remove


def _signal(size: int, number: signal.Signals, kind: str = "data") -> Watch:
    def send(world: World, process: subprocess.Popen[str]) -> None:
        if _when_written(world, process, size, kind):
            process.send_signal(number)

    return send


def _kill_dump(nth: int) -> Watch:
    """Kill the nth pg_dump that the backup starts."""

    def kill(world: World, process: subprocess.Popen[str]) -> None:
        seen: set[int] = set()
        while process.poll() is None:
            for child in _children(process.pid):
                if child not in seen:
                    seen.add(child)
                    if len(seen) == nth:
                        os.kill(child, signal.SIGKILL)
                        return

    return kill


def _children(pid: int) -> list[int]:
    """The running pg_dump processes of a process."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            pids = [int(word) for word in task.read_text().split()]
            found += [one for one in pids if "pg_dump" in Path(f"/proc/{one}/comm").read_text()]
        except OSError:
            continue
    return found


# --- the list


def on_both() -> Iterator[Sabotage]:
    """Those that need no particular database."""
    for number in (0, 11, 23):
        yield Sabotage("a document's file is missing", _missing(number))
    for number, place in ((1, 0), (8, 524_288), (22, MIB - 1)):
        yield Sabotage("a bit of a document's file is changed", _flipped(number, place))
    for number, size in ((2, 0), (9, 1000)):
        yield Sabotage("a document's file is cut", _cut(number, size))
    for number, kind in ((3, "pipe"), (10, "link"), (15, "folder")):
        yield Sabotage(f"a {kind} in place of a document's file", _no_file(number, kind))
    for setting in ("BESA_BACKUP_TO", "BESA_BACKUP_KEYSTORE_TO"):
        yield Sabotage("no recipient", _setting(setting, ""))
        yield Sabotage("a recipient that is none", _setting(setting, "age1nobody"))
    yield Sabotage("the target is not there", to="/nowhere/to/be/found")
    yield Sabotage("the target cannot be written", to="/sys/kernel")
    yield Sabotage("the target is a file", to="/etc/hostname")
    for size in (1, 4, 9, 14, 19, 23):
        yield Sabotage("the disk is full", limit=size * MIB)
    for size, place in ((1, 300), (5, MIB), (12, 3 * MIB), (20, 17 * MIB)):
        yield Sabotage("a bit of the archive is changed while it is written", meanwhile=_flip_part(size * MIB, place))
    for size, to in ((2, 0), (8, 4 * MIB), (16, MIB + 1)):
        yield Sabotage("the archive is cut while it is written", meanwhile=_cut_part(size * MIB, to))
    yield Sabotage("the archive is removed while it is written", meanwhile=_remove_part(3 * MIB))
    yield Sabotage("a bit of the keystore's archive is changed", meanwhile=_flip_part(1000, 250, "keystore"))
    yield Sabotage("the keystore's archive is removed", meanwhile=_remove_part(1000, "keystore"))
    for size in (1, 6, 13, 18, 22):
        yield Sabotage("killed", meanwhile=_signal(size * MIB, signal.SIGKILL), is_killed=True)
    for size in (2, 15):
        yield Sabotage("stopped by the system", meanwhile=_signal(size * MIB, signal.SIGTERM))


def on_sqlite() -> Iterator[Sabotage]:
    for seed, table in enumerate(("documents_document", "directory_user", "plan_activity", "notices_notice")):
        yield Sabotage(f"a page of {table} is damaged", _damaged(table, seed))
    for size in (1, 2):
        yield Sabotage("the disk is full", limit=size * 300_000)
    for place in (100, 2000):
        yield Sabotage("a bit of the archive is changed while it is written", meanwhile=_flip_part(10 * MIB, place))
    yield Sabotage("killed", meanwhile=_signal(100, signal.SIGKILL, "keystore"), is_killed=True)


def on_postgresql() -> Iterator[Sabotage]:
    for _time in range(5):
        for nth in (1, 2):
            yield Sabotage(f"pg_dump number {nth} is killed", meanwhile=_kill_dump(nth))


def sabotages() -> list[Sabotage]:
    is_postgresql = os.environ.get("BESA_DATABASE_URL", "").startswith("postgres")
    return [*on_both(), *(on_postgresql() if is_postgresql else on_sqlite())]


# --- a round


def _limit(size: int) -> Callable[[], None]:
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def unreported(world: World, sabotage: Sabotage) -> str:
    """What was not reported as it must be; empty when all was."""
    before = len(world.failures())
    sabotage.before(world)
    words = ["backup", *(["--to", sabotage.to] if sabotage.to else [])]
    process = world.start(*words, before=_limit(sabotage.limit) if sabotage.limit else None)
    watcher = threading.Thread(target=sabotage.meanwhile, args=(world, process)) if sabotage.meanwhile else None
    if watcher:
        watcher.start()
    output, errors = process.communicate(timeout=120)
    if watcher:
        watcher.join()
    wanted = KILLED if sabotage.is_killed else 1
    if process.returncode != wanted:
        return f"exit {process.returncode}: {output or errors[-300:]}"
    left = [file.name for file in world.backups.iterdir() if not file.name.endswith(".part")]
    if left:
        return f"left behind: {', '.join(left)}"
    world.changed.clear()
    if sabotage.is_killed and (problem := _unnoticed(world)):
        return problem
    if len(world.failures()) != before + 1:
        return f"no event: {errors[-300:]}"
    return ""


def _unnoticed(world: World) -> str:
    """After a kill: the status says so, and the next backup succeeds and records what was broken off."""
    if world.besa("backup", "--status").returncode != 1:
        return "the status does not say that a backup was broken off"
    done = world.besa("backup")
    return "" if done.returncode == 0 else f"the next backup failed: {done.stderr[-300:]}"


def run(rounds: int | None = None) -> tuple[int, list[str]]:
    """Play the rounds; gives how many there were and what was not reported."""
    wanted = sabotages()
    if rounds:
        step = max(1, len(wanted) // rounds)
        wanted = wanted[::step][:rounds]
    problems = []
    with tempfile.TemporaryDirectory() as folder:
        base = prepare(Path(folder) / "base")
        done = base.besa("backup", "--to", str(base.var))
        if done.returncode:
            raise SystemExit(f"a backup that nobody sabotages fails: {done.stderr}")
        for file in base.var.glob("besa-2*"):
            file.unlink()
        for number, sabotage in enumerate(wanted):
            world = copy_of(base, Path(folder) / str(number))
            if problem := unreported(world, sabotage):
                problems.append(f"{sabotage.name}: {problem}")
            subprocess.run(["rm", "-rf", str(world.var)], check=True)
    return len(wanted), problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, help="as many of the list, spread over it")
    begun = time.monotonic()
    count, problems = run(parser.parse_args().rounds)
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"sabotaged backups: {count}; reported failed: {count - len(problems)}; {time.monotonic() - begun:.0f} s")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
