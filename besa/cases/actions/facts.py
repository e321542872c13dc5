"""What happened to the person, in codes, with the story sealed; the stages of her way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import codes
from besa.cases.actions.common import locked
from besa.cases.actions.counted import keep_codes
from besa.cases.models import Case, Facts, Leg
from besa.cases.rules_facts import check_codes, check_crossing, check_past, check_period
from besa.directory.case_policy import Deed
from besa.directory.models import Membership, Place
from besa.lib.refusal import Conflict as Changed
from besa.lib.refusal import Refused
from besa.vault import cells

MOST_LEGS = 40


@dataclass(frozen=True, repr=False)
class Story:
    """What is known of what happened; `forms` with the main one first."""

    forms: Sequence[str] = ()
    reach: str = codes.Reach.UNKNOWN
    acts: Sequence[str] = ()
    means: Sequence[str] = ()
    recruitment: Sequence[str] = ()
    recruiter: str = ""
    promises: Sequence[str] = ()
    controls: Sequence[str] = ()
    exit: str = ""
    countries: Sequence[str] = ()
    from_on: date | None = None
    until_on: date | None = None
    words: str = ""


LISTS = {
    "forms": codes.Form, "acts": codes.Act, "means": codes.Means, "recruitment": codes.Recruitment,
    "promises": codes.Promise, "controls": codes.Control,
}  # fmt: skip
ONE = {"reach": codes.Reach, "recruiter": codes.Recruiter, "exit": codes.Exit}


def edit_facts(*, case: Case, version: int, values: Story, by: Membership, at: datetime) -> Facts:
    """Write down what happened (`version` 0), or change it. Raises Conflict when somebody has changed it since `version` was read."""
    with transaction.atomic():
        found, standing = locked(case, by, Deed.FACTS_EDIT, at)
        for name, known in LISTS.items():
            check_codes(getattr(values, name), known.values)
        for name, choices in ONE.items():
            check_codes([getattr(values, name)], ["", *choices.values])
        _check_countries(values.countries)
        check_period(values.from_on, values.until_on, timezone.localdate(at))
        row = Facts.objects.select_for_update(of=("self",)).filter(case=found).first()
        if (row.version if row else 0) != version:
            raise Changed(_("Somebody else has changed this since you opened it. Nothing was overwritten."))
        is_new = row is None
        row = row or Facts(scope=found.scope, case=found, version=0)
        for field in fields(values):
            value = getattr(values, field.name)
            if field.name != "words":
                is_list = field.name in LISTS or field.name == "countries"
                setattr(row, field.name, list(dict.fromkeys(value)) if is_list else value)
        cells.seal(row, words=values.words.strip())
        row.version, row.recorded_at, row.recorded_by = row.version + 1, at, by
        row.save(force_insert=is_new)
        audit.record(
            "facts_recorded" if is_new else "facts_changed", row, by=by, at=at,
            fields=[field.name for field in fields(values)], relation=standing.relation,
        )  # fmt: skip
        keep_codes(case=found, by=by, at=at)
        return row


def _check_countries(countries: Sequence[str]) -> None:
    if any(len(code) != 3 or not (code.isascii() and code.isupper()) for code in countries):
        raise Refused(_("Choose the country from the list."))


@dataclass(frozen=True)
class Stage:
    """A stage of the way."""

    kind: str
    country: str
    place: Place | None = None
    crossing: Place | None = None
    on: date | None = None


def add_leg(*, case: Case, values: Stage, by: Membership, at: datetime) -> Leg:
    """Put a stage at the end of the way."""
    with transaction.atomic():
        found, standing = locked(case, by, Deed.FACTS_EDIT, at)
        check_codes([values.kind], Leg.Kind.values)
        _check_countries([values.country])
        check_crossing(values.crossing)
        check_past(values.on, timezone.localdate(at))
        last = found.legs.aggregate(last=Max("position"))["last"] or 0
        if found.legs.count() >= MOST_LEGS:
            raise Refused(_("The way has too many stages; put some together."))
        row = Leg.objects.create(
            case=found, position=last + 1, **{field.name: getattr(values, field.name) for field in fields(values)},
            recorded_at=at, recorded_by=by,
        )  # fmt: skip
        audit.record(
            "leg_added", row, by=by, at=at, fields=[field.name for field in fields(values)], relation=standing.relation
        )
        return row


def remove_leg(*, leg: Leg, by: Membership, at: datetime) -> None:
    """Take a stage out of the way that was written down by mistake; the event keeps that it was there."""
    with transaction.atomic():
        _found, standing = locked(leg.case, by, Deed.FACTS_EDIT, at)
        row = Leg.objects.select_for_update(of=("self",)).filter(pk=leg.pk).first()
        if row is None:
            raise Refused(_("This stage is not there any more."))
        audit.record("leg_removed", row, by=by, at=at, relation=standing.relation, flags=["deleted"])
        row.delete()
