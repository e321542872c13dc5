"""Referrals: the list, one of them, asking for one, answering."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.assistance import rules
from besa.assistance.actions import referrals as actions
from besa.assistance.forms import DeclineForm, FinishForm, HandoverForm, SendForm
from besa.assistance.models import Referral
from besa.assistance.tables import ReferralFilter, ReferralTable
from besa.assistance.workflow import REFERRAL
from besa.cases import policy
from besa.cases.codes import Need
from besa.cases.models import Case
from besa.cases.numbers import understood
from besa.cases.queries import institutions
from besa.cases.queries_consent import agreed
from besa.cases.views.common import done, says_erased, the_case
from besa.cases.words import LANGUAGE_WORDS, SEX_WORDS, SHAREABLE_WORDS
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Agency, Membership
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.ui.lists import list_page

# States in which its page names the case to who was asked, if she knows of it.
SEEN_BY_RECEIVER = (Referral.State.ACCEPTED, Referral.State.DONE)


@needs(Permission.REFERRAL_VIEW)
def referrals(request: MemberRequest) -> HttpResponse:
    """Referrals from and to the reader's institution."""
    rows = Referral.objects.visible_to(request.member, clock.now()).select_related("from_agency", "to_agency")
    return list_page(request, "assistance/referrals.html", rows, ReferralTable, ReferralFilter)


def the_referral(request: MemberRequest, pk: str) -> Referral:
    """The referral, or the same 404 for one that does not exist and one that is not for the reader. Its case is not loaded:
    who is asked has none.
    """
    rows = Referral.objects.visible_to(request.member, clock.now())
    found = rows.select_related("from_agency", "to_agency", "provider", "qark", "previous").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@needs(Permission.REFERRAL_VIEW)
@require_GET
def referral(request: MemberRequest, pk: str) -> HttpResponse:
    """One referral: the needs for who was asked, the answer for who has asked; the case only to who knows of it."""
    return _page(request, the_referral(request, pk))


def _page(request: MemberRequest, row: Referral, status: int = 200, **forms: Any) -> HttpResponse:
    context = {
        "row": row,
        "services": [Need(code).label for code in row.services],
        "sex": SEX_WORDS.get(row.sex, ""),
        "languages": [LANGUAGE_WORDS.get(code, code) for code in row.languages],
        "parts": [SHAREABLE_WORDS[code] for code in row.groups],
        "decline_form": DeclineForm(),
        "finish_form": FinishForm(),
        **_possible(row, request.member, clock.now()),
        **forms,
    }
    return render(request, "assistance/referral.html", context, status=status)


def _possible(row: Referral, member: Membership, at: datetime) -> dict[str, Any]:
    """What the reader may do with the referral, and its case if she may know of it: who is asked knows of none before she accepts."""
    is_receiver, is_sender = member.agency_id == row.to_agency_id, member.agency_id == row.from_agency_id
    case = Case.objects.visible_to(member, at).filter(pk=row.case_id).first()
    may_refer = is_sender and case is not None and policy.can(member, Deed.REFERRAL_MAKE, case, at)
    may_answer = is_receiver and member.can(Permission.REFERRAL_ANSWER)
    is_late = rules.is_late(row, at)
    is_handed_over = row.kind == Referral.Kind.HANDOVER and row.state == Referral.State.ACCEPTED
    return {
        "is_late": is_late,
        "case": case if is_sender or not is_receiver or row.state in SEEN_BY_RECEIVER else None,
        "may_accept": may_answer and REFERRAL.may(row.state, "accept"),
        "may_finish": may_answer and REFERRAL.may(row.state, "finish"),
        "may_revoke": may_refer and REFERRAL.may(row.state, "revoke") and not is_handed_over,
        "may_read": actions.may_read_message(row, case, member, at),
        "may_ask_next": may_refer and (row.state in (Referral.State.DECLINED, Referral.State.EXPIRED) or is_late),
    }


def _act(request: MemberRequest, row: Referral, act: Callable[[], object], words: str) -> HttpResponse:
    act()
    messages.success(request, words)
    return redirect("assistance:referral", row.pk)


@needs(Permission.REFERRAL_ANSWER)
@require_POST
def accept(request: MemberRequest, pk: str) -> HttpResponse:
    """Take the person on."""
    row = the_referral(request, pk)
    return _act(
        request, row, lambda: actions.accept(referral=row, by=request.member, at=clock.now()),
        _("Accepted. The parts of the file that the person has agreed to are open to you now."),
    )  # fmt: skip


@needs(Permission.REFERRAL_ANSWER)
@require_POST
def decline(request: MemberRequest, pk: str) -> HttpResponse:
    """Say no, and why."""
    row, form = the_referral(request, pk), DeclineForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, decline_form=form)
    reason = form.cleaned_data["reason"]
    return _act(
        request, row, lambda: actions.decline(referral=row, reason=reason, by=request.member, at=clock.now()),
        _("Declined. The sender has been told and looks for somebody else."),
    )  # fmt: skip


@needs(Permission.REFERRAL_ANSWER)
@require_POST
def finish(request: MemberRequest, pk: str) -> HttpResponse:
    """The services have been given, or ended otherwise."""
    row, form = the_referral(request, pk), FinishForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, finish_form=form)
    outcome = form.cleaned_data["outcome"]
    return _act(
        request, row, lambda: actions.finish(referral=row, outcome=outcome, by=request.member, at=clock.now()),
        _("The referral is done. The sender sees how it ended."),
    )  # fmt: skip


@needs(Permission.REFERRAL_MAKE)
@require_POST
def revoke(request: MemberRequest, pk: str) -> HttpResponse:
    """Take it back; what it has opened closes at once."""
    row = the_referral(request, pk)
    return _act(
        request, row, lambda: actions.revoke(referral=row, by=request.member, at=clock.now()),
        _("The referral has been taken back."),
    )  # fmt: skip


@needs(Permission.REFERRAL_VIEW)
@require_POST
@says_erased
def message(request: MemberRequest, pk: str) -> HttpResponseBase:
    """The words of the sender, recorded as read."""
    row = the_referral(request, pk)
    text = actions.read_message(referral=row, by=request.member, at=clock.now())
    return render(request, "assistance/message.html", {"row": row, "text": text})


@sensitive_post_parameters("message")
@needs(Permission.REFERRAL_MAKE)
@says_erased
def refer(request: MemberRequest, number: str) -> HttpResponseBase:
    """Ask for services: first what is needed, then who could give it and what opens. Nothing is saved before it is sent."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.REFERRAL_MAKE, case, at)
    data = request.POST if request.method == "POST" else None
    previous = _previous(request, case)
    form = SendForm(
        data,
        initial=_initial(case, previous),
        consented=agreed_parts(case, request.POST.get("purpose", "assistance"), at),
    )
    is_sending = data is not None and "send" in data
    if form.is_valid() and is_sending:
        try:
            to, provider = form.receiver()
            made = actions.refer(
                case=case, to=to, provider=provider, wanted=form.wanted(), previous=previous, by=by, at=at
            )
        except (Refused, forms.ValidationError) as problem:
            form.add_error(None, str(problem) if isinstance(problem, Refused) else problem)
        else:
            messages.success(request, _("The referral is on its way. The institution sees the needs, and no name."))
            return redirect("assistance:referral", made.pk)
    choices = []
    if form.is_bound and not {"services", "companions"} & set(form.errors):
        choices = actions.choices_for(case, form.cleaned_data["services"], form.cleaned_data["companions"], at)
    context = {
        "case": case, "form": form, "choices": choices, "others": _others(case), "previous": previous,
        "chosen": request.POST.get("to", ""), "is_second": form.is_bound and bool(choices),
        "reasons": dict(Referral.Decline.choices),
    }  # fmt: skip
    is_wrong = bool(form.errors) and (is_sending or not choices)
    return render(request, "assistance/refer.html", context, status=422 if is_wrong else 200)


def agreed_parts(case: Case, purpose: str, at: datetime) -> set[str]:
    """The parts that were agreed to for the purpose and some institution; the action asks again for the one that is chosen."""
    return {part for grant in agreed(case, at).grants if grant.purpose == purpose for part in grant.groups}


def _previous(request: MemberRequest, case: Case) -> Referral | None:
    """The referral that was declined or not answered, in whose place this one comes."""
    number = understood(request.POST.get("previous", "") or request.GET.get("after", ""))
    return case.referrals.filter(number=number).first() if number else None


def _initial(case: Case, previous: Referral | None) -> dict[str, Any]:
    if previous is not None:
        names = ("services", "urgency", "companions", "purpose", "groups")
        return {name: getattr(previous, name) for name in names}
    identification = getattr(case, "identification", None)
    urgent = identification is not None and identification.risk == "immediate"
    return {"services": identification.needs if identification else [], "urgency": "now" if urgent else "soon"}


def _others(case: Case) -> list[Agency]:
    """Institutions without a provider of their own that work on cases: police, municipalities, the Responsible Authority."""
    rows = institutions(case, clock.today()).filter(providers__isnull=True)
    return sorted(rows, key=lambda agency: agency.name)


@sensitive_post_parameters("message")
@needs(Permission.CASE_TRANSFER)
@says_erased
def hand_over(request: MemberRequest, number: str) -> HttpResponseBase:
    """Ask another institution to answer for the whole case."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.CASE_TRANSFER, case, at)
    agencies = institutions(case, clock.today())
    form = HandoverForm(request.POST or None, agencies=agencies)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        wanted = actions.Wanted(
            services=(Need.PROTECTION.value,), urgency=data["urgency"], purpose="coordination", message=data["message"],
            kind=Referral.Kind.HANDOVER,
        )  # fmt: skip
        try:
            actions.refer(case=case, to=data["agency"], provider=None, wanted=wanted, by=by, at=at)
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return done(
                request, case.number, _("The institution has been asked. Until it accepts, the case stays yours.")
            )
    return render(
        request, "assistance/hand_over.html", {"case": case, "form": form}, status=422 if form.errors else 200
    )
