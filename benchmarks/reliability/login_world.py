"""The timed sign-ins of `login_timing`, in a process of their own that knows the temporary folder."""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable, Sequence

import django
from django.core.management import call_command
from django.test import Client
from django.test.utils import setup_test_environment

django.setup()

from allauth.mfa.models import Authenticator  # noqa: E402  (models can be imported only now)

from benchmarks.reliability.login_timing import GOAL, auc  # noqa: E402
from besa.directory.models import User  # noqa: E402

KINDS = ("open", "closed", "no password", "passkey only")
UNKNOWN = "unknown"
ACCOUNTS = 12
WARM = 2
PASSWORD = "correct horse battery staple"  # noqa: S105


def prepare(kinds: Sequence[str], accounts: int) -> dict[str, list[str]]:
    """Make the database and `accounts` accounts of each kind; their e-mails by kind, all of one length."""
    setup_test_environment(debug=False)
    call_command("migrate", verbosity=0, interactive=False)
    call_command("migrate", database="keystore", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    return {kind: [_account(kind, number).email for number in range(accounts)] for kind in kinds}


def _account(kind: str, number: int) -> User:
    password = PASSWORD if kind in ("open", "closed") else None
    email = f"{kind[:4].replace(' ', '-')}.{number:02d}@example.org"
    user = User.objects.create_user(email, password, name=f"{kind} {number}", is_active=kind != "closed")
    if kind == "passkey only":
        Authenticator.objects.create(
            user=user, type=Authenticator.Type.WEBAUTHN, data={"name": "key", "credential": {}}
        )
    return user


def attempt(email: str, address: str) -> Callable[[], None]:
    """A sign-in with a wrong password, ready to be sent from the address by a browser of its own."""
    browser = Client(REMOTE_ADDR=address)

    def send() -> None:
        answer = browser.post("/account/login/", {"login": email, "password": "a wrong guess of it"})
        if answer.status_code != 200:
            raise RuntimeError(f"a refused sign-in was answered by {answer.status_code}")

    return send


def _measure(rounds: int, order: random.Random) -> int:
    times = _times(rounds, order)
    bad = 0
    for kind in KINDS:
        figure = auc(times[UNKNOWN], times[kind])
        good = GOAL[0] <= figure <= GOAL[1]
        bad += not good
        median = statistics.median(times[kind]) * 1000
        print(f"{'ok  ' if good else 'FAIL'} unknown against {kind}: AUC {figure:.3f} (median {median:.1f} ms)")
    print(f"     unknown: median {statistics.median(times[UNKNOWN]) * 1000:.1f} ms; {rounds} sign-ins of each kind")
    print(f"login timing: {len(KINDS) - bad} of {len(KINDS)} kinds within {GOAL[0]}–{GOAL[1]}")
    return 1 if bad else 0


def _times(rounds: int, order: random.Random) -> dict[str, list[float]]:
    """Seconds of each refused sign-in, by kind. No two come from the same address, so that no delay is at work."""
    emails = prepare(KINDS, ACCOUNTS)
    emails[UNKNOWN] = [f"{UNKNOWN[:4]}.{number:02d}@example.org" for number in range(ACCOUNTS)]
    times: dict[str, list[float]] = {kind: [] for kind in emails}
    for turn in range(-WARM, rounds):
        kinds = list(emails)
        order.shuffle(kinds)
        for kind in kinds:
            address = ".".join(str(order.randrange(1, 255)) for _part in range(4))
            send = attempt(order.choice(emails[kind]), address)
            start = time.perf_counter()
            send()
            if turn >= 0:
                times[kind].append(time.perf_counter() - start)
    return times


if __name__ == "__main__":
    sys.exit(_measure(int(sys.argv[1]), random.Random(sys.argv[2] or None)))  # noqa: S311
