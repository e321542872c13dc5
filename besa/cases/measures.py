"""What may be counted of cases: rows without identity, from the status log and what stands beside it.

A status counts in the period in which it was first found of a person, as far as it was known at the knowledge date and not corrected by
then. A person who reached several within a period has a row for each, and is one person wherever the statuses are not told apart.
Canaries and files that went into another one are not counted; erased files are: what is counted names nobody, and stays. What was found
out, when and by whom, and by which codes a person is broken down (sex, form, place …), is as it was known then.
"""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.cases import codes as lists
from besa.cases.codes import Status
from besa.cases.models import Canary, Case, Clock, Determination, Merge, Refusal, RightsEvent
from besa.cases.queries_counted import codes_known
from besa.cases.queries_status import FIELDS
from besa.cases.status_log import Step, in_force
from besa.cases.time_limits import LEAST_REFLECTION
from besa.cases.time_limits import Kind as Limit
from besa.cases.words import SEX_WORDS
from besa.directory.models import Agency, Place
from besa.lib.measures import UNKNOWN, Dimension, Kind, Measure, Row, Span, choice

COUNTED = (Status.POTENTIAL, Status.PRESUMED, Status.IDENTIFIED)
WEEK = timedelta(days=7)


# --- dimensions


def places(codes: Collection[str]) -> dict[str, str]:
    """The names of places by their codes; one query."""
    found = {place.code: place.name for place in Place.objects.filter(code__in=codes)}
    return {**choice({})(codes), **found}


def agencies(codes: Collection[str]) -> dict[str, str]:
    """The names of institutions by their codes; one query."""
    found = {agency.code: agency.name for agency in Agency.objects.filter(code__in=codes)}
    return {**choice({})(codes), **found}


STATUS = Dimension("status", _("status"), choice(dict(Status.choices)))
CHANNEL = Dimension("channel", _("channel"), choice(dict(lists.Channel.choices)))
CROSSING = Dimension("crossing", _("border crossing point"), places)
QARK = Dimension("qark", _("qark"), places)
MUNICIPALITY = Dimension("municipality", _("municipality"), places)
SEX = Dimension("sex", _("sex"), choice(SEX_WORDS))
AGE = Dimension("age_group", _("age group"), choice(dict(lists.AgeGroup.choices)))
CHILD = Dimension("child", _("child"), choice({"child": _("child"), "adult": _("adult"), UNKNOWN: _("in doubt")}))
FORM = Dimension("form", _("main form of exploitation"), choice(dict(lists.Form.choices)))
REACH = Dimension("reach", _("internal or cross-border"), choice(dict(lists.Reach.choices)))
BODY = Dimension("body", _("institution"), agencies)
CITIZENSHIP = Dimension(
    "citizenship", _("citizenship"), choice({"national": _("of the country"), "foreign": _("foreign")})
)
KIND = Dimension("kind", _("kind"), choice(dict(lists.RightsKind.choices)))
PERSON = (CHANNEL, CROSSING, QARK, MUNICIPALITY, SEX, AGE, CHILD, FORM, REACH, CITIZENSHIP, BODY)


# --- the persons, as codes


def counted_cases(known_at: datetime) -> QuerySet[Case]:
    """Cases that count: no canary, and none that went on as another one at the moment."""
    done = Merge.objects.filter(state__in=["merged", "undoing", "undone"], confirmed_at__lte=known_at)
    merged = done.exclude(state="undone", undone_at__lte=known_at).values("merged")
    return Case.objects.exclude(pk__in=Canary.objects.values("case")).exclude(pk__in=merged).order_by()


def first_steps(span: Span) -> Iterator[tuple[uuid.UUID, Step]]:
    """Each status that a case was first found to have within the days, as far as it was known. One query."""
    rows = Determination.objects.filter(
        case__in=counted_cases(span.known_at).values("pk"), recorded_at__lte=span.known_at
    )
    found = rows.order_by("case_id", "recorded_at").values_list(*FIELDS)
    for case, group in groupby(found.iterator(), key=lambda row: row[0]):
        seen: set[str] = set()
        for step in in_force([Step(*row[1:]) for row in group], span.known_at):
            if step.status not in seen:
                seen.add(step.status)
                if step.decided_on in span:
                    yield case, step


def _found(span: Span, statuses: Iterable[Status], **only: str) -> Iterator[Row]:
    wanted = set(statuses)
    found = [(case, step) for case, step in first_steps(span) if step.status in wanted]
    known = codes_known({case for case, _step in found}, span.known_at)
    for case, step in found:
        row = {**known[case], "status": step.status}
        if all(row[name] == code for name, code in only.items()):
            yield Row(str(case), row)


# --- what is counted


def victims(span: Span) -> Iterator[Row]:
    return _found(span, COUNTED)


def victims_internal(span: Span) -> Iterator[Row]:
    return _found(span, (Status.PRESUMED, Status.IDENTIFIED), reach="internal")


def victims_at_border(span: Span) -> Iterator[Row]:
    return _found(span, (Status.PRESUMED, Status.IDENTIFIED), channel="border")


def self_identified(span: Span) -> Iterator[Row]:
    return _found(span, (Status.POTENTIAL, Status.PRESUMED, Status.IDENTIFIED), channel="self")


def at_risk(span: Span) -> Iterator[Row]:
    return _found(span, (Status.AT_RISK,))


def reflections(span: Span) -> Iterator[Row]:
    """Reflection periods that began within the days and are of 30 days at least, as the calendar counts them."""
    rows = Clock.objects.filter(kind=Limit.REFLECTION, case__in=counted_cases(span.known_at).values("pk"))
    first, after = span.moments
    rows = rows.filter(started_at__lte=span.known_at, started_at__gte=first, started_at__lt=after)
    begun = [
        case for case, started, due in rows.order_by("started_at", "id").values_list("case_id", "started_at", "due_at")
        if timezone.localdate(due) - timezone.localdate(started) >= LEAST_REFLECTION
    ]  # fmt: skip
    known = codes_known(begun, span.known_at)
    return (Row(str(case), known[case]) for case in begun)


def informed(span: Span) -> Iterator[Row]:
    """Persons found within the days: 1 for who was informed of her rights by the day on which she was found, or a week later.

    Who was not informed and whose week was not over yet at the knowledge date does not count.
    """
    found: dict[uuid.UUID, date] = {}
    for case, step in first_steps(span):
        if step.status in COUNTED:
            found.setdefault(case, step.decided_on)
    events = RightsEvent.objects.filter(kind="informed", case__in=found, recorded_at__lte=span.known_at)
    told: dict[uuid.UUID, date] = {}
    for case, day in events.order_by("on").values_list("case_id", "on"):
        told.setdefault(case, day)
    known, today = codes_known(found, span.known_at), timezone.localdate(span.known_at)
    for case, day in found.items():
        in_time = case in told and told[case] <= day + WEEK
        if in_time or day + WEEK < today:
            yield Row(str(case), known[case], int(in_time))


def breaches(span: Span) -> Iterator[Row]:
    """What was done against the rights of persons: complaints of discrimination, detention, charges, disclosure by a medium."""
    kinds = ("complaint", "detained", "charged", "disclosed")
    rows = RightsEvent.objects.filter(
        kind__in=kinds, on__gte=span.first, on__lte=span.last, recorded_at__lte=span.known_at
    )
    found = list(rows.filter(case__in=counted_cases(span.known_at).values("pk")).values_list("case_id", "kind"))
    known = codes_known({case for case, _kind in found}, span.known_at)
    return (Row(str(case), {**known[case], "kind": kind}) for case, kind in found)


def refused(span: Span) -> Iterator[Row]:
    """Adults in whom signs were seen and who wanted no help."""
    rows = Refusal.objects.filter(on__gte=span.first, on__lte=span.last, recorded_at__lte=span.known_at)
    wanted = ("pk", "channel", "crossing__code", "place__code", "sex", "age_group", "reach", "forms", "agency__code")
    for pk, channel, crossing, place, sex, age, reach, forms, agency in rows.values_list(*wanted):
        yield Row(
            str(pk),
            {
                "channel": channel, "crossing": crossing or UNKNOWN, "municipality": place or UNKNOWN, "sex": sex or UNKNOWN,
                "age_group": age, "reach": reach, "form": forms[0] if forms else UNKNOWN, "body": agency,
            },
        )  # fmt: skip


PERSONS = _("persons")
MEASURES = (
    Measure(
        "victims_identified",
        _("Victims found, by status"),
        _(
            "Persons who within the period were first found to be potential, presumed or identified victims. Each is counted once;"
            " by status, once under each status that she reached within the period, so that the statuses do not add up."
        ),
        PERSONS,
        victims,
        (STATUS, *PERSON),
        kind=Kind.DISTINCT,
        opens="case",
        version=2,
    ),
    Measure(
        "victims_internal",
        _("Victims of internal trafficking"),
        _(
            "Persons trafficked within the country who within the period were first found to be presumed or identified victims."
            " Each is counted once; by status, once under each status that she reached within the period."
        ),
        PERSONS,
        victims_internal,
        (STATUS, *PERSON),
        kind=Kind.DISTINCT,
        opens="case",
        version=2,
    ),
    Measure(
        "victims_at_border",
        _("Victims found at the border"),
        _(
            "Persons met at the border who within the period were first found to be presumed or identified victims. Each is counted"
            " once; by status, once under each status that she reached within the period."
        ),
        PERSONS,
        victims_at_border,
        (STATUS, *PERSON),
        kind=Kind.DISTINCT,
        opens="case",
        version=2,
    ),
    Measure(
        "self_identifications",
        _("Self-identifications"),
        _(
            "Persons who came forward themselves and within the period were first found to be potential, presumed or identified"
            " victims. Each is counted once; by status, once under each status that she reached within the period."
        ),
        PERSONS,
        self_identified,
        (STATUS, *PERSON),
        kind=Kind.DISTINCT,
        opens="case",
        version=2,
    ),
    Measure(
        "reflection_periods",
        _("Reflection periods granted"),
        _("Reflection periods of 30 days at least that began within the period."),
        _("periods"),
        reflections,
        PERSON,
        opens="case",
    ),
    Measure(
        "at_risk_identified",
        _("Persons at risk identified"),
        _("Persons who within the period were first found to be at risk. They are never counted among victims."),
        PERSONS,
        at_risk,
        PERSON,
        opens="case",
    ),
    Measure(
        "rights_informed",
        _("Persons informed of their rights"),
        _("Per cent of the victims found within the period who were informed of their rights within a week."),
        _("per cent"),
        informed,
        PERSON,
        kind=Kind.SHARE,
        opens="case",
    ),
    Measure(
        "rights_breaches",
        _("Breaches of the rights of victims"),
        _(
            "Complaints of discrimination, detentions, charges and disclosures by media, on the day on which they happened."
        ),
        _("events"),
        breaches,
        (KIND, *PERSON),
        opens="case",
    ),
    Measure(
        "refusals",
        _("Adults who refused help"),
        _(
            "Adults in whom signs of trafficking were seen and who wanted no help and no file, counted once without identity."
        ),
        PERSONS,
        refused,
        (CHANNEL, CROSSING, MUNICIPALITY, SEX, AGE, FORM, REACH, BODY),
    ),
)
