"""Pages with sealed cells beside the same pages with the same rows in the clear, in a process of their own."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import django
import pyrage
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.test.utils import setup_test_environment

django.setup()

from besa.cases.actions import exports, files  # noqa: E402  (models can be imported only now)
from besa.cases.models import Case  # noqa: E402
from besa.cases.tests.factory import identity, make_case  # noqa: E402
from besa.demo import made_up  # noqa: E402
from besa.directory.actions.memberships import install  # noqa: E402
from besa.directory.middleware import SESSION_KEY  # noqa: E402
from besa.directory.models import Agency, Membership, User  # noqa: E402
from besa.lib import clock  # noqa: E402
from besa.vault import cells, envelope, keystore  # noqa: E402
from besa.vault.keystore import DataKey  # noqa: E402

TEXT = "She has a sister in Durrës, who answers on Sundays after six."
MICRO_ROUNDS = 2_000


@dataclass
class Side:
    """One institution with its cases: sealed ones, or the same in the clear."""

    is_sealed: bool
    worker: Membership
    officer: Membership
    browser: Client
    cases: list[Case]
    exports: Iterator[str]

    @contextmanager
    def at_work(self) -> Iterator[None]:
        if self.is_sealed:
            yield
        else:
            with in_the_clear():
                yield


@contextmanager
def in_the_clear() -> Iterator[None]:
    """Cells are stored and read as they are, and no key is fetched. The rest of the vault, such as sessions, stays."""
    plain = SimpleNamespace(
        seal=lambda key, text, *, context: text, open_=lambda key, box, *, context: box, context=envelope.context
    )
    without = SimpleNamespace(
        data_key=lambda scope: DataKey(1, b""),
        key_of=lambda scope, version: b"",
        keys_of=lambda places: dict.fromkeys(places, b""),
        exists=keystore.exists,
        KeyGone=keystore.KeyGone,
    )
    with mock.patch.multiple(cells, envelope=plain, keystore=without):
        yield


def _member(role: str, code: str) -> Membership:
    agency, _made = Agency.objects.get_or_create(
        code=code, defaults={"name_en": code, "name_sq": code, "kind": "municipality"}
    )
    user = User.objects.create_user(f"{role}.{code.lower()}@example.org", name=f"{role} {code}")
    day = clock.today()
    return install(user=user, agency=agency, role=role, from_on=day, until_on=day + timedelta(days=300), at=clock.now())


def _browser(member: Membership) -> Client:
    browser = Client()
    browser.force_login(member.user, backend="besa.directory.backends.PasswordBackend")
    session = browser.session
    session[SESSION_KEY] = member.pk
    session.save()
    return browser


def _side(code: str, count: int, downloads: int, *, is_sealed: bool) -> Side:
    worker, officer = _member("municipality", code), _member("data_protection", f"{code}-RIGHTS")
    side = Side(is_sealed, worker, officer, _browser(worker), [], iter(()))
    with side.at_work():
        people = made_up.people(count, seed=1)
        side.cases = [
            make_case(worker, identity=identity(surname=one.surname, given_names=one.given)) for one in people
        ]
        for number in range(count):
            files.add_note(case=side.cases[0], text=f"{TEXT} {number}", by=worker, at=clock.now())
    side.exports = iter([_export(side) for _number in range(downloads)])
    return side


def _export(side: Side) -> str:
    to = str(pyrage.x25519.Identity.generate().to_public())
    asked = exports.ask(
        cases=side.cases, groups=["names", "birth", "contacts", "guardian"], purpose="assistance", kind="csv", recipient="Court",
        recipient_key=to, by=side.worker, at=clock.now(),
    )  # fmt: skip
    exports.decide(export=asked, is_granted=True, by=side.officer, at=clock.now())
    return f"/cases/exports/{asked.pk}/download/"


def _get(path: str) -> Callable[[Side], Any]:
    return lambda side: side.browser.get(path)


def _reveal_all(side: Side) -> Any:
    for case in side.cases:
        answer = side.browser.post(f"/cases/{case.number}/reveal/", {"purpose": "assistance"})
    return answer


def pages(count: int, times: int) -> dict[str, tuple[int, Callable[[Side], Any]]]:
    """What is opened, and how often on each side."""
    few = max(2, times // 8)
    return {
        f"list of {count} cases": (times, _get(f"/cases/?size={count}")),
        f"page of {count} notes": (times, lambda side: side.browser.post(f"/cases/{side.cases[0].number}/read/")),
        "one reveal": (
            times,
            lambda side: side.browser.post(f"/cases/{side.cases[0].number}/reveal/", {"purpose": "assistance"}),
        ),
        f"{count} reveals in a row": (few, _reveal_all),
        f"export of {count} identities": (few, lambda side: side.browser.post(next(side.exports))),
    }


def _time(side: Side, open_page: Callable[[Side], Any]) -> float:
    with side.at_work():
        begin = time.perf_counter()
        answer = open_page(side)
        seconds = time.perf_counter() - begin
    if answer.status_code != 200:
        raise SystemExit(f"a page answered {answer.status_code}")
    return seconds * 1000


def compared(sides: tuple[Side, Side], often: int, open_page: Callable[[Side], Any]) -> tuple[float, float]:
    """Median milliseconds of the sealed and of the clear page, opened in turn; one opening of each is to warm up."""
    taken: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(-1, often):
        for side in sides if turn % 2 else reversed(sides):
            took = _time(side, open_page)
            if turn >= 0:
                taken[side.is_sealed].append(took)
    return statistics.median(taken[True]), statistics.median(taken[False])


def _micro(case: Case) -> None:
    """One cell: the cipher alone, and with its data key fetched from the keystore and unwrapped."""
    key, context = envelope.new_key(), b"context"
    box = envelope.seal(key, TEXT.encode(), context=context)

    def seal_cell() -> None:
        with transaction.atomic():
            cells.seal(case, summary=TEXT)

    works = {
        "seal one cell, key at hand": lambda: envelope.seal(key, TEXT.encode(), context=context),
        "open one cell, key at hand": lambda: envelope.open_(key, box, context=context),
        "seal one cell, key from the keystore": seal_cell,
        "open one cell, key from the keystore": lambda: cells.open_cells(case, ["summary"]),
    }
    case.refresh_from_db()
    for what, work in works.items():
        taken = []
        for _turn in range(MICRO_ROUNDS):
            begin = time.perf_counter()
            work()  # type: ignore[no-untyped-call]
            taken.append((time.perf_counter() - begin) * 1_000_000)
        print(f"     {what}: median {statistics.median(taken):.0f} µs")


def measure(count: int, times: int) -> None:
    """Print what a cell costs, and each page sealed, in the clear, and the ratio."""
    Path(settings.STATIC_ROOT).mkdir()
    setup_test_environment(debug=False)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("migrate", database="keystore", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    downloads = max(2, times // 8) + 1
    sides = (_side("SEALED", count, downloads, is_sealed=True), _side("CLEAR", count, downloads, is_sealed=False))
    for what, (often, open_page) in pages(count, times).items():
        sealed, clear = compared(sides, often, open_page)
        print(
            f"     {what}: {sealed:.1f} ms sealed, {clear:.1f} ms in the clear, ratio {sealed / clear:.2f}", flush=True
        )
    _micro(sides[0].cases[0])
