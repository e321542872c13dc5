"""`python -m benchmarks.reliability.crashes [--rounds N] [--database sqlite|postgres|both]`: does a crash lose anything?

In each round some processes do real actions, on cases that they share, and acknowledge each when it has returned. At a random moment
after a random number of acknowledgements they are killed by SIGKILL, at once or one after the other; on PostgreSQL in every tenth
round the server too, which then recovers from its log. Then what was acknowledged is looked for, and every change for its event. A
real database in a temporary folder, as safe as in production: SQLite with `synchronous=FULL`, PostgreSQL with `fsync`.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from tools.postgres import Cluster, cluster

SAFE = "-c max_connections=50 -c recovery_init_sync_method=syncfs"
WHOLE = 100  # rounds between two looks at everything
SERVER = 10  # every so many rounds the server is killed too
SLOW = 25  # every so many rounds files are handed in, which takes longer
MOST = 8  # acknowledgements that a round waits for at most
PAUSE = 0.08  # seconds after them within which the first process is killed, and after it each other one
PATIENCE = 20.0  # seconds for them
DATABASES = ("sqlite", "postgres")


def main(argv: Sequence[str]) -> int:
    """Print what was found for each database; 0 when nothing was lost, else 1."""
    return attack(argv, "crashes", Attack, count="rounds", usual=1000, about=__doc__ or "")


def attack(argv: Sequence[str], module: str, kind: type[Attack], *, count: str, usual: int, about: str) -> int:
    """The command of an attack: `--{count} N --database … --seed N`, each database in a process and a folder of its own."""
    parser = argparse.ArgumentParser(prog=module, description=about)
    parser.add_argument(
        f"--{count}", dest="count", type=int, default=usual, help=f"for each database (default {usual})"
    )
    parser.add_argument("--database", choices=(*DATABASES, "both"), default="both")
    parser.add_argument(
        "--seed", type=int, default=None, help="of what is left to chance; left out, it differs each time"
    )
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(argv)
    seed = options.seed if options.seed is not None else random.SystemRandom().getrandbits(32)
    if options.inside:
        return _inside(options.database, kind, options.count, seed)
    wanted = DATABASES if options.database == "both" else (options.database,)
    return max([_apart(name, module, f"--{count}", str(options.count), "--seed", str(seed)) for name in wanted])


def _apart(database: str, module: str, *words: str) -> int:
    """Run the module in a process of its own, with a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        env = {name: value for name, value in os.environ.items() if not name.startswith("BESA_")}
        env |= {"BESA_VAR": folder, "BESA_MODE": "demo", "DJANGO_SETTINGS_MODULE": "besa.settings"}
        command = [sys.executable, "-m", f"benchmarks.reliability.{module}", "--inside", "--database", database, *words]
        return subprocess.run(command, env=env, check=False).returncode


def _inside(database: str, kind: type[Attack], count: int, seed: int) -> int:
    if database == "sqlite":
        return kind(None, seed).run(count)
    with cluster(SAFE) as server:
        os.environ["BESA_DATABASE_URL"] = server.url  # before the settings are read
        return kind(server, seed).run(count)


@dataclass
class Attack:
    """The rounds on one database, and what came of them."""

    server: Cluster | None
    seed: int
    done: Counter[str] = field(default_factory=Counter)
    broken_off: int = 0
    servers_killed: int = 0
    stopped: list[str] = field(default_factory=list)

    def run(self, rounds: int) -> int:
        self.world: Any = import_module("benchmarks.reliability.crashes_world")  # they need the settings of the folder
        check: Any = import_module("benchmarks.reliability.crashes_check")
        cast, begin = self.world.prepare(), time.perf_counter()
        checker, unused = check.Checker(), 0
        checker.look([])
        for number in range(1, rounds + 1):
            checker.look(self.round(cast, number))
            if number % WHOLE == 0 or number == rounds:
                unused = checker.whole()
                print(f"     {number} of {rounds} rounds, {sum(checker.faults.values())} faults", flush=True)
        left = Counter(check.left_files())
        faults = {kind: checker.faults[kind] for kind in check.FAULTS} | {"errors of writers": len(self.stopped)}
        for line in [*checker.words, *self.stopped][:20]:
            print(f"     {line}")
        for kind, count in faults.items():
            print(f"{'FAIL' if count else 'ok  '} {kind}: {count}")
        print(f"     {', '.join(f'{count} {name}' for name, count in sorted(self.done.items()))}")
        print(
            f"     {checker.walk.count} events, {unused} keys that seal nothing, files left {dict(left)}, seed {self.seed}"
        )
        print(
            f"crashes on {'SQLite' if self.server is None else 'PostgreSQL'}: {rounds} rounds,"
            f" {self.servers_killed} of them with the server, {sum(self.done.values())} writes acknowledged,"
            f" {self.broken_off} broken off; {', '.join(f'{count} {kind}' for kind, count in faults.items())};"
            f" {time.perf_counter() - begin:.0f} s"
        )
        return 1 if any(faults.values()) else 0

    # --- a round

    def round(self, cast: Any, number: int) -> list[dict[str, Any]]:
        """Let the writers live and die; gives what they have acknowledged."""
        chance = random.Random(f"{self.seed} {number}")  # noqa: S311  (moments, not secrets)
        is_server_killed = self.server is not None and number % SERVER == 0
        with tempfile.TemporaryFile() as said:
            acts = self.world.SLOW if number % SLOW == 0 else self.world.ACTS
            pids = [
                self.world.begin(cast, process, self.seed + number, said.fileno(), acts)
                for process in range(self.world.PROCESSES)
            ]
            self._wait_for(said.fileno(), chance.randrange(MOST))
            time.sleep(chance.uniform(0, PAUSE))
            if self.server is not None and is_server_killed:
                self.server.kill()
                self.servers_killed += 1
            self._kill(pids, chance, PAUSE if number % 2 else 0, is_server_killed=is_server_killed)
            if self.server is not None and is_server_killed:
                self.server.start()
            self._wait_for_server()
            return self._heard(content_of(said.fileno()), is_server_killed=is_server_killed)

    def _wait_for(self, said: int, count: int) -> None:
        """Return when so many acts are acknowledged, or after a while."""
        until = time.monotonic() + PATIENCE
        while content_of(said).count(b'{"done"') < count and time.monotonic() < until:
            time.sleep(0.002)

    def _kill(self, pids: list[int], chance: random.Random, pause: float, *, is_server_killed: bool) -> None:
        """Kill the processes in any order, at once or with a pause; one that has lost its server may have ended before."""
        for pid in chance.sample(pids, len(pids)):
            os.kill(pid, signal.SIGKILL)
            _pid, status = os.waitpid(pid, 0)
            if not os.WIFSIGNALED(status) and not is_server_killed:
                self.stopped.append(f"a process ended by itself, {status}")
            time.sleep(chance.uniform(0, pause))

    def _wait_for_server(self) -> None:
        """A statement that the server has received is carried out, also when nobody waits for it any more."""
        if self.server is None:
            return
        connection = import_module("django.db").connection
        with connection.cursor() as cursor:
            while True:
                cursor.execute(
                    "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'"
                    " AND pid <> pg_backend_pid() AND datname = current_database()"
                )
                if not cursor.fetchone()[0]:
                    return
                time.sleep(0.005)

    def _heard(self, said: bytes, *, is_server_killed: bool) -> list[dict[str, Any]]:
        """Count what was begun and done; gives the facts that were acknowledged."""
        facts: list[dict[str, Any]] = []
        running: set[int] = set()
        for line in self.world.lines(said):
            if "begun" in line:
                running.add(line["by"])
            elif "facts" in line:
                facts += line["facts"]
                self.done[line["done"]] += 1
                running.discard(line["by"])
            elif "refused" in line:
                running.discard(line["by"])
            elif "failed" in line or not is_server_killed:
                self.stopped.append(str(line))
        self.broken_off += len(running)
        return facts


def content_of(said: int) -> bytes:
    return os.pread(said, os.fstat(said).st_size, 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
