"""What the person agreed to: recorded, withdrawn, given to her on paper; sharing what is agreed to; and disclosures without consent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from besa.cases import consent_rules, policy, print_work, queries_consent, queries_work
from besa.cases.actions import consents, people_on_it
from besa.cases.actions.reading_work import make_receipt
from besa.cases.forms_work import ConsentForm, OverrideForm, ReviewForm, ShareForm, WhomForm
from besa.cases.models import Case, Override
from besa.cases.rules import LONGEST_SHARE
from besa.cases.views.common import act_form, done, part_of, the_case
from besa.cases.views.custody import MEDIA, STATEMENTS
from besa.cases.words import SHAREABLE_WORDS
from besa.directory.access import Permission
from besa.directory.case_policy import PURPOSE_WORDS, SHAREABLE, Deed
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.refusal import Refused, reason_of


@needs(Permission.FACTS_VIEW)
@require_GET
def consent(request: MemberRequest, number: str) -> HttpResponse:
    """What is agreed to, what was and is not any more, and what was disclosed without it."""
    case, at = the_case(request, number), clock.now()
    standing = policy.check_may(request.member, Deed.FACTS_VIEW, case, at)
    agency = request.member.agency_id if queries_work.is_guest(standing, Deed.FACTS_VIEW) else None
    rows = list(queries_consent.consents_of(case, agency))
    held = queries_consent.in_force(case, rows, at)
    context = {
        "case": case,
        "held": held,
        "gone": [row for row in rows if row not in held],
        "overrides": queries_consent.overrides_of(case, agency),
        "may_print": agency is None,
        "part_words": SHAREABLE_WORDS,
        "may": {deed.value: standing.may(deed) for deed in (Deed.CONSENT_EDIT, Deed.OVERRIDE_ASK, Deed.SHARE_EDIT)},
        "at": at,
        "is_minor": consent_rules.is_minor(case.is_child),
    }
    return render(request, "cases/consent.html", context)


@needs(Permission.CONSENT_EDIT)
def give_consent(request: MemberRequest, number: str) -> HttpResponse:
    """Record what is agreed to."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.CONSENT_EDIT, case, at)
    has_guardian = queries_consent.has_guardian(case, at)
    form = ConsentForm(request.POST or None, case=case, has_guardian=has_guardian, today=clock.today())
    words: Any = {
        "question": _("Record what is agreed to"),
        "explanation": _(
            "Explain in the person's own language who would be told what, and why; that she can say no to each part, and that "
            "she gets help all the same."
        ),
        "verb": _("Record it"),
        "done": _("What is agreed to is recorded. Give the person her paper."),
    }
    return act_form(request, case, form, lambda: consents.give_consent(case=case, **form.values(), by=by, at=at), words)


@needs(Permission.CONSENT_EDIT)
def withdraw_consent(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """Ask once, then withdraw: at once everything ends that rested on it."""
    case, by, at = the_case(request, number), request.member, clock.now()
    row = part_of(queries_consent.consents_of(case), pk)
    policy.check_may(by, Deed.CONSENT_EDIT, case, at)
    if request.method != "POST":
        context = {"case": case, "row": row, "parts": [SHAREABLE_WORDS[code] for code in row.groups]}
        return render(request, "cases/consent_withdraw.html", context)
    consents.withdraw_consent(consent=row, by=by, at=at)
    messages.success(request, _("The consent is withdrawn. What rested on it has ended."))
    return redirect("cases:consent", number)


@needs(Permission.FACTS_VIEW)
@require_POST
def consent_receipt(request: MemberRequest, number: str) -> HttpResponse:
    """A paper for the person: what was agreed with her, in her language where it is one of the two."""
    case, by, at = the_case(request, number), request.member, clock.now()
    language, kind = request.POST.get("language", ""), request.POST.get("format", "")
    if language not in print_work.LANGUAGES or kind not in STATEMENTS:
        raise Http404
    make_receipt(case=case, by=by, at=at)
    document = print_work.receipt(case, print_work.LANGUAGES[language], clock.today(), at)
    response = HttpResponse(STATEMENTS[kind](document), content_type=MEDIA[kind])
    response["Content-Disposition"] = f'attachment; filename="{print_work.RECEIPT_FILE[language]}.{kind}"'
    return response


# --- sharing what is agreed to


@needs(Permission.SHARE_EDIT)
def share(request: MemberRequest, number: str) -> HttpResponse:
    """First with whom and what for; then the parts that are agreed to for that, with words why the others are not offered."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.SHARE_EDIT, case, at)
    asked = request.POST if request.method == "POST" else request.GET
    whom = WhomForm(asked if "agency" in asked else None, case=case, today=clock.today())
    context: dict[str, Any] = {"case": case, "whom": whom, "form": None}
    if not (whom.is_bound and whom.is_valid()):
        return render(request, "cases/share.html", context, status=422 if whom.is_bound else 200)
    agency, purpose = whom.cleaned_data["agency"], whom.cleaned_data["purpose"]
    now = queries_consent.agreed(case, at)
    offered = now.parts(purpose, agency.pk)
    last = now.until(purpose, agency.pk, [])
    form = ShareForm(
        request.POST if request.method == "POST" else None, offered=offered, today=clock.today(),
        days=LONGEST_SHARE.days, last=timezone.localdate(last) if last else clock.today(),
    )  # fmt: skip
    context |= _offer(case, agency, purpose, offered) | {"form": form}
    if request.method != "POST":
        return render(request, "cases/share.html", context)
    if form.is_valid():
        try:
            people_on_it.share(
                case=case, agency=agency, purpose=purpose, groups=form.cleaned_data["groups"],
                until_at=_until(form, last), by=by, at=at,
            )  # fmt: skip
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return done(request, case.number, _("The case is shared."))
    return render(request, "cases/share.html", context, status=422)


def _until(form: ShareForm, last: datetime | None) -> datetime:
    """The chosen day to its end; on the last day of the consent to the moment at which it ends."""
    until = form.until_at()
    is_last_day = last is not None and timezone.localdate(last) == timezone.localdate(until)
    return min(until, last) if last is not None and is_last_day else until


def _offer(case: Case, agency: Agency, purpose: str, offered: frozenset[str]) -> dict[str, Any]:
    return {
        "agency": agency,
        "purpose": purpose,
        "purpose_words": PURPOSE_WORDS[purpose],  # type: ignore[index]
        "is_offered": bool(offered),
        "withheld": [SHAREABLE_WORDS[part.value] for part in SHAREABLE if part.value not in offered],
    }


# --- without consent


@needs(Permission.OVERRIDE_APPROVE)
@require_GET
def overrides(request: MemberRequest) -> HttpResponse:
    """Disclosures without consent that wait for the reader: to be decided, or to be reviewed."""
    rows = queries_consent.overrides_waiting(request.member, clock.now())
    return render(request, "cases/overrides.html", {"rows": rows})


@needs(Permission.OVERRIDE_ASK)
def ask_override(request: MemberRequest, number: str) -> HttpResponse:
    """Ask for a disclosure without consent."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.OVERRIDE_ASK, case, at)
    form = OverrideForm(request.POST or None, case=case, today=clock.today(), days=consent_rules.LONGEST_OVERRIDE.days)
    words: Any = {
        "question": _("Ask for a disclosure without consent"),
        "explanation": _(
            "Only where somebody would otherwise come to harm, or a court orders it. Another person decides, the data protection "
            "officer is told, and a third person reviews it within 72 hours."
        ),
        "verb": _("Ask for it"),
        "kind": "danger",
        "done": _("It is asked. Those who may decide have been told."),
    }
    return act_form(request, case, form, lambda: consents.ask_override(case=case, **form.values(), by=by, at=at), words)


@needs(Permission.CASE_VIEW)
@require_GET
def override(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """One disclosure without consent: who asked for what and why, and what is to be done about it now."""
    case = the_case(request, number)
    row = part_of(queries_consent.overrides_of(case), pk)
    return _override_page(request, case, row)


def _override_page(
    request: MemberRequest, case: Case, row: Override, form: Any = None, status: int = 200
) -> HttpResponse:
    member, at = request.member, clock.now()
    standing = policy.standing(member, case, at)
    if not any(standing.may(deed) for deed in (Deed.OVERRIDE_APPROVE, Deed.OVERRIDE_ASK, Deed.FACTS_VIEW)):
        raise Http404
    may = standing.may(Deed.OVERRIDE_APPROVE)
    context = {
        "case": case, "row": row, "parts": [SHAREABLE_WORDS[code] for code in row.groups], "form": form or ReviewForm(),
        "may_decide": may and row.state == Override.State.ASKED,
        "may_review": may and row.state == Override.State.APPROVED,
        "not_decide": reason_of(lambda: consent_rules.check_may_decide(member, row, at)),
        "not_review": reason_of(lambda: consent_rules.check_may_review(member, row)),
        "is_over": row.until_at <= at,
    }  # fmt: skip
    return render(request, "cases/override.html", context, status=status)


@needs(Permission.OVERRIDE_APPROVE)
@require_POST
def decide_override(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """Approve or refuse it, as the second person."""
    case = the_case(request, number)
    row = part_of(case.overrides.all(), pk)
    is_granted = request.POST.get("answer") == "approve"
    consents.decide_override(override=row, is_granted=is_granted, by=request.member, at=clock.now())
    messages.success(
        request,
        _("The disclosure is approved, and will be reviewed.") if is_granted else _("The disclosure is refused."),
    )
    return redirect("cases:override", number, pk)


@needs(Permission.OVERRIDE_APPROVE)
@require_POST
def review_override(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """Say whether it was justified, as the third person."""
    case = the_case(request, number)
    row = part_of(queries_consent.overrides_of(case), pk)
    form = ReviewForm(request.POST)
    if not form.is_valid():
        return _override_page(request, case, row, form, status=422)
    consents.review_override(
        override=row, is_justified=form.cleaned_data["answer"] == "yes", by=request.member, at=clock.now()
    )
    messages.success(request, _("The review is recorded."))
    return redirect("cases:override", number, pk)
