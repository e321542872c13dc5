"""Concerns: handed over, read, taken up, answered."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.assessments.explaining import told
from besa.cases import report_steps
from besa.cases.actions import concerns as actions
from besa.cases.actions.reporting_in import instrument_called
from besa.cases.models import Concern
from besa.cases.report_words import said
from besa.cases.views.common import says_erased
from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("Why no case is opened"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}),
        help_text=gettext_lazy("The reporter reads this."),
    )  # fmt: skip


@needs(Permission.CONCERN_REPORT)
@require_GET
def concerns(request: MemberRequest) -> HttpResponse:
    """What was reported to the reader's institution, and what she has reported herself."""
    rows = actions.visible_to(request.member)
    context = {
        "waiting": actions.waiting(request.member),
        "others": rows.exclude(pk__in=actions.waiting(request.member).values("pk")).order_by("-sent_at", "id")[:50],
    }
    return render(request, "cases/concerns.html", context)


def the_concern(request: MemberRequest, pk: str) -> Concern:
    found = actions.visible_to(request.member).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def _page(request: MemberRequest, row: Concern, status: int = 200, **more: Any) -> HttpResponse:
    may_take = (
        row.state == "sent" and request.member.can(Permission.CONCERN_TAKE) and row.to_id == request.member.agency_id
    )
    context = {"row": row, "may_take": may_take, "form": AnswerForm(), **more}
    return render(request, "cases/concern.html", context, status=status)


@needs(Permission.CONCERN_REPORT)
@require_GET
def concern(request: MemberRequest, pk: str) -> HttpResponse:
    """One concern; what was reported opens by an act."""
    return _page(request, the_concern(request, pk))


@needs(Permission.CONCERN_REPORT)
@require_POST
@says_erased
def read_concern(request: MemberRequest, pk: str) -> HttpResponseBase:
    """What was reported, recorded as read."""
    row = the_concern(request, pk)
    answers = dict(actions.read_concern(concern=row, by=request.member, at=clock.now()))
    found = instrument_called(str(answers.pop("_instrument", "")))
    screening = found.definition if found else None
    rows = [one for one in said(answers, report_steps.way(answers, screening)) if one.answers]
    seen = told(screening, answers.get(report_steps.SEEN, {})) if screening else []
    return _page(request, row, rows=rows, seen=seen, is_read=True)


@needs(Permission.CONCERN_TAKE)
@require_POST
def take_concern(request: MemberRequest, pk: str) -> HttpResponse:
    draft = actions.take(concern=the_concern(request, pk), by=request.member, at=clock.now())
    messages.success(request, _("What was reported stands in a report of your own. Go through it, then send it."))
    return redirect("cases:report_check", draft.pk)


@sensitive_post_parameters("answer")
@needs(Permission.CONCERN_TAKE)
@require_POST
def close_concern(request: MemberRequest, pk: str) -> HttpResponse:
    row, form = the_concern(request, pk), AnswerForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, form=form)
    try:
        actions.close_concern(concern=row, answer=form.cleaned_data["answer"], by=request.member, at=clock.now())
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, row, status=409, form=form)
    messages.success(request, _("The reporter is told."))
    return redirect("cases:concerns")
