"""Counted figures beside a return: what belongs to an activity, to an institution, to a round. Read only."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import get_language

from besa.lib.hooks import hooked
from besa.plan.models import Activity, CountedIndicator
from besa.reporting.models import Counting, Observation


@dataclass(frozen=True)
class Shown:
    """A measure beside an entry: the figure of the institution and of the country, and the address that opens it."""

    measure: str
    title: str
    unit: str
    own: Decimal | None
    own_missing: str
    country: Decimal | None
    country_missing: str
    url: str


def latest(period: str) -> Counting | None:
    """The newest run of a period."""
    return Counting.objects.filter(period=period).order_by("-counted_at", "-id").first()


def headings_of(activity: Activity) -> tuple[str, str]:
    """The codes of the objective and the aim that an activity belongs to."""
    return activity.objective.code, activity.objective.aim.code


def beside(activity: Activity, agency: int, period: str) -> list[Shown]:
    """The counted figures of the activity's objective and aim for an institution in a period; three queries."""
    run = latest(period)
    if run is None:
        return []
    rows = CountedIndicator.objects.filter(plan=activity.plan_id, heading__in=headings_of(activity))
    codes = list(dict.fromkeys(rows.order_by("-heading", "position").values_list("measure", flat=True)))
    found = Observation.objects.filter(counting=run, measure__in=codes, dimension="", agency=agency)
    whole = Observation.objects.filter(counting=run, measure__in=codes, dimension="", agency__isnull=True)
    own = {row.measure: row for row in found}
    return [_shown(row, own.get(row.measure), period, agency) for row in _in_order(whole, codes)]


def _in_order(rows: Iterable[Observation], codes: list[str]) -> list[Observation]:
    return sorted(rows, key=lambda row: codes.index(row.measure))


def _shown(whole: Observation, own: Observation | None, period: str, agency: int) -> Shown:
    language = (get_language() or "en")[:2]
    return Shown(
        whole.measure, whole.title.get(language, whole.measure), whole.unit.get(language, ""),
        own.value if own else None, own.get_missing_display() if own else "",
        whole.value, whole.get_missing_display(), url_of(whole.measure, period, agency),
    )  # fmt: skip


def url_of(measure: str, period: str, agency: int | None) -> str:
    """The page that opens the figure; the app that counts says where it is."""
    return next((str(give(measure, period, agency)) for give in hooked("figure_address")), "")
