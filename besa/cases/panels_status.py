"""What the file of a case shows of the status log, of what was found out and of the national procedures, to who may see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from besa.cases import rules_status, sops
from besa.cases.codes import Act, Control, Form, Means, Need, Presence, Promise, Recruitment
from besa.cases.models import Appeal, Case, Facts, Identification
from besa.cases.panels import Panel
from besa.cases.policy import Standing
from besa.cases.queries import is_inside
from besa.cases.queries_sops import helps, steps_of
from besa.cases.queries_status import log_from, possible_next, status_log
from besa.cases.rules_facts import elements, warnings_of
from besa.cases.rules_status import CONFIRMED
from besa.cases.sight import Sight, sight_of
from besa.cases.timeline import timeline
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest
from besa.lib import clock, lands
from besa.people.forms import LANGUAGES

CRITERIA = {
    **{f"act:{code}": label for code, label in Act.choices},
    **{f"means:{code}": label for code, label in Means.choices},
    **{f"form:{code}": label for code, label in Form.choices},
}
LANGUAGE_WORDS = dict(LANGUAGES)


def _labels(codes: list[str], choices: Any) -> list[Any]:
    known = dict(choices.choices)
    return [known[code] for code in codes if code in known]


def status(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """The status log: codes for who may see the status, criteria and reasons for who may see them."""
    sight = sight_of(case, request.member, standing, clock.now())
    if not sight.status:
        return
    may_lodge = standing.may(Deed.STATUS_CONFIRM) or standing.may(Deed.STATUS_DECIDE)
    rows, log = [], status_log(case)
    following = {rules_status.deed_of(one) for one in possible_next(log_from(log), is_child=case.is_child)}
    for row in log:
        appeals = list(row.appeals.all())
        is_corrected = hasattr(row, "corrected_by")
        rows.append(
            {
                "row": row,
                "is_corrected": is_corrected,
                "criteria": [CRITERIA[code] for code in row.criteria if code in CRITERIA] if sight.reasons else [],
                "appeals": appeals,
                "may_correct": not is_corrected and standing.may(rules_status.deed_of(row.status)),
                "may_appeal": may_lodge and row.status in CONFIRMED and not is_corrected
                and all(appeal.outcome != Appeal.Outcome.OPEN for appeal in appeals),
            }
        )  # fmt: skip
    context = {
        "number": case.number,
        "rows": rows,
        "is_inside": is_inside(standing),
        "may_determine": Deed.STATUS_DECIDE in following and standing.may(Deed.STATUS_DECIDE),
        "may_confirm": Deed.STATUS_CONFIRM in following and standing.may(Deed.STATUS_CONFIRM),
        "may_read": sight.words,
        "may_decide_appeal": may_lodge,
    }
    yield Panel(_("Status"), "cases/_status.html", context, "main", 10)


def found_out(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """How she was found and what she needs; what happened; her rights."""
    sight, may_edit = sight_of(case, request.member, standing, clock.now()), standing.may(Deed.FACTS_EDIT)
    if not (sight.story or sight.needs):
        return
    row: Identification | None = getattr(case, "identification", None)
    usual: dict[str, Any] = {"number": case.number, "sight": sight, "may_edit": may_edit}
    yield Panel(
        _("First identification"), "cases/_identification.html", usual | _identified(case, row, sight), "main", 20
    )
    if sight.story:
        facts: Facts | None = getattr(case, "facts", None)
        yield Panel(_("What happened"), "cases/_facts.html", usual | _happened(case, facts), "main", 30)
        rights = list(case.rights.all())
        words = [(right, LANGUAGE_WORDS.get(right.language, "")) for right in rights]
        yield Panel(_("Rights"), "cases/_rights.html", usual | {"rights": words}, "main", 35)


def _identified(case: Case, row: Identification | None, sight: Sight) -> dict[str, Any]:
    if row is None:
        return {"row": None}
    facts: Facts | None = getattr(case, "facts", None)
    forms = facts.forms if facts else []
    return {
        "row": row,
        "present": _labels(row.present, Presence),
        "needs": _labels(row.needs, Need),
        "language": LANGUAGE_WORDS.get(row.language, ""),
        "warnings": list(
            warnings_of(channel=row.channel, crossing=row.crossing, forms=forms, is_child=case.is_child)
        ) if sight.story else [],
    }  # fmt: skip


def _happened(case: Case, facts: Facts | None) -> dict[str, Any]:
    legs = [(leg, lands.name_of(leg.country)) for leg in case.legs.select_related("place", "crossing")]
    if facts is None:
        return {"facts": None, "legs": legs}
    known = elements(acts=facts.acts, means=facts.means, forms=facts.forms, is_child=case.is_child)
    return {
        "facts": facts, "legs": legs, "elements": known, "missing": list(known.missing()),
        "acts": _labels(facts.acts, Act), "means": _labels(facts.means, Means), "forms": _labels(facts.forms, Form),
        "recruitment": _labels(facts.recruitment, Recruitment), "promises": _labels(facts.promises, Promise),
        "controls": _labels(facts.controls, Control), "countries": [lands.name_of(code) for code in facts.countries],
    }  # fmt: skip


def procedures(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """The steps of the national procedures: what is done, what is missing. For who sees the facts, since they tell of them."""
    sight = sight_of(case, request.member, standing, clock.now())
    known = helps()
    if not (sight.story and sight.status) or not known:
        return
    steps = [(known[step.code], step) for step in steps_of(case, clock.now()) if step.state != sops.Done.NOT_NEEDED]
    kept = sops.adherence(step for _help, step in steps)
    context = {"steps": steps, "kept": kept, "marks": MARKS}
    yield Panel(_("National procedures"), "cases/_procedures.html", context, "side", 5)


MARKS = {
    sops.Done.IN_TIME.value: ("circle-check", "good", _("done in time")),
    sops.Done.LATE.value: ("clock", "behind", _("done late")),
    sops.Done.MISSING.value: ("alert-triangle", "stuck", _("missing")),
    sops.Done.WAITING.value: ("circle-dashed", "none", _("to come")),
}


def what_happened_when(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """The timeline, for everybody who may know of the case, as far as she may see its lines."""
    yield Panel(
        _("Course of events"), "cases/_timeline.html", {"moments": timeline(request, case, standing)}, "main", 90
    )
