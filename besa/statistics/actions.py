"""Counting the indicators of a period, and handing the figures down to the returns."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.lib.periods import Period
from besa.lib.refusal import Refused
from besa.reporting.actions import observations
from besa.reporting.models import Counting
from besa.statistics import counting


def count_indicators(*, period: Period, known_at: datetime, by: audit.Actor, at: datetime) -> Counting:
    """Count every measure that a plan asks for, as the records were known at the moment, and keep the figures."""
    if known_at > at:
        raise Refused(_("This moment has not come yet."))
    figures = counting.count(period, known_at)
    return observations.record_counting(period=str(period), known_at=known_at, figures=figures, by=by, at=at)
