"""Case conferences: called, read, recorded with decisions, printed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.cases import policy, print_work, queries_work
from besa.cases.actions import conferences as actions
from besa.cases.forms_work import CallForm, Decisions, RecordForm
from besa.cases.models import Case, Conference
from besa.cases.views.common import act_form, part_of, says_erased, the_case
from besa.cases.views.custody import MEDIA, STATEMENTS
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.refusal import Refused


def _conference(case: Case, pk: str) -> Conference:
    found: Conference = part_of(case.conferences.select_related("body", "called_by__user", "called_by__agency"), pk)
    found.case = case
    return found


@needs(Permission.CONFERENCE_VIEW)
@require_GET
def conference(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """One conference: when, which group, who was there. What was spoken of is sealed."""
    case, at = the_case(request, number), clock.now()
    row = _conference(case, pk)
    standing = policy.check_may(request.member, Deed.CONFERENCE_VIEW, case, at)
    if not queries_work.is_shown(row, request.member, standing):
        raise Refused(_("Your institution was not in this conference."))
    return _page(request, row, may_edit=standing.may(Deed.CONFERENCE_EDIT))


def _page(
    request: MemberRequest, row: Conference, *, may_edit: bool, read: actions.Minutes | None = None
) -> HttpResponse:
    context = {
        "case": row.case, "row": row, "read": read, "may_edit": may_edit and row.state == Conference.State.PLANNED,
        "present": Agency.objects.filter(pk__in=row.present).order_by("code"), "is_due": row.planned_at <= clock.now(),
        "decisions": row.decisions.count(),
    }  # fmt: skip
    return render(request, "cases/conference.html", context)


@needs(Permission.CONFERENCE_VIEW)
@require_POST
@says_erased
def read_conference(request: MemberRequest, number: str, pk: str) -> HttpResponseBase:
    """Agenda, minutes and decisions, recorded as read."""
    case, at = the_case(request, number), clock.now()
    read = actions.read_conference(conference=_conference(case, pk), by=request.member, at=at)
    may_edit = policy.can(request.member, Deed.CONFERENCE_EDIT, case, at)
    return _page(request, read.conference, may_edit=may_edit, read=read)


@needs(Permission.CONFERENCE_VIEW)
@require_POST
@says_erased
def print_minutes(request: MemberRequest, number: str, pk: str) -> HttpResponseBase:
    """The minutes as a paper for the file, recorded as read."""
    case, at, kind = the_case(request, number), clock.now(), request.POST.get("format", "pdf")
    row = _conference(case, pk)
    if kind not in STATEMENTS or row.state != Conference.State.HELD:
        raise Http404
    read = actions.read_conference(conference=row, by=request.member, at=at)
    language = print_work.LANGUAGES.get((get_language() or "en")[:2], "en")
    response = HttpResponse(
        STATEMENTS[kind](print_work.minutes(read, language, clock.today())), content_type=MEDIA[kind]
    )
    response["Content-Disposition"] = f'attachment; filename="{case.number}-{row.planned_at:%Y%m%d}.{kind}"'
    return response


@sensitive_post_parameters("agenda")
@needs(Permission.CONFERENCE_EDIT)
@says_erased
def call_conference(request: MemberRequest, number: str) -> HttpResponseBase:
    """Call a conference about the case."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.CONFERENCE_EDIT, case, at)
    form = CallForm(request.POST or None, case=case, today=clock.today())
    words: Any = {
        "question": _("Call a case conference"),
        "explanation": _("Who works on the case is told that a conference was called, and reads here about what."),
        "verb": _("Call it"),
        "done": _("The conference is called."),
    }

    def act() -> object:
        data = form.cleaned_data
        return actions.call_conference(
            case=case, body=data["body"], planned_at=form.planned_at(), agenda=data["agenda"], by=by, at=at
        )

    return act_form(request, case, form, act, words)


@sensitive_post_parameters()
@needs(Permission.CONFERENCE_EDIT)
@says_erased
def record_conference(request: MemberRequest, number: str, pk: str) -> HttpResponseBase:
    """Write down what was spoken of and decided; a decision is a task of somebody until a day."""
    case, by, at, today = the_case(request, number), request.member, clock.now(), clock.today()
    row, data = _conference(case, pk), request.POST or None
    policy.check_may(by, Deed.CONFERENCE_EDIT, case, at)
    agencies = queries_work.agencies_concerned(case, row.body, at)
    form = RecordForm(data, agencies=agencies, day=timezone.localdate(row.planned_at), today=today)
    people = queries_work.people_concerned(case, at)
    rows = Decisions(data, prefix="decisions", form_kwargs={"people": people, "today": today})
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and rows.is_valid():
            try:
                actions.record_conference(
                    conference=row, present=form.there(), minutes=form.cleaned_data["minutes"],
                    held_at=form.held_at(at), decisions=rows.decisions(), by=by, at=at,
                )  # fmt: skip
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                messages.success(request, _("The conference is recorded; its decisions are tasks now."))
                return redirect("cases:conference", number, pk)
    context = {"case": case, "row": row, "form": form, "rows": rows}
    return render(request, "cases/conference_record.html", context, status=status)


@needs(Permission.CONFERENCE_EDIT)
@require_POST
def cancel_conference(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """It will not be held."""
    case = the_case(request, number)
    actions.cancel_conference(conference=_conference(case, pk), by=request.member, at=clock.now())
    messages.success(request, _("The conference is cancelled."))
    return redirect("cases:conference", number, pk)
