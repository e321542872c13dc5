"""The status log of a case: determinations, corrections, appeals; and its sealed words."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from besa.cases import policy, rules_status
from besa.cases.actions import determinations
from besa.cases.actions.story import read_story
from besa.cases.forms_status import AppealDecisionForm, AppealForm, DetermineForm
from besa.cases.models import Appeal, Case, Determination
from besa.cases.policy import Standing
from besa.cases.queries_status import log_of, possible_next
from besa.cases.views.common import act_form, part_of, says_erased, the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused


def _deciding(request: MemberRequest, case: Case) -> Standing:
    """The standing of who may decide something about the status. Raises Refused."""
    standing = policy.standing(request.member, case, clock.now())
    if not (standing.may(Deed.STATUS_DECIDE) or standing.may(Deed.STATUS_CONFIRM)):
        raise Refused(_("You may not do this with this case as you stand to it now."))
    return standing


@sensitive_post_parameters()
@needs(Permission.STATUS_DECIDE)
@says_erased
def determine(request: MemberRequest, number: str) -> HttpResponseBase:
    """Record what the team found the person to be: at risk, potential, presumed, withdrawn."""
    words = {
        "question": _("Record a determination"),
        "explanation": _("It becomes a line of the status log. A line is never changed; a correction is a new one."),
        "verb": _("Record"),
        "done": _("The determination is in the status log."),
    }
    return _next(request, number, Deed.STATUS_DECIDE, words)


@sensitive_post_parameters()
@needs(Permission.STATUS_CONFIRM)
@says_erased
def confirm(request: MemberRequest, number: str) -> HttpResponseBase:
    """Record the formal decision: an identified victim, or not a victim."""
    words = {
        "question": _("Decide whether the person is a victim"),
        "explanation": _(
            "After the reflection period a formal interview decides. A court or another country decides at any time."
        ),
        "verb": _("Record the decision"),
        "done": _("The decision is in the status log."),
    }
    return _next(request, number, Deed.STATUS_CONFIRM, words)


def _next(request: MemberRequest, number: str, deed: Deed, words: dict[str, Any]) -> HttpResponse:
    case = the_case(request, number)
    policy.check_may(request.member, deed, case, clock.now())
    statuses = [
        status for status in possible_next(log_of(case), is_child=case.is_child) if rules_status.deed_of(status) is deed
    ]
    return _determine(request, case, statuses, None, words)


@sensitive_post_parameters()
@needs(Permission.STATUS_VIEW)
@says_erased
def determination_correct(request: MemberRequest, number: str, pk: str) -> HttpResponseBase:
    """Put a corrected determination in the place of one that was wrong; both stay in the log."""
    case = the_case(request, number)
    standing = _deciding(request, case)
    wrong: Determination = part_of(case.determinations.all(), pk)
    may = [status for status in rules_status.BASES if standing.may(rules_status.deed_of(status))]
    words = {
        "question": _("Correct a determination"),
        "explanation": _(
            "The wrong line stays in the log, crossed out. Figures of earlier dates keep what was known then."
        ),
        "verb": _("Record the correction"),
        "done": _("The correction is in the status log."),
    }
    return _determine(request, case, may, wrong, words)


def _determine(
    request: MemberRequest, case: Case, statuses: list[str], wrong: Determination | None, words: dict[str, Any]
) -> HttpResponse:
    initial: dict[str, Any] = {}
    if wrong:
        initial = {"status": wrong.status, "basis": wrong.basis, "decided_on": wrong.decided_on, "body": wrong.body_id}
    form = DetermineForm(
        request.POST or None, initial=initial, statuses=statuses, agency=request.member.agency, today=clock.today()
    )

    def act() -> object:
        return determinations.determine(
            case=case, corrects=wrong, by=request.member, at=clock.now(), **form.values()
        )  # fmt: skip

    return act_form(request, case, form, act, {**words, "template": "cases/determine.html"})


@needs(Permission.STATUS_VIEW)
def appeal_lodge(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """Record that the person appeals."""
    case = the_case(request, number)
    _deciding(request, case)
    against: Determination = part_of(case.determinations.all(), pk)
    form = AppealForm(request.POST or None, today=clock.today())
    words: Any = {
        "question": _("Record an appeal"),
        "explanation": _("Against: %(status)s, %(day)s.")
        % {"status": against.get_status_display(), "day": against.decided_on.strftime("%d.%m.%Y")},
        "verb": _("Record the appeal"),
        "done": _("The appeal is recorded. Another person than the one who decided decides on it."),
    }

    def act() -> object:
        return determinations.lodge_appeal(
            determination=against, lodged_on=form.cleaned_data["lodged_on"], by=request.member, at=clock.now()
        )

    return act_form(request, case, form, act, words)


@sensitive_post_parameters()
@needs(Permission.STATUS_VIEW)
@says_erased
def appeal_decide(request: MemberRequest, number: str, pk: str) -> HttpResponseBase:
    """Record how an appeal ended."""
    case = the_case(request, number)
    standing = _deciding(request, case)
    appeal: Appeal = part_of(Appeal.objects.filter(determination__case=case).select_related("determination__case"), pk)
    form = AppealDecisionForm(
        request.POST or None, was=appeal.determination.status, today=clock.today(),
        may_decide=standing.may(Deed.STATUS_CONFIRM),
    )  # fmt: skip
    words: Any = {
        "question": _("Record how the appeal ended"),
        "explanation": _("What is overturned is replaced by a new determination on the basis of the appeal."),
        "verb": _("Record"),
        "done": _("The end of the appeal is recorded."),
    }

    def act() -> object:
        return determinations.decide_appeal(appeal=appeal, by=request.member, at=clock.now(), **form.cleaned_data)

    return act_form(request, case, form, act, words)


@needs(Permission.STATUS_VIEW)
@require_POST
@says_erased
def story(request: MemberRequest, number: str) -> HttpResponseBase:
    """Everything of the file that is in sealed words, as far as it is for the reader; recorded as read."""
    case = the_case(request, number)
    words = read_story(case=case, by=request.member, at=clock.now())
    return render(request, "cases/story.html", {"case": case, "words": words})
