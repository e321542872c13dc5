"""How cases keep to the national procedures, for one file and for many; what the country says of each step. Read only."""

from __future__ import annotations

import tomllib
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max, Min, Q, QuerySet, prefetch_related_objects
from django.utils import timezone

from besa.cases import sops
from besa.cases.codes import RightsKind
from besa.cases.models import Case, Clock, Conference, Consent, Facts, Identification, RightsEvent
from besa.cases.queries_status import FINDINGS, log_from, logs, status_log
from besa.cases.rules_status import CONFIRMED
from besa.cases.sops import Course, Step
from besa.cases.status_log import Step as Determined
from besa.cases.time_limits import Kind
from besa.lib.text import in_language

SUSPECTED = ("potential", "presumed")


# --- what the country says of the steps


@dataclass(frozen=True)
class Help:
    """A step of the national procedures in the country's words: which row of the strategy asks for it, what must be done."""

    code: str
    row: str
    title_en: str
    title_sq: str
    must_en: str
    must_sq: str
    pages: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return in_language(self, "title")

    @property
    def must(self) -> str:
        return in_language(self, "must")


@lru_cache(maxsize=4)
def helps(folder: Path | None = None) -> dict[str, Help]:
    """The steps of the country's procedures, by code, in their order. A country without the file shows no help."""
    path = (folder or settings.COUNTRY) / "sops.toml"
    if not path.exists():
        return {}
    rows: list[dict[str, Any]] = tomllib.loads(path.read_text(encoding="utf-8"))["step"]
    return {row["code"]: Help(**{**row, "pages": tuple(row.get("pages", ()))}) for row in rows}


def helps_for(page: str) -> list[Help]:
    """The steps that a page belongs to."""
    return [one for one in helps().values() if page in one.pages]


# --- how cases stand


def _first(rows: QuerySet[Any], field: str) -> Mapping[uuid.UUID, Any]:
    return dict(rows.order_by().values_list("case").annotate(at=Min(field)).values_list("case", "at"))


def _end_of(day: date) -> datetime:
    """A day as a moment: its noon, which is the same day in every neighbouring time zone."""
    return timezone.make_aware(datetime.combine(day, time(12)), timezone.get_default_timezone())


def courses(cases: QuerySet[Case], known_at: datetime) -> Iterator[tuple[uuid.UUID, Course]]:
    """What had happened with many cases as far as it was written down by `known_at`; always the same number of queries.

    What an identification says (channel, who was present, interpreter) is as it was corrected since.
    """
    keys = cases.order_by().values("pk")
    written = {"case__in": keys, "recorded_at__lte": known_at}
    found = {row["case_id"]: row for row in Identification.objects.filter(**written).values(*IDENTIFIED)}
    told = dict(logs(cases, known_at))
    informed = _first(RightsEvent.objects.filter(**written, kind=RightsKind.INFORMED), "on")
    consents = _first(Consent.objects.filter(**written), "recorded_at")
    facts = _first(Facts.objects.filter(**written).exclude(forms=[]), "recorded_at")
    held = _first(Conference.objects.filter(case__in=keys, held_at__lte=known_at), "held_at")
    clocks = _clocks(Clock.objects.filter(case__in=keys, started_at__lte=known_at))
    for pk, opened_at, kind, is_child, closed_at in cases.order_by("opened_at", "pk").values_list(*OF_CASE):
        row, log = found.get(pk), told.get(pk, [])
        yield pk, Course(
            opened_at=opened_at, kind=kind, is_child=is_child,
            closed_at=closed_at if closed_at and closed_at <= known_at else None,
            informed_at=_moment(informed.get(pk), opened_at),
            consent_at=consents.get(pk), facts_at=facts.get(pk), conference_at=held.get(pk),
            first_status_at=_said(log, None), suspected_at=_said(log, SUSPECTED), confirmed_at=_said(log, CONFIRMED),
            **clocks.get(pk, {}), **_identified(row),
        )  # fmt: skip


OF_CASE = ("pk", "opened_at", "kind", "is_child", "closed_at")
IDENTIFIED = ("case_id", "channel", "present", "needs_interpreter", "screened_on", "recorded_at")


def _identified(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        return {}
    return {
        "channel": row["channel"], "present": frozenset(row["present"]), "needs_interpreter": row["needs_interpreter"],
        "screened_at": _moment(row["screened_on"], row["recorded_at"]),
    }  # fmt: skip


def _moment(day: date | None, near: datetime) -> datetime | None:
    """A day as a moment; the day of `near` is that moment, so that what is said by days is not late by hours."""
    if day is None:
        return None
    return near if timezone.localdate(near) == day else _end_of(day)


def _said(log: list[Determined], statuses: Any) -> datetime | None:
    """When the log first said one of the statuses (None: any): the day that was decided, or its moment where that was the same day."""
    step = next((step for step in log if statuses is None or step.status in statuses), None)
    return _moment(step.decided_on, step.recorded_at) if step else None


def _clocks(clocks: QuerySet[Clock]) -> dict[uuid.UUID, dict[str, Any]]:
    rows = clocks.filter(kind__in=[Kind.REFLECTION, Kind.REFERRAL_REPLY]).order_by()
    reflects, refers = Q(kind=Kind.REFLECTION), Q(kind=Kind.REFERRAL_REPLY)
    values = rows.values("case").annotate(
        reflection_at=Min("started_at", filter=reflects),
        reflection_until=Max("due_at", filter=reflects),
        referred_at=Min("started_at", filter=refers),
    )
    found: list[dict[str, Any]] = [dict(row) for row in values]
    return {row.pop("case"): row for row in found}


def course_of(case: Case) -> Course:
    """What happened with one case, from what the page of its file has asked already."""
    prefetch_related_objects([case], *FINDINGS)
    row: Identification | None = getattr(case, "identification", None)
    facts: Facts | None = getattr(case, "facts", None)
    log = log_from(status_log(case))
    informed = min((right.on for right in case.rights.all() if right.kind == RightsKind.INFORMED), default=None)
    return Course(
        opened_at=case.opened_at, kind=case.kind, is_child=case.is_child, closed_at=case.closed_at,
        informed_at=_moment(informed, case.opened_at),
        consent_at=_first(case.consents.all(), "recorded_at").get(case.pk),
        facts_at=facts.recorded_at if facts and facts.forms else None,
        conference_at=_first(case.conferences.filter(held_at__isnull=False), "held_at").get(case.pk),
        first_status_at=_said(log, None), suspected_at=_said(log, SUSPECTED), confirmed_at=_said(log, CONFIRMED),
        **_clocks(case.clocks.all()).get(case.pk, {}),
        **_identified({name: getattr(row, name) for name in IDENTIFIED} if row else None),
    )  # fmt: skip


def steps_of(case: Case, at: datetime) -> list[Step]:
    """How one file stands to the procedures."""
    return sops.steps(course_of(case), at)


def adherences(cases: QuerySet[Case], at: datetime) -> dict[uuid.UUID, list[Step]]:
    """How many cases stand to the procedures at a moment: for whoever counts them (`sops.adherence` of each)."""
    return {pk: sops.steps(course, at) for pk, course in courses(cases, at)}
