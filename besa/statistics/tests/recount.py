"""The measures counted a second time, by plain loops over all records as they are now: slow, and without a line in common with what
it checks. Only which steps of the procedures a file has, and how they were kept, is asked where it is decided.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import product

from django.utils import timezone

from besa.assistance.models import Referral
from besa.cases import sops
from besa.cases.models import Canary, Case, Clock, Determination, Merge, Refusal, RightsEvent
from besa.cases.queries_sops import steps_of
from besa.lib.measures import Span

Line = tuple[str, Decimal, dict[str, str]]
VICTIM = ("potential", "presumed", "identified")
PERIODS = ("reflection", "consent")


def _day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _real(known_at: datetime) -> list[Case]:
    made_up = {row.case_id for row in Canary.objects.all()}
    gone = {row.merged_id for row in Merge.objects.all() if row.state in ("merged", "undoing")}
    rows = Case.objects.select_related("place", "qark", "owner", "subject")
    return [case for case in rows if case.pk not in made_up | gone and case.opened_at <= known_at]


def _person(case: Case) -> dict[str, str]:
    seen, facts, place = getattr(case, "identification", None), getattr(case, "facts", None), case.place
    lands, reach = case.subject.citizenships or [], seen.reach if seen else ""
    if facts is not None and facts.reach and facts.reach != "unknown":
        reach = facts.reach
    said = {
        "channel": seen.channel if seen else "",
        "crossing": seen.crossing.code if seen and seen.crossing else "",
        "qark": case.qark.code if case.qark else "",
        "municipality": place.code if place and place.kind == "municipality" else "",
        "sex": case.subject.sex,
        "age_group": seen.age_group if seen else "",
        "child": "child" if case.is_child else "adult" if case.is_child is False else "",
        "form": facts.forms[0] if facts and facts.forms else "",
        "reach": reach,
        "citizenship": ("national" if "ALB" in lands else "foreign") if lands else "",
        "body": seen.body.code if seen else case.owner.code,
    }
    return {name: code or "unknown" for name, code in said.items()}


def _firsts(case: Case, known_at: datetime) -> dict[str, date]:
    """The first day of each status in the log as it was known."""
    known = [row for row in Determination.objects.filter(case=case) if row.recorded_at <= known_at]
    corrected = {row.corrects_id for row in known}
    days: dict[str, date] = {}
    for row in known:
        if row.pk not in corrected and (row.status not in days or row.decided_on < days[row.status]):
            days[row.status] = row.decided_on
    return days


def _found(span: Span, *statuses: str, **only: str) -> Iterator[Line]:
    for case in _real(span.known_at):
        for status, day in _firsts(case, span.known_at).items():
            codes = {**_person(case), "status": status}
            if status in statuses and span.first <= day <= span.last and all(codes[k] == v for k, v in only.items()):
                yield str(case.pk), Decimal(1), codes


def _reflections(span: Span) -> Iterator[Line]:
    real = {case.pk: case for case in _real(span.known_at)}
    for row in Clock.objects.filter(kind="reflection"):
        days = (_day(row.due_at) - _day(row.started_at)).days
        began = row.started_at <= span.known_at and span.first <= _day(row.started_at) <= span.last
        if row.case_id in real and began and days >= 30:
            yield str(row.case_id), Decimal(1), _person(real[row.case_id])


def _informed(span: Span) -> Iterator[Line]:
    for case in _real(span.known_at):
        days = [
            day
            for status, day in _firsts(case, span.known_at).items()
            if status in VICTIM and span.first <= day <= span.last
        ]
        if not days:
            continue
        first = min(days)  # fmt: skip
        told = [
            row.on for row in RightsEvent.objects.filter(case=case, kind="informed") if row.recorded_at <= span.known_at
        ]
        if any((day - first).days <= 7 for day in told):
            yield str(case.pk), Decimal(1), _person(case)
        elif (_day(span.known_at) - first).days > 7:
            yield str(case.pk), Decimal(0), _person(case)


def _breaches(span: Span) -> Iterator[Line]:
    for case in _real(span.known_at):
        for row in RightsEvent.objects.filter(case=case):
            is_breach = row.kind in ("complaint", "detained", "charged", "disclosed")
            if is_breach and span.first <= row.on <= span.last and row.recorded_at <= span.known_at:
                yield str(case.pk), Decimal(1), {**_person(case), "kind": row.kind}


def _refused(span: Span) -> Iterator[Line]:
    for row in Refusal.objects.all():
        if span.first <= row.on <= span.last and row.recorded_at <= span.known_at:
            codes = {
                "channel": row.channel, "crossing": row.crossing.code if row.crossing else "", "sex": row.sex,
                "municipality": row.place.code if row.place else "", "age_group": row.age_group, "reach": row.reach,
                "form": row.forms[0] if row.forms else "", "body": row.agency.code,
            }  # fmt: skip
            yield str(row.pk), Decimal(1), {name: code or "unknown" for name, code in codes.items()}


def _referrals(span: Span) -> Iterator[tuple[Referral, dict[str, str]]]:
    real = {case.pk for case in _real(span.known_at)}
    for row in Referral.objects.all():
        if row.case_id in real and row.offered_at <= span.known_at and span.first <= _day(row.offered_at) <= span.last:
            codes = {
                "outcome": row.state, "urgency": row.urgency, "body": row.from_agency.code, "receiver": row.to_agency.code,
                "qark": row.qark.code if row.qark else "", "sex": row.sex, "age_group": row.age_group,
                "child": "child" if row.is_child else "adult" if row.is_child is False else "",
            }  # fmt: skip
            yield row, {name: code or "unknown" for name, code in codes.items()}


def _sent(span: Span) -> Iterator[Line]:
    return ((str(row.pk), Decimal(1), codes) for row, codes in _referrals(span))


def _services(span: Span) -> Iterator[Line]:
    return (
        (str(row.pk), Decimal(1), codes | {"service": one}) for row, codes in _referrals(span) for one in row.services
    )


def _hours(span: Span) -> Iterator[Line]:
    for row, codes in _referrals(span):
        if row.answered_at:
            yield str(row.pk), Decimal((row.answered_at - row.offered_at).total_seconds()) / 3600, codes


def _answered_in_time(span: Span) -> Iterator[Line]:
    for row, codes in _referrals(span):
        if row.answered_at:
            yield str(row.pk), Decimal(row.answered_at <= row.reply_by), codes
        elif row.state != "revoked" and row.reply_by <= span.known_at:
            yield str(row.pk), Decimal(0), codes


def _kept(span: Span) -> Iterator[tuple[Case, list[sops.Step]]]:
    for case in _real(span.known_at):
        if case.opened_at <= span.known_at and span.first <= _day(case.opened_at) <= span.last:
            yield case, [step for step in steps_of(case, span.known_at) if step.is_due]


def _adherence(span: Span) -> Iterator[Line]:
    for case, due in _kept(span):
        if due:
            yield str(case.pk), Decimal(all(step.state == "in_time" for step in due)), _person(case)


def _steps(span: Span) -> Iterator[Line]:
    for case, due in _kept(span):
        for step in due:
            yield str(case.pk), Decimal(step.state == "in_time"), {**_person(case), "step": step.code}


def _deadlines(span: Span) -> Iterator[Line]:
    real = {case.pk for case in _real(span.known_at)}
    for row in Clock.objects.select_related("agency"):
        is_asked = row.case_id in real and row.kind not in PERIODS and row.started_at <= span.known_at
        if is_asked and span.first <= _day(row.due_at) <= span.last and row.state != "stopped":
            codes = {"kind": row.kind, "body": row.agency.code}
            if row.state == "met" and row.ended_at is not None:
                yield str(row.case_id), Decimal(row.ended_at <= row.due_at), codes
            elif row.state == "running" and row.due_at < span.known_at:
                yield str(row.case_id), Decimal(0), codes


RECOUNTS: dict[str, Callable[[Span], Iterator[Line]]] = {
    "victims_identified": lambda span: _found(span, *VICTIM),
    "victims_internal": lambda span: _found(span, "presumed", "identified", reach="internal"),
    "victims_at_border": lambda span: _found(span, "presumed", "identified", channel="border"),
    "self_identifications": lambda span: _found(span, *VICTIM, channel="self"),
    "at_risk_identified": lambda span: _found(span, "at_risk"),
    "reflection_periods": _reflections,
    "rights_informed": _informed,
    "rights_breaches": _breaches,
    "refusals": _refused,
    "sop_adherence": _adherence,
    "sop_steps": _steps,
    "deadlines_met": _deadlines,
    "referrals": _sent,
    "services_asked": _services,
    "referral_hours": _hours,
    "referrals_on_time": _answered_in_time,
}

PERSONS = ("victims_identified", "victims_internal", "victims_at_border", "self_identifications")  # each of them once
SHARES = ("rights_informed", "sop_adherence", "sop_steps", "deadlines_met", "referrals_on_time")
MEDIANS = ("referral_hours",)
TENTH = Decimal("0.1")


def made_of(code: str, lines: Sequence[Line]) -> tuple[Decimal | None, int]:
    """The figure of the measure that the lines make, and of how many things it is made."""
    if code in PERSONS:
        persons = {key for key, _value, _codes in lines}
        return Decimal(len(persons)), len(persons)
    values = sorted(value for _key, value, _codes in lines)
    if code not in SHARES + MEDIANS:
        return Decimal(len(values)), len(values)
    if not values:
        return None, 0
    if code in SHARES:
        return (Decimal(100 * values.count(Decimal(1))) / len(values)).quantize(TENTH), len(values)
    middle = len(values) // 2
    median = values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2
    return median.quantize(TENTH), len(values)


def recount(code: str, lines: Sequence[Line], by: Sequence[str]) -> dict[tuple[str, ...], tuple[Decimal | None, int]]:
    """The figures by these dimensions, an empty code for all; every cell looks through all lines again."""
    found = {("",) * len(by): made_of(code, lines)}
    for _key, _value, codes in lines:
        for wanted in product(*[("", codes[name]) for name in by]):
            if wanted not in found:
                cell = [
                    line for line in lines if all(not w or line[2][n] == w for n, w in zip(by, wanted, strict=True))
                ]
                found[wanted] = made_of(code, cell)
    return found
