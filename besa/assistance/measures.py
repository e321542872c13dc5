"""What may be counted of referrals: by outcome, and how long the answer took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from besa.assistance.models import Referral
from besa.cases.codes import Need
from besa.cases.measures import AGE, CHILD, SEX, agencies, counted_cases, places
from besa.lib.measures import UNKNOWN, Dimension, Kind, Measure, Row, Span, choice

CODES = ("pk", "from_agency__code", "to_agency__code", "state", "urgency", "qark__code", "sex", "age_group", "is_child")
COURSE = ("services", "offered_at", "reply_by", "answered_at", "ended_at")


DIMENSIONS = (
    Dimension("outcome", _("outcome"), choice(dict(Referral.State.choices))),
    Dimension("urgency", _("urgency"), choice(dict(Referral.Urgency.choices))),
    Dimension("body", _("sent by"), agencies),
    Dimension("receiver", _("sent to"), agencies),
    Dimension("qark", _("qark"), places),
    SEX,
    AGE,
    CHILD,
)
SERVICE = Dimension("service", _("service"), choice(dict(Need.choices)))


@dataclass(frozen=True)
class Sent:
    """A referral as it stood at the knowledge date: `codes` by dimension, what was asked for, and its moments as known then."""

    key: str
    codes: dict[str, str]
    services: tuple[str, ...]
    offered_at: datetime
    reply_by: datetime
    answered_at: datetime | None


def _sent(span: Span) -> Iterator[Sent]:
    """Referrals that were offered within the days, as far as was known; one query."""
    first, after = span.moments
    rows = Referral.objects.filter(offered_at__gte=first, offered_at__lt=after, offered_at__lte=span.known_at)
    rows = rows.filter(case__in=counted_cases(span.known_at).values("pk")).order_by()
    for row in rows.values(*CODES, *COURSE):
        answered = row["answered_at"] if row["answered_at"] and row["answered_at"] <= span.known_at else None
        yield Sent(
            str(row["pk"]), _codes(row, _state(row, span.known_at)), tuple(row["services"]), row["offered_at"], row["reply_by"],
            answered,
        )  # fmt: skip


def _state(row: Mapping[str, Any], known_at: datetime) -> str:
    """How the referral stood at the moment: what happened later is taken away again."""
    is_ended = row["ended_at"] is not None and row["ended_at"] <= known_at
    is_answered = row["answered_at"] is not None and row["answered_at"] <= known_at
    if is_ended or (is_answered and row["ended_at"] is None):
        return str(row["state"])
    return Referral.State.ACCEPTED.value if is_answered else Referral.State.OFFERED.value


def _codes(row: Mapping[str, Any], state: str) -> dict[str, str]:
    known = {
        "outcome": state, "urgency": row["urgency"], "body": row["from_agency__code"], "receiver": row["to_agency__code"],
        "qark": row["qark__code"], "sex": row["sex"], "age_group": row["age_group"],
        "child": {True: "child", False: "adult"}.get(row["is_child"]),
    }  # fmt: skip
    return {name: code or UNKNOWN for name, code in known.items()}


def referrals(span: Span) -> Iterator[Row]:
    """Each referral once."""
    return (Row(one.key, one.codes) for one in _sent(span))


def services(span: Span) -> Iterator[Row]:
    """Each service that was asked for, so that a referral that asks for three counts three times."""
    return (Row(one.key, {**one.codes, "service": service}) for one in _sent(span) for service in one.services)


def answer_hours(span: Span) -> Iterator[Row]:
    """Hours from the offer to the answer, of those that were answered by the knowledge date."""
    for one in _sent(span):
        if one.answered_at is not None:
            seconds = (one.answered_at - one.offered_at).total_seconds()
            yield Row(one.key, one.codes, Decimal(seconds) / 3600)


def on_time(span: Span) -> Iterator[Row]:
    """1 for what was answered in time; what was not due yet at the knowledge date does not count, nor what was taken back unanswered."""
    for one in _sent(span):
        if one.answered_at is not None:
            yield Row(one.key, one.codes, int(one.answered_at <= one.reply_by))
        elif one.reply_by <= span.known_at and one.codes["outcome"] != Referral.State.REVOKED:
            yield Row(one.key, one.codes, 0)


MEASURES = (
    Measure(
        "referrals",
        _("Referrals by outcome"),
        _("Referrals that were offered within the period, and how they stood at the knowledge date."),
        _("referrals"),
        referrals,
        DIMENSIONS,
        opens="referral",
    ),
    Measure(
        "services_asked",
        _("Services asked for"),
        _(
            "Services that were asked for by referrals within the period; a referral that asks for three counts three times."
        ),
        _("services"),
        services,
        (SERVICE, *DIMENSIONS),
        opens="referral",
    ),
    Measure(
        "referral_hours",
        _("Time to the answer to a referral"),
        _("Median of the hours from the offer to the answer."),
        _("hours"),
        answer_hours,
        DIMENSIONS,
        kind=Kind.MEDIAN,
        opens="referral",
    ),
    Measure(
        "referrals_on_time",
        _("Referrals answered in time"),
        _("Per cent of the referrals offered within the period that were answered within their time limit."),
        _("per cent"),
        on_time,
        DIMENSIONS,
        kind=Kind.SHARE,
        opens="referral",
    ),
)
