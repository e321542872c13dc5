"""The one place that reads the clock. Everything else is given its time."""

import time as time_module
from datetime import date, datetime, time

from django.conf import settings
from django.utils import timezone


def now() -> datetime:
    """The present moment, aware. In the demo (`BESA_TODAY`) the set day at the present time of day."""
    real = timezone.now()
    if settings.TODAY is None:
        return real
    local = timezone.localtime(real)
    return timezone.make_aware(
        datetime.combine(settings.TODAY, time(local.hour, local.minute, local.second, local.microsecond))
    )


def today() -> date:
    """The present day in the country's time zone."""
    return timezone.localdate(now())


def seconds() -> float:
    """Real seconds that pass while somebody is signed in; never the demo's day."""
    return time_module.time()
