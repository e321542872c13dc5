"""The pages of very many cases, in a process and a database of their own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

django.setup()

from benchmarks.measure import Counter  # noqa: E402  (models can be imported only now)
from benchmarks.world import client  # noqa: E402
from besa.assistance.actions import referrals  # noqa: E402
from besa.assistance.models import Referral  # noqa: E402
from besa.cases import row_security  # noqa: E402
from besa.cases.actions import consents  # noqa: E402
from besa.cases.models import Case  # noqa: E402
from besa.demo import made_up  # noqa: E402
from besa.directory.models import Agency, Membership  # noqa: E402
from besa.lib import clock  # noqa: E402
from besa.vault import row_context  # noqa: E402
from besa.vault.row_context import reading_as_system  # noqa: E402

WARM = 3


@dataclass(frozen=True)
class Figure:
    """One line of the table; `rate` is how many a second, `is_reading` what the goal is for."""

    what: str
    p50: float
    p95: float
    rate: float
    statements: int
    is_reading: bool


def measure(count: int, times: int, seed: int) -> dict[str, list[dict[str, Any]]]:
    """The figures of this database, by how it is asked."""
    settings.ALLOWED_HOSTS = ["testserver"]
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    call_command("migrate", verbosity=0)
    call_command("migrate", database="keystore", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("demo", people=count, seed=seed)
    if connection.vendor != "postgresql":
        return {"SQLite": _all(times, seed)}
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # the server for tests has no automatic vacuum, which would have done it long before
    found = {"PostgreSQL": _all(times, seed)}
    row_security.install()
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE besa_app")
    return {**found, "PostgreSQL with row-level security": _all(times, seed)}


def _all(times: int, seed: int) -> list[dict[str, Any]]:
    return [asdict(figure) for figure in (*_pages(times, seed), _referring())]


def _pages(times: int, seed: int) -> Iterator[Figure]:
    numbers = _numbers()
    for what, login, address in pages(numbers):
        browser = client(login)
        yield _figure(what, lambda turn: browser.get(address(turn)), times)  # noqa: B023  (asked at once)
    people = list(made_up.people(times + WARM + 1, seed))
    browser = client("municipality")

    def search(turn: int) -> Any:
        one = people[turn + WARM]
        words = {"purpose": "assistance", "surname": one.surname, "given": one.given, "birth_year": one.born.year}
        return browser.post("/cases/find/", words)

    yield _figure("search by name and year", search, times)


def _numbers() -> list[str]:
    """Cases that the municipality's worker leads, the running ones first."""
    worker = _member("municipality")
    with reading_as_system(clock.now()):
        rows = Case.objects.filter(team__membership=worker, team__is_lead=True, team__ended_at=None)
        return [case.number for case in sorted(rows, key=lambda case: (case.state == "closed", case.number))][:40]


def _member(login: str) -> Membership:
    return Membership.objects.select_related("user", "agency").get(user__email=f"{login}@demo.besa")


def pages(numbers: list[str]) -> list[tuple[str, str, Callable[[int], str]]]:
    """What is opened, by whom, and where."""
    fixed = [
        ("desk", "municipality", "/"),
        ("desk of the authority", "responsible_authority", "/"),
        ("list, a third of all", "municipality", "/cases/"),
        ("list, all", "responsible_authority", "/cases/"),
        ("list, page 200", "responsible_authority", "/cases/?page=200"),
        ("list of a qark", "rcat", "/cases/"),
        ("list, identified", "responsible_authority", "/cases/?status=identified"),
        ("list, at risk, active", "responsible_authority", "/cases/?status=at_risk&state=active"),
        ("list, mine", "municipality", "/cases/?whose=mine"),
        ("list, children in danger", "responsible_authority", "/cases/?child=yes&risk=immediate"),
        ("referrals", "shelter", "/referrals/"),
        ("figures", "coordinator", "/figures/"),
    ]
    moving = ("file", "municipality", lambda turn: f"/cases/{numbers[turn % len(numbers)]}/")
    return [*((what, login, lambda _turn, path=path: path) for what, login, path in fixed), moving]


def _figure(what: str, ask: Callable[[int], Any], times: int, *, is_reading: bool = True) -> Figure:
    for turn in range(-WARM, 0):
        _timed(ask, turn)
    with connection.execute_wrapper(counter := Counter()):
        _timed(ask, 0)
    taken = [_timed(ask, turn) for turn in range(times)]
    late = statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
    return Figure(what, statistics.median(taken), late, 1000 * len(taken) / sum(taken), counter.queries, is_reading)


def _timed(ask: Callable[[int], Any], turn: int) -> float:
    begin = time.perf_counter()
    answer = ask(turn)
    taken = (time.perf_counter() - begin) * 1000
    if answer is not None and answer.status_code != 200:
        raise SystemExit(f"{answer.request['PATH_INFO']} answered {answer.status_code}")
    return taken


def _referring() -> Figure:
    """Referrals offered by the worker, one after the other, the consent given before."""
    worker, at = _member("municipality"), clock.now()
    asked = Referral.objects.values("case")
    with reading_as_system(at):
        rows = Case.objects.filter(
            team__membership=worker, team__is_lead=True, state__in=["open", "active"], is_child=False
        )
        cases = list(rows.exclude(pk__in=asked).order_by("number")[:6])
        shelters = list(Agency.objects.filter(memberships__role="shelter", kind__in=["ngo", "shelter"]).distinct()[:4])
        for case in cases:
            consents.give_consent(
                case=case, purpose="assistance", recipient=None, groups=["needs"], given_as="person", form="signed",
                language="sq", given_on=timezone.localdate(at), until_at=at + timedelta(days=100), by=worker, at=at,
            )  # fmt: skip
    turns = iter([(case, to) for to in shelters for case in cases])
    wanted = referrals.Wanted(
        services=("medical",), urgency="routine", purpose="assistance", message="Tomorrow, if you can."
    )
    reader = row_context.Reader(worker.pk, worker.user_id, worker.agency_id, worker.place_id or 0, worker.role)

    def refer(_turn: int) -> None:
        case, to = next(turns)
        with row_context.reading_as(reader, at):
            referrals.refer(case=case, to=to, provider=None, wanted=wanted, by=worker, at=at)

    return _figure("referring", refer, len(cases) * len(shelters) - WARM - 1, is_reading=False)
