from __future__ import annotations

from datetime import UTC, date, datetime
from unittest.mock import patch

from django.utils import timezone
from pytest_django import Settings

from besa.lib import clock

LATE_EVENING = datetime(2026, 3, 1, 22, 30, 15, tzinfo=UTC)  # half past eleven in Tirana


def test_the_set_day_keeps_the_present_time_of_day(settings: Settings) -> None:
    settings.TODAY = date(2009, 7, 6)
    with patch("django.utils.timezone.now", return_value=LATE_EVENING):
        local = timezone.localtime(clock.now())
    assert (local.date(), local.hour, local.minute) == (date(2009, 7, 6), 23, 30)
    assert clock.today() == date(2009, 7, 6)


def test_without_a_set_day_the_clock_is_the_machines(settings: Settings) -> None:
    settings.TODAY = None
    with patch("django.utils.timezone.now", return_value=LATE_EVENING):
        assert clock.now() == LATE_EVENING
        assert clock.today() == date(2026, 3, 1)
    with patch("django.utils.timezone.now", return_value=LATE_EVENING.replace(hour=23, minute=10)):
        assert clock.today() == date(2026, 3, 2), "the day is the country's, not the meridian's"
