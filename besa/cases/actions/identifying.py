"""The first identification, an adult's refusal, what befell the person's rights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.assessments.models import Answers
from besa.audit import actions as audit
from besa.cases import codes
from besa.cases.actions import clocks
from besa.cases.actions.common import locked
from besa.cases.actions.counted import keep_codes
from besa.cases.models import Case, Identification, Refusal, RightsEvent
from besa.cases.rules_facts import check_codes, check_crossing, check_past, check_refusal
from besa.cases.time_limits import Kind, length_of
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership, Place
from besa.directory.rules import check_permission
from besa.lib.refusal import Conflict as Changed
from besa.lib.refusal import Refused
from besa.people.models import Person
from besa.vault import cells


@dataclass(frozen=True, repr=False)
class Identified:
    """How and where a person was found, who was there, what she needs. `body`: the institution that screened, own where none is given."""

    channel: str
    screened_on: date
    crossing: Place | None = None
    place: Place | None = None
    reach: str = codes.Reach.UNKNOWN
    found_by: str = ""
    present: Sequence[str] = ()
    needs: Sequence[str] = ()
    risk: str = codes.Risk.UNKNOWN
    language: str = ""
    needs_interpreter: bool = False
    is_age_in_doubt: bool = False
    age_group: str = codes.AgeGroup.UNKNOWN
    words: str = ""
    body: Agency | None = None


@dataclass(frozen=True)
class Unnamed:
    """What is kept of an adult who refuses: nothing that names her, no words. `is_another`: not the one of whom the same was recorded."""

    on: date
    channel: str
    age_group: str
    crossing: Place | None = None
    place: Place | None = None
    reach: str = codes.Reach.UNKNOWN
    sex: str = ""
    forms: Sequence[str] = ()
    is_another: bool = False


CODES = ["channel", "crossing", "place", "reach", "found_by", "present", "needs", "risk", "language"]
CODES += ["needs_interpreter", "is_age_in_doubt", "age_group"]


def identify(
    *, case: Case, values: Identified, answers: Answers | None = None, by: Membership, at: datetime
) -> Identification:
    """Record the first identification of the case's person, once. The case takes its risk; a doubt about the age counts for the child."""
    with transaction.atomic():
        found, standing = locked(case, by, Deed.FACTS_EDIT, at)
        _check(values, at)
        if Identification.objects.filter(case=found).exists():
            raise Refused(_("The first identification is recorded already; correct it instead."))
        if answers is not None and answers.scope != found.scope:
            raise Refused(_("The answers belong to another case."))
        row = Identification(scope=found.scope, case=found, answers=answers, screened_by=by, recorded_at=at)
        _fill(row, values, by)
        row.save(force_insert=True)
        audit.record(
            "identification_recorded", row, by=by, at=at, fields=[*CODES, "words", "screened_on", "answers"],
            relation=standing.relation,
        )  # fmt: skip
        _tell_case(found, values, by, at)
        return row


def correct_identification(
    *, case: Case, seen: datetime, values: Identified, by: Membership, at: datetime
) -> Identification:
    """Correct the first identification. Raises Conflict when somebody has changed it since `seen`, its time of recording."""
    with transaction.atomic():
        found, standing = locked(case, by, Deed.FACTS_EDIT, at)
        _check(values, at)
        row = Identification.objects.select_for_update(of=("self",)).get(case=found)
        if row.recorded_at != seen:
            raise Changed(_("Somebody else has changed this since you opened it. Nothing was overwritten."))
        row.recorded_at = at
        _fill(row, values, by)
        row.save()
        audit.record(
            "identification_corrected", row, by=by, at=at, fields=[*CODES, "words", "screened_on"], relation=standing.relation
        )  # fmt: skip
        _tell_case(found, values, by, at)
        return row


def _check(values: Identified, at: datetime) -> None:
    check_past(values.screened_on, timezone.localdate(at))
    check_crossing(values.crossing)
    check_codes([values.channel], codes.Channel.values)
    check_codes([values.found_by], ["", *codes.Channel.values])
    check_codes([values.reach], codes.Reach.values)
    check_codes([values.risk], codes.Risk.values)
    check_codes([values.age_group], codes.AgeGroup.values)
    check_codes(values.present, codes.Presence.values)
    check_codes(values.needs, codes.Need.values)


def _fill(row: Identification, values: Identified, by: Membership) -> None:
    given: dict[str, Any] = {field.name: getattr(values, field.name) for field in fields(values)}
    words, body = str(given.pop("words")), given.pop("body")
    for name, value in given.items():
        setattr(row, name, list(value) if name in ("present", "needs") else value)
    row.body = body or by.agency
    cells.seal(row, words=words.strip())


def _tell_case(case: Case, values: Identified, by: Membership, at: datetime) -> None:
    """The file shows the risk as it was last found; a person whose age is in doubt is treated as a child."""
    before = (case.risk, case.is_child)
    if values.risk != codes.Risk.UNKNOWN:
        case.risk = values.risk
    if values.is_age_in_doubt and case.is_child is False:
        case.is_child = None
    if (case.risk, case.is_child) != before:
        case.version += 1
        case.save(update_fields=["risk", "is_child", "version"])
        audit.record("case_edited", case, by=by, at=at, fields=["risk", "is_child"])
    keep_codes(case=case, by=by, at=at)


def record_refusal(*, values: Unnamed, by: Membership, at: datetime) -> Refusal:
    """Count an adult in whom signs were seen and who wants no help and no file: once, without identity."""
    check_permission(by, Permission.CASE_OPEN)
    check_past(values.on, timezone.localdate(at))
    check_crossing(values.crossing)
    check_codes([values.channel], codes.Channel.values)
    check_codes([values.reach], codes.Reach.values)
    check_codes([values.age_group], codes.AgeGroup.values)
    check_codes([values.sex], ["", *Person.Sex.values])
    check_codes(values.forms, codes.Form.values)
    with transaction.atomic():
        alike = Refusal.objects.filter(
            on=values.on, agency=by.agency, channel=values.channel, crossing=values.crossing, place=values.place,
            sex=values.sex, age_group=values.age_group,
        )  # fmt: skip
        check_refusal(values.age_group, is_alike=alike.exists(), is_another=values.is_another)
        given = {field.name: getattr(values, field.name) for field in fields(values) if field.name != "is_another"}
        row = Refusal.objects.create(
            **given | {"forms": list(values.forms)}, by=by, agency=by.agency, recorded_at=at
        )  # fmt: skip
        audit.record("refusal_recorded", row, by=by, at=at, fields=sorted(given))
        return row


def record_rights(
    *,
    case: Case,
    kind: str,
    on: date,
    language: str = "",
    material: str = "",
    words: str = "",
    by: Membership,
    at: datetime,
) -> RightsEvent:
    """Record what befell the person's rights: informed, counselled, represented, detained, charged, named by a medium, complained.

    A residence permit starts its time limit, from the day on which it was granted, and ends that of the one before.
    """
    with transaction.atomic():
        found, standing = locked(case, by, Deed.FACTS_EDIT, at)
        check_codes([kind], codes.RightsKind.values)
        check_codes([material], ["", *RightsEvent.Material.values])
        check_past(on, timezone.localdate(at))
        row = RightsEvent(
            scope=found.scope, case=found, kind=kind, on=on, language=language, material=material,
            recorded_at=at, recorded_by=by,
        )  # fmt: skip
        cells.seal(row, words=words.strip())
        row.save(force_insert=True)
        audit.record(
            "rights_recorded", row, by=by, at=at, fields=["kind", "on", "language", "material", "words"],
            relation=standing.relation,
        )  # fmt: skip
        if kind == codes.RightsKind.PERMIT:
            _begin_permit(found, on, by, at)
        return row


def _begin_permit(case: Case, on: date, by: Membership, at: datetime) -> None:
    clocks.meet(case=case, kind=Kind.PERMIT, by=by, at=at)
    due_at = timezone.make_aware(datetime.combine(on, time())) + length_of(Kind.PERMIT, "")
    if due_at > at:
        clocks.start(case=case, kind=Kind.PERMIT, agency=case.owner, by=by, at=at, due_at=due_at)
