"""What may be counted of the work on cases: how far it keeps to the national procedures, and to its time limits."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from itertools import groupby

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.cases import sops, time_limits
from besa.cases.measures import BODY, PERSON, counted_cases
from besa.cases.models import ClockChange
from besa.cases.queries_counted import codes_known
from besa.cases.queries_sops import adherences, helps
from besa.cases.sops import Done
from besa.cases.time_limits import LIMITS, Change
from besa.lib.measures import Dimension, Kind, Measure, Row, Span, choice


def _step_words(codes: Collection[str]) -> dict[str, str]:
    """What the country's procedures call the steps."""
    known = {code: step.title for code, step in helps().items()}
    return {code: known.get(code, code) for code in codes}


STEP = Dimension("step", _("step of the procedures"), _step_words)
LIMIT = Dimension("kind", _("kind of time limit"), choice({kind: limit.words for kind, limit in LIMITS.items()}))


def _steps(span: Span) -> Iterator[tuple[uuid.UUID, dict[str, str], list[sops.Step]]]:
    """The cases that were opened within the days, with their steps as they stood at the knowledge date."""
    first, after = span.moments
    cases = counted_cases(span.known_at).filter(opened_at__lte=span.known_at, opened_at__gte=first, opened_at__lt=after)
    found = adherences(cases, span.known_at)
    known = codes_known(found, span.known_at)
    return ((pk, known[pk], steps) for pk, steps in found.items())


def adherence(span: Span) -> Iterator[Row]:
    """1 for a file in which every step that was due was done in time; a file of which nothing was due yet does not count."""
    for pk, codes, steps in _steps(span):
        kept = sops.adherence(steps)
        if kept.due:
            yield Row(str(pk), codes, int(kept.is_full))


def steps_in_time(span: Span) -> Iterator[Row]:
    """Each step that was due: 1 for one that was done in time."""
    for pk, codes, steps in _steps(span):
        for step in steps:
            if step.is_due:
                yield Row(str(pk), {**codes, "step": step.code}, int(step.state == Done.IN_TIME))


def deadlines(span: Span) -> Iterator[Row]:
    """Time limits that ran out within the days, as their histories made them by the knowledge date: 1 for one that was met in time.

    What was called off, and what is still open in time, does not count; periods that only have to go by have no such figure.
    """
    wanted = [kind for kind, limit in LIMITS.items() if not limit.is_period]
    changes = ClockChange.objects.filter(clock__case__in=counted_cases(span.known_at).values("pk"))
    changes = changes.filter(clock__kind__in=wanted, at__lte=span.known_at).order_by("clock_id", "at", "id")
    fields = ("clock_id", "clock__case_id", "clock__kind", "clock__agency__code", "verb", "at", "due_after")
    for (_pk, case, kind, agency), rows in groupby(changes.values_list(*fields).iterator(), key=lambda row: row[:4]):
        ran = time_limits.replay(kind, [Change(*row[4:]) for row in rows])
        met = time_limits.outcome(ran, span.known_at)
        if met is not None and timezone.localdate(ran.due_at) in span:
            yield Row(str(case), {"kind": kind, "body": agency}, int(met))


MEASURES = (
    Measure(
        "sop_adherence",
        _("Files that keep to the procedures"),
        _("Per cent of the files opened within the period in which every step that was due was done in time."),
        _("per cent"),
        adherence,
        PERSON,
        kind=Kind.SHARE,
        opens="case",
    ),
    Measure(
        "sop_steps",
        _("Steps of the procedures done in time"),
        _("Per cent of the steps that were due in files opened within the period that were done in time."),
        _("per cent"),
        steps_in_time,
        (STEP, *PERSON),
        kind=Kind.SHARE,
        opens="case",
    ),
    Measure(
        "deadlines_met",
        _("Time limits met"),
        _("Per cent of the time limits that ran out within the period that were met in time."),
        _("per cent"),
        deadlines,
        (LIMIT, BODY),
        kind=Kind.SHARE,
        opens="case",
    ),
)
