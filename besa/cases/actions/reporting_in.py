"""Sending a report: all of it becomes a case, or is counted without identity, or nothing of it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from besa.assessments import actions as assessments
from besa.assessments.models import Instrument
from besa.cases import report_steps
from besa.cases.actions import consents, determinations, drafts, facts, files, identifying
from besa.cases.forms import CHILD
from besa.cases.models import Case, Draft, Refusal
from besa.cases.report_steps import SEEN
from besa.directory.case_policy import WORKERS
from besa.directory.models import Agency, Membership, Place
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.people.identity import Identity, Part

CONSENT_DAYS = 180
FIRST_PARTS = (
    "names",
    "birth",
    "guardian",
    "needs",
    "story",
)  # what a child's helpers must know, in its best interests


@dataclass(frozen=True)
class Sent:
    """What a report has become: a case, or a person counted without identity. `unit` is the child protection unit whose people
    were told of it."""

    case: Case | None = None
    refusal: Refusal | None = None
    unit: Agency | None = None


@sensitive_variables()
def send(*, draft: Draft, by: Membership, at: datetime) -> Sent:
    """Make of the report what it says, in one transaction. Raises Refused with the reason; then the draft is as it was."""
    with transaction.atomic():
        answers = drafts.answers_of(draft)
        instrument = instrument_called(draft.instrument)
        screening = instrument.definition if instrument else None
        if report_steps.first_open(answers, report_steps.way(answers, screening), screening):
            raise Refused(_("Something that must be answered is missing."))
        if report_steps.is_refused(answers):
            sent = Sent(refusal=_counted(answers, by, at))
        else:
            sent = Sent(case=_case(answers, instrument, by, at), unit=_tell_unit(answers, by, at))
        drafts.finish(draft, by, at)
        return sent


def name_of(instrument: Instrument | None) -> str:
    """How a draft, a concern and a sheet call the screening in its version: `code version`; empty for none."""
    return f"{instrument.code} {instrument.version}" if instrument else ""


def instrument_called(name: str) -> Instrument | None:
    """The screening that `name_of` calls so."""
    code, _blank, version = name.rpartition(" ")
    return Instrument.objects.filter(code=code, version=int(version)).first() if code and version.isdigit() else None


def _place(code: str | None) -> Place | None:
    return Place.objects.filter(code=code).first() if code else None


def _counted(answers: Mapping[str, Any], by: Membership, at: datetime) -> Refusal:
    how, where, counted = answers["how"], answers["where"], answers["counted"]
    values = identifying.Unnamed(
        on=date.fromisoformat(where["on"]), channel=how["channel"], age_group=counted["age_group"],
        crossing=_place(where.get("crossing")), place=_place(where["place"]), reach=answers["reach"]["reach"], sex=counted["sex"],
        forms=[counted["form"]] if counted["form"] else [], is_another=counted["is_another"],
    )  # fmt: skip
    return identifying.record_refusal(values=values, by=by, at=at)


def _case(answers: Mapping[str, Any], instrument: Instrument | None, by: Membership, at: datetime) -> Case:
    status, where = answers["status"], answers["where"]
    words = answers.get("words", {}).get("words", "")
    place = _place(where["place"]) or _near(_place(where.get("crossing")))
    case = files.open_case(
        kind="at_risk" if status["status"] == "at_risk" else "victim", identity=identity(answers),
        is_child=CHILD[answers["age"]["is_child"]], place=place, summary=words, by=by, at=at,
    )  # fmt: skip
    filled = None
    if instrument is not None and answers.get(SEEN):
        filled = assessments.record_answers(
            instrument=instrument, answers=answers[SEEN], scope=case.scope, by=by, at=at
        )
    identifying.identify(case=case, values=_identified(answers, words), answers=filled, by=by, at=at)
    if status["form"]:
        story = facts.Story(forms=[status["form"]], reach=answers["reach"]["reach"])
        facts.edit_facts(case=case, version=0, values=story, by=by, at=at)
    determinations.determine(
        case=case, status=status["status"], decided_on=timezone.localdate(at), basis="screening",
        criteria=[f"form:{status['form']}"] if status["form"] else [], body=by.agency, reason="", by=by, at=at,
    )  # fmt: skip
    _rights(case, answers, by, at)
    _consents(case, answers, by, at)
    case.refresh_from_db()
    return case


def _near(crossing: Place | None) -> Place | None:
    """The qark of a crossing point."""
    return crossing.parent if crossing is not None else None


def _identified(answers: Mapping[str, Any], words: str) -> identifying.Identified:
    where, language, age = answers["where"], answers.get("language", {}), answers["age"]
    return identifying.Identified(
        channel=answers["how"]["channel"], screened_on=date.fromisoformat(where["on"]), crossing=_place(where.get("crossing")),
        place=_place(where["place"]), reach=answers["reach"]["reach"], present=answers.get("present", {}).get("present", []),
        needs=answers.get("needs", {}).get("needs", []), risk=answers["risk"]["risk"], language=language.get("language", ""),
        needs_interpreter=language.get("needs_interpreter", False), is_age_in_doubt=age["is_child"] == "doubt",
        age_group=age["age_group"], words=words,
    )  # fmt: skip


def identity(answers: Mapping[str, Any]) -> Identity:
    """The identity as far as it is known; an empty one may be filled later."""
    name, about, language = answers.get("name", {}), answers.get("about", {}), answers.get("language", {})
    person = {field: name.get(field, "") for field in ("surname", "given_names", "father_name")}
    person |= {field: about.get(field, "") for field in ("birth_date", "birth_place")}
    person |= {"is_birth_estimated": about.get("is_birth_estimated", False), "sex": about.get("sex", "unknown")}
    person |= {"citizenships": about.get("citizenships", []), "registration": "unknown"}
    spoken = (
        {"code": language["language"], "level": "mother", "needs_interpreter": language["needs_interpreter"]}
        if language
        else None
    )
    guardian = answers.get("guardian", {})
    stands = guardian.get("guardian") in ("yes", "excluded")
    who = {"kind": guardian.get("kind"), "name": guardian.get("name"), "contact": guardian.get("contact")}
    return Identity(
        person=person,
        languages=(Part(spoken),) if spoken else (),
        guardians=(Part({**who, "is_excluded": guardian["guardian"] == "excluded"}),) if stands else (),
    )


def _rights(case: Case, answers: Mapping[str, Any], by: Membership, at: datetime) -> None:
    told = answers["rights"]
    if told["informed"] == "yes":
        identifying.record_rights(
            case=case,
            kind="informed",
            on=timezone.localdate(at),
            language=told["language"],
            material=told["material"],
            by=by,
            at=at,
        )


def _consents(case: Case, answers: Mapping[str, Any], by: Membership, at: datetime) -> None:
    """What an adult agreed to; for a child what its helpers must know, decided in its best interests."""
    today, until = timezone.localdate(at), at + timedelta(days=CONSENT_DAYS)
    if report_steps.is_minor(answers):
        for purpose in ("assistance", "protection"):
            consents.give_consent(
                case=case, purpose=purpose, recipient=None, groups=FIRST_PARTS, given_as="best_interests", form="", language="",
                given_on=today, until_at=until, by=by, at=at,
            )  # fmt: skip
        return
    agreed = answers.get("consent", {})
    for purpose in agreed.get("purposes", []):
        consents.give_consent(
            case=case, purpose=purpose, recipient=None, groups=agreed["parts"], given_as="person", form=agreed["form"] or "spoken",
            language=answers.get("language", {}).get("language", "sq"), given_on=today, until_at=until, by=by, at=at,
        )  # fmt: skip


def _tell_unit(answers: Mapping[str, Any], by: Membership, at: datetime) -> Agency | None:
    """Say to the people of the child protection unit that a child was reported and by which institution, and nothing else."""
    unit = unit_of(answers)
    if unit is None or not report_steps.is_minor(answers):
        return None
    members = (
        Membership.objects.active_on(timezone.localdate(at)).filter(agency=unit, role__in=WORKERS).exclude(pk=by.pk)
    )
    told = notices.send(
        to=members.order_by("pk"),
        kind=Notice.Kind.CHILD_REPORTED,
        url_name="assistance:referrals",
        agency=by.agency,
        at=at,
    )
    return unit if told else None


def unit_of(answers: Mapping[str, Any]) -> Agency | None:
    """The child protection unit that was informed."""
    return Agency.objects.filter(code=answers.get("guardian", {}).get("unit", "")).first()
