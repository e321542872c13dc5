"""The questions of `oracle_http`, in a process of their own that knows the temporary folder or the database."""

from __future__ import annotations

import logging
import random
import statistics
import sys
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import setup_test_environment

django.setup()

from benchmarks.reliability.login_timing import GOAL, auc  # noqa: E402  (models can be imported only now)
from besa.cases.tests import guard  # noqa: E402
from besa.lib import clock  # noqa: E402
from tests.rights import over_http  # noqa: E402
from tests.rights.doors import DOORS, Door  # noqa: E402
from tests.rights.over_http import HIDDEN, World  # noqa: E402

WARM = 10
TIMED = (("case_view", 0), ("case_view", 1), ("identity_reveal", 0), ("glass_break", 0))


def main(every: int, rounds: int) -> int:
    setup_test_environment(debug=False)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("migrate", database="keystore", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    (Path(settings.STATIC_ROOT)).mkdir(parents=True, exist_ok=True)
    logging.getLogger("django.request").setLevel(logging.ERROR)  # each refusal is a line
    if connection.vendor == "postgresql":
        guard.install()
    with transaction.atomic():
        world = over_http.build(clock.now())
        with guard.as_application():
            bad = _cells(world, every) + _written(world)
            settings.LOOK_TICK_SECONDS = 0.02  # as in production; above it would only take longer
            bad += _times(world, rounds)
        transaction.set_rollback(True)
    return 1 if bad else 0


def _cells(world: World, every: int) -> int:
    """How many cells are wrong, of all."""
    asked = list(islice(over_http.questions(), 0, None, every))
    begun = time.perf_counter()
    with over_http.unwritten():
        wrong = list(over_http.wrong(world, asked))
    for line in wrong[:40]:
        print(f"FAIL {line[:400]}")
    cells, seconds = len({cell for cell, _door in asked}), time.perf_counter() - begun
    print(
        f"rights over HTTP, {connection.vendor}: {len({line.rpartition(' · ')[0] for line in wrong})} wrong of {cells} cells, "
        f"{len(wrong)} of {len(asked)} questions, {seconds:.0f} s",
        flush=True,
    )
    return len(wrong)


def _written(world: World) -> int:
    """How many answers, written out, tell what is hidden from what does not exist."""
    hidden = _hidden(random.Random(1))  # noqa: S311  a choice of what is measured, no secret
    world.unknown.clear()
    wrong = list(over_http.wrong(world, hidden))
    world.unknown.clear()
    for line in wrong[:20]:
        print(f"FAIL {line[:400]}")
    print(f"pages of what is hidden, written out: {len(wrong)} of {len(hidden)} differ from those of unknown numbers")
    return len(wrong)


def _hidden(chance: random.Random, most: int = 400) -> list[over_http.Question]:
    every = [one for one in over_http.questions() if over_http.expected(one[0], _door(one)) == HIDDEN]
    return chance.sample(every, most)


def _door(question: over_http.Question) -> Door:
    (_role, deed, _stance, _state), number = question
    return DOORS[deed][number]


def _times(world: World, rounds: int) -> int:
    """How many pages tell by their time what is hidden from what does not exist."""
    bad = 0
    for deed, number in TIMED:
        hidden, unknown = _both(world, deed, number, rounds)
        figure = auc(unknown, hidden)
        is_good = GOAL[0] <= figure <= GOAL[1]
        bad += not is_good
        told = f"median {statistics.median(hidden) * 1000:.2f} ms against {statistics.median(unknown) * 1000:.2f} ms"
        print(f"{'ok  ' if is_good else 'FAIL'} {deed} by {DOORS[deed][number].name}: AUC {figure:.3f}, {told}")
    return bad


def _both(world: World, deed: str, number: int, rounds: int) -> tuple[Sequence[float], Sequence[float]]:
    """Seconds of the page for hidden cases and for unknown numbers, asked by turns in random order."""
    chance = random.Random(2)  # noqa: S311
    every = [
        cell
        for cell, place in over_http.questions()
        if (cell[1], place) == (deed, number) and over_http.expected(cell, _door((cell, place))) == HIDDEN
    ]
    hidden: list[float] = []
    unknown: list[float] = []
    door = DOORS[deed][number]
    for turn in range(-WARM, rounds):
        role, _deed, stance, state = chance.choice(every)
        ask = world.ask(role, stance, state)
        both = [(hidden, ask), (unknown, ask.unknown(world.nobodys))]
        chance.shuffle(both)
        for times, one in both:
            begun = time.perf_counter()
            over_http.answer(world.browsers[role], door, one)
            if turn >= 0:
                times.append(time.perf_counter() - begun)
    return hidden, unknown


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
