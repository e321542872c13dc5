"""Tasks of a case: read, set, done or dropped."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from besa.cases import policy, queries_work
from besa.cases.actions import tasks as actions
from besa.cases.forms_work import TaskForm
from besa.cases.views.common import act_form, part_of, says_erased, the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock


@needs(Permission.TASK_VIEW)
@require_POST
@says_erased
def read_tasks(request: MemberRequest, number: str) -> HttpResponseBase:
    """The tasks in words, recorded as read."""
    case, at = the_case(request, number), clock.now()
    rows = actions.read_tasks(case=case, by=request.member, at=at)
    standing = policy.standing(request.member, case, at)
    context = {"case": case, "rows": rows, "today": clock.today(), "may_edit": standing.may(Deed.TASK_EDIT)}
    return render(request, "cases/tasks.html", context)


@sensitive_post_parameters("title")
@needs(Permission.TASK_EDIT)
@says_erased
def set_task(request: MemberRequest, number: str) -> HttpResponseBase:
    """Set a task for somebody who works on the case."""
    case, by, at = the_case(request, number), request.member, clock.now()
    policy.check_may(by, Deed.TASK_EDIT, case, at)
    people = queries_work.people_concerned(case, at)
    form = TaskForm(request.POST or None, people=people, today=clock.today(), initial={"assigned_to": by.pk})
    words: Any = {
        "question": _("Set a task"),
        "explanation": _("Whoever is to do it is told that there is something, and reads here what."),
        "verb": _("Set the task"),
        "done": _("The task is set."),
    }
    return act_form(request, case, form, lambda: actions.set_task(case=case, **form.cleaned_data, by=by, at=at), words)


ANSWERS = {"done": True, "drop": False}


@needs(Permission.TASK_EDIT)
@require_POST
def end_task(request: MemberRequest, number: str, pk: str, verb: str) -> HttpResponse:
    """It is done, or it is dropped."""
    case = the_case(request, number)
    row = part_of(case.tasks.all(), pk)
    if verb not in ANSWERS:
        raise Http404
    actions.end_task(task=row, is_done=ANSWERS[verb], by=request.member, at=clock.now())
    messages.success(request, _("The task is done.") if ANSWERS[verb] else _("The task is dropped."))
    return redirect("cases:file", number)
