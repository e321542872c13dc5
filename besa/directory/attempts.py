"""Delays after failed attempts. A stranger's attempts delay the stranger, not the person whose account it is.

Attempts are counted by account and by where they come from: the browser, if it has signed in to this account before, else the
address. From the third failure on each one doubles the wait. An attempt counts before it is looked at, so that many at once
are no way around; success takes it back. The table holds digests: neither who was tried nor from where.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.http import HttpRequest, HttpResponse

from besa.directory.models import Attempts, User
from besa.vault import keystore

KNOWN_BROWSER = f"{settings.COOKIE_PREFIX}known_browser"
YEAR = 365 * 24 * 3600
KEPT_SECONDS = 7 * 24 * 3600


class TooEarly(Exception):
    """The next attempt is allowed in `seconds`; what was sent has not been looked at."""

    def __init__(self, seconds: int) -> None:
        super().__init__(seconds)
        self.seconds = seconds


@dataclass(frozen=True)
class Measure:
    """How failures turn into waiting, all in seconds: `free` failures without, then `first`, doubled up to `longest`."""

    free: int
    first: int
    longest: int
    forgotten: int

    def delay(self, failures: int) -> int:
        return 0 if failures < self.free else min(self.longest, self.first * 2 ** min(failures - self.free, 20))


ONE = Measure(free=3, first=5, longest=900, forgotten=24 * 3600)  # one account from one place
ADDRESS = Measure(free=50, first=2, longest=60, forgotten=3600)  # many accounts from one address
# Codes of one account from anywhere: who gets so far knows the password and is no stranger; a passkey stays open all the time.
CODES = Measure(free=10, first=5, longest=60, forgotten=24 * 3600)


@dataclass(frozen=True)
class Counter:
    key: str
    measure: Measure


def _digest(*parts: str) -> str:
    return hmac.new(keystore.named("attempts"), "\0".join(parts).encode(), hashlib.sha256).hexdigest()


def at_password(request: HttpRequest, email: str, address: str | None) -> list[Counter]:
    """The counters of an attempt to open an account by its password."""
    if browser := known_browser(request, email):
        return [Counter(_digest("password", email, "browser", browser), ONE)]
    place = address or ""
    return [Counter(_digest("password", email, "address", place), ONE), Counter(_digest("address", place), ADDRESS)]


def at_code(request: HttpRequest, user: User, address: str | None) -> list[Counter]:
    """The counters of an attempt with a code, after the right password."""
    if browser := known_browser(request, user.email):
        return [Counter(_digest("code", user.email, "browser", browser), ONE)]
    place = address or ""
    return [Counter(_digest("code", user.email, "address", place), ONE), Counter(_digest("code", user.email), CODES)]


def at_terminal(email: str) -> list[Counter]:
    """The counters of an attempt to prove at a terminal of the machine who one is."""
    return [Counter(_digest("terminal", email), ONE)]


def begin(counters: Sequence[Counter], now: float) -> int:
    """Count an attempt as failed; gives the seconds to wait after it if it does fail. Raises TooEarly and counts nothing."""
    keys = [counter.key for counter in counters]
    with transaction.atomic():
        Attempts.objects.bulk_create([Attempts(key=key, last=now, until=now) for key in keys], ignore_conflicts=True)
        rows = {row.key: row for row in Attempts.objects.select_for_update().filter(key__in=keys).order_by("key")}
        early = max(row.until for row in rows.values()) - now
        if early > 0:
            raise TooEarly(ceil(early))
        for counter in counters:
            row, measure = rows[counter.key], counter.measure
            row.failures = 1 + (0 if now - row.last > measure.forgotten else row.failures)
            row.last, row.until = now, now + measure.delay(row.failures)
        Attempts.objects.bulk_update(rows.values(), ["failures", "last", "until"])
    return ceil(max(row.until for row in rows.values()) - now)


def passed(counters: Sequence[Counter]) -> None:
    """The attempt was right: forget those of this account from this place, take this one back from the wider counts."""
    with transaction.atomic():
        narrow = [counter.key for counter in counters if counter.measure is ONE]
        wide = [counter.key for counter in counters if counter.measure is not ONE]
        Attempts.objects.filter(key__in=narrow).delete()
        Attempts.objects.filter(key__in=wide, failures__gt=0).update(failures=F("failures") - 1, until=F("last"))


def tidy(now: float) -> int:
    """Forget attempts that delay nobody any more; gives their number."""
    return Attempts.objects.filter(last__lt=now - KEPT_SECONDS).delete()[0]


def known_browser(request: HttpRequest, email: str) -> str:
    """The number of a browser in which this account was opened before, or nothing."""
    number, _dot, proof = request.COOKIES.get(KNOWN_BROWSER, "").partition(".")
    return number if number and hmac.compare_digest(proof.encode(), _digest("browser", number, email).encode()) else ""


def remember_browser(request: HttpRequest, response: HttpResponse, user: User) -> None:
    """Let the browser show next time that the account was opened in it. It opens nothing and names nobody."""
    number = known_browser(request, user.email) or secrets.token_urlsafe(16)
    response.set_cookie(
        KNOWN_BROWSER,
        f"{number}.{_digest('browser', number, user.email)}",
        max_age=YEAR,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )
