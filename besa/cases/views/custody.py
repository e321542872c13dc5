"""What two persons do: holds, erasure, compartments; and what the data protection officer does alone: canaries, statements."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from besa.cases import policy, print, queries
from besa.cases.actions import compartments as walls
from besa.cases.actions import erasing, reading
from besa.cases.forms import CompartmentForm, CustodianForm, ErasureForm, HoldForm, SealForm
from besa.cases.models import Canary, Compartment, Custodian
from besa.cases.views.common import act_form, done, part_of, the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.document import docx, html, pdf
from besa.lib.refusal import Refused

STATEMENTS = {"pdf": pdf.render, "docx": docx.render}
MEDIA = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@needs(Permission.CASE_VIEW)
@require_GET
def waiting(request: MemberRequest) -> HttpResponse:
    """Holds and erasures that wait for a second person."""
    member, at = request.member, clock.now()
    context = {"holds": queries.holds_to_decide(member, at), "erasures": queries.erasures_to_decide(member, at)}
    return render(request, "cases/waiting.html", context)


@needs(Permission.HOLD_ASK)
def ask_hold(request: MemberRequest, number: str) -> HttpResponse:
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.HOLD_ASK, case, at)
    form = HoldForm(request.POST or None)
    words: Any = {
        "question": _("Ask for a legal hold"),
        "explanation": _(
            "From now on nothing of the case is erased. A second person puts the hold in force; two lift it."
        ),
        "verb": _("Ask for the hold"),
        "done": _("The hold is asked for, and protects from now on."),
    }
    return act_form(request, case, form, lambda: erasing.ask_hold(case=case, **form.cleaned_data, by=by, at=at), words)


@needs(Permission.CASE_VIEW)
@require_POST
def decide_hold(request: MemberRequest, number: str, pk: str, verb: str) -> HttpResponse:
    """Confirm a hold or withdraw it, ask that it be lifted, lift it or keep it."""
    case, by, at = the_case(request, number), request.member, clock.now()
    hold = part_of(case.holds.all(), pk)
    if verb == "confirm":
        erasing.confirm_hold(hold=hold, by=by, at=at)
    elif verb == "withdraw":
        erasing.withdraw_hold(hold=hold, by=by, at=at)
    elif verb == "ask-lifting":
        erasing.ask_lifting(hold=hold, by=by, at=at)
    elif verb in ("lift", "keep"):
        erasing.lift_hold(hold=hold, is_granted=verb == "lift", by=by, at=at)
    else:
        raise Http404
    return done(request, number, _("The legal hold has been changed."))


@needs(Permission.ERASE_ASK)
def ask_erasure(request: MemberRequest, number: str) -> HttpResponse:
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.ERASE_ASK, case, at)
    form = ErasureForm(request.POST or None)
    words: Any = {
        "question": _("Ask that the case be erased"),
        "explanation": _("The data protection officer decides. What is erased cannot be brought back by anybody."),
        "verb": _("Ask for erasure"),
        "done": _("It is asked that the case be erased."),
    }
    return act_form(
        request, case, form, lambda: erasing.ask_erasure(case=case, **form.cleaned_data, by=by, at=at), words
    )


@needs(Permission.ERASE_CONFIRM)
def decide_erasure(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """The second person carries the erasure out, or refuses it; the page before says what that means."""
    case, by, at = the_case(request, number), request.member, clock.now()
    erasure = part_of(case.erasures.select_related("asked_by__user", "asked_by__agency"), pk)
    if request.method != "POST":
        return render(
            request, "cases/erasure.html", {"case": case, "erasure": erasure, "holds": erasing.holds_on(case)}
        )
    if request.POST.get("answer") == "erase":
        erasing.erase(erasure=erasure, by=by, at=at)
        return done(request, number, _("The case is erased. Its number and the record of events remain."))
    erasing.refuse_erasure(erasure=erasure, by=by, at=at)
    return done(request, number, _("The erasure is refused."))


@needs(Permission.CASE_MOVE)
def seal(request: MemberRequest, number: str) -> HttpResponse:
    """Put the case into a compartment of which the member is a custodian."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.CASE_MOVE, case, at)
    form = SealForm(request.POST or None, member=by, at=at)
    words: Any = {
        "question": _("Put the case into a compartment"),
        "explanation": _("From now on only the custodians named there know that it exists."),
        "verb": _("Put into the compartment"),
        "done": _("The case is sealed in the compartment."),
    }
    return act_form(request, case, form, lambda: walls.put_into(case=case, **form.cleaned_data, by=by, at=at), words)


@needs(Permission.CANARY_SET)
@require_POST
def set_canary(request: MemberRequest, number: str) -> HttpResponse:
    case = the_case(request, number)
    if Canary.objects.filter(case=case).exists():
        raise Refused(_("This case is a canary already."))
    walls.set_canary(case=case, by=request.member, at=clock.now())
    return done(request, number, _("Whoever opens this case is reported from now on."))


# --- the statement for the person concerned


@needs(Permission.STATEMENT_MAKE)
def statement(request: MemberRequest, number: str) -> HttpResponse:
    """Who opened this file, when, for what: made by a POST that is recorded; as a page, PDF or Word, in either language."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.STATEMENT_MAKE, case, at)
    if request.method != "POST":
        return render(request, "cases/statement.html", {"case": case, "body": ""})
    language = request.POST.get("language", (get_language() or "en")[:2])
    kind = request.POST.get("format", "page")
    if language not in print.LANGUAGES or kind not in ("page", *STATEMENTS):
        raise Http404
    reading.make_statement(case=case, by=by, at=at)
    document = print.statement(case, print.LANGUAGES[language], clock.today(), at)
    if kind == "page":
        # the renderer escapes every text of the document itself
        body = mark_safe(html.render(document))  # noqa: S308
        return render(request, "cases/statement.html", {"case": case, "body": body, "language": language})
    response = HttpResponse(STATEMENTS[kind](document), content_type=MEDIA[kind])
    response["Content-Disposition"] = f'attachment; filename="{case.number}-{language}.{kind}"'
    return response


# --- compartments


def _may_see_compartments(request: MemberRequest) -> bool:
    return request.member.can(Permission.COMPARTMENT_PROPOSE) or request.member.can(Permission.COMPARTMENT_APPROVE)


@needs(None)
@require_GET
def compartments(request: MemberRequest) -> HttpResponse:
    """The compartments and who is named in them; their cases are not shown."""
    if not _may_see_compartments(request):
        raise Http404
    return _compartments(request)


def _compartments(request: MemberRequest, form: Any = None, status: int = 200) -> HttpResponse:
    rows = Compartment.objects.prefetch_related(
        "custodians__membership__user", "custodians__membership__agency", "custodians__proposed_by"
    )
    context = {
        "compartments": rows,
        "may_propose": request.member.can(Permission.COMPARTMENT_PROPOSE),
        "may_approve": request.member.can(Permission.COMPARTMENT_APPROVE),
        "form": form or CompartmentForm(),
        "now": clock.now(),
    }
    return render(request, "cases/compartments.html", context, status=status)


@needs(Permission.COMPARTMENT_PROPOSE)
@require_POST
def open_compartment(request: MemberRequest) -> HttpResponse:
    form = CompartmentForm(request.POST)
    if not form.is_valid():
        return _compartments(request, form, 422)
    walls.open_compartment(**form.cleaned_data, by=request.member, at=clock.now())
    messages.success(request, _("The compartment is there; name its custodians."))
    return redirect("cases:compartments")


@needs(Permission.COMPARTMENT_PROPOSE)
def propose_custodian(request: MemberRequest, pk: int) -> HttpResponse:
    compartment = get_object_or_404(Compartment, pk=pk)
    form = CustodianForm(request.POST or None, today=clock.today(), days=walls.LONGEST.days)
    if request.method == "POST" and form.is_valid():
        try:
            walls.propose_custodian(
                compartment=compartment, membership=form.cleaned_data["membership"], until_at=form.until_at(),
                by=request.member, at=clock.now(),
            )  # fmt: skip
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The custodian has been proposed. Another person decides."))
            return redirect("cases:compartments")
    context = {"form": form, "compartment": compartment}
    return render(request, "cases/custodian.html", context, status=422 if form.errors else 200)


@needs(None)
@require_POST
def decide_custodian(request: MemberRequest, pk: int, verb: str) -> HttpResponse:
    """Approve or refuse a custodian, or take a name out."""
    if not _may_see_compartments(request):
        raise Http404
    custodian, by, at = get_object_or_404(Custodian, pk=pk), request.member, clock.now()
    if verb == "end":
        walls.end_custodian(custodian=custodian, by=by, at=at)
    elif verb in ("approve", "refuse"):
        walls.decide_custodian(custodian=custodian, is_granted=verb == "approve", by=by, at=at)
    else:
        raise Http404
    messages.success(request, _("The custodians of the compartment have changed."))
    return redirect("cases:compartments")
