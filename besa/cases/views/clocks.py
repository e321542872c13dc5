"""The time limits of a case: what runs, how each was moved, and moving one by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.cases import policy, queries_work
from besa.cases.actions import clocks as actions
from besa.cases.actions.reading_work import read_clock_reasons
from besa.cases.forms_work import ExtendForm, MoveClockForm
from besa.cases.models import Case, Clock
from besa.cases.policy import Standing
from besa.cases.time_limits import RUNNING, SUSPENDED, Limit, Span, limit_of, span_of
from besa.cases.views.common import done, part_of, says_erased, the_case
from besa.cases.words_work import EXPLAINED, left_words
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Conflict, Refused


@dataclass(frozen=True)
class Move:
    """A move by hand: the button, the question, what it means, and what does it."""

    label: Promise
    question: Promise
    explanation: Promise
    done: Promise
    act: Callable[..., Clock]
    states: tuple[str, ...]
    deed_of: Callable[[Limit], Deed | None]


MOVES: dict[str, Move] = {
    "suspend": Move(
        _("Suspend"), _("Let the time limit stand still"), _("What is left is kept, until it goes on."),
        _("The time limit stands still."), actions.suspend, (RUNNING,), lambda limit: limit.suspended_by,
    ),
    "resume": Move(
        _("Go on"), _("Let the time limit go on"), _("It goes on with what was left."), _("The time limit goes on."),
        actions.resume, (SUSPENDED,), lambda limit: limit.suspended_by,
    ),
    "extend": Move(
        _("Extend"), _("Lengthen the time limit"), _("A time limit is only lengthened, and only before it has run out."),
        _("The time limit is longer."), actions.extend, (RUNNING,), lambda limit: limit.extended_by,
    ),
    "stop": Move(
        _("Call off"), _("Call the time limit off"), _("Nobody waits for it any more. It does not come back."),
        _("The time limit is called off."), actions.call_off, (RUNNING, SUSPENDED), lambda limit: limit.stopped_by,
    ),
}  # fmt: skip


def moves_for(span: Span, standing: Standing) -> list[tuple[str, Promise]]:
    """What the reader may do with the clock now: the verb, and the button."""
    found = []
    for verb, move in MOVES.items():
        deed = move.deed_of(limit_of(span.kind))
        if deed and standing.may(deed) and standing.may(Deed.CLOCK_EDIT) and span.state in move.states:
            found.append((verb, move.label))
    return found


@needs(Permission.STATUS_VIEW)
@require_GET
def clocks(request: MemberRequest, number: str) -> HttpResponse:
    """All time limits of the case, each with its history; the reasons are sealed."""
    case, at = the_case(request, number), clock.now()
    standing = policy.check_may(request.member, Deed.STATUS_VIEW, case, at)
    return _page(request, case, standing, {})


@needs(Permission.STATUS_VIEW)
@require_POST
@says_erased
def clock_reasons(request: MemberRequest, number: str) -> HttpResponseBase:
    """The same with the reasons, recorded as read."""
    case, at = the_case(request, number), clock.now()
    reasons = read_clock_reasons(case=case, by=request.member, at=at)
    return _page(request, case, policy.standing(request.member, case, at), reasons)


def _page(request: MemberRequest, case: Case, standing: Standing, reasons: dict[Any, str]) -> HttpResponse:
    at = clock.now()
    every = [
        *queries_work.clocks_of_case(case, at, is_open=True),
        *queries_work.clocks_of_case(case, at, is_open=False),
    ]
    rows = queries_work.clocks_shown(every, request.member, standing)
    history = queries_work.history_of(rows)
    context = {
        "case": case,
        "rows": [
            {
                "running": row, "left": left_words(row), "explained": EXPLAINED.get(row.clock.kind, ""),
                "moves": moves_for(row.span, standing), "history": history[row.clock.pk],
            }
            for row in rows
        ],
        "reasons": reasons,
        "has_reasons": not queries_work.is_guest(standing, Deed.STATUS_VIEW)
        and any(str(change.reason) for changes in history.values() for change in changes),
    }  # fmt: skip
    return render(request, "cases/clocks.html", context)


@sensitive_post_parameters("reason")
@needs(Permission.CLOCK_EDIT)
@says_erased
def move_clock(request: MemberRequest, number: str, pk: str, verb: str) -> HttpResponseBase:
    """Move one time limit by hand, with a reason; who comes second is told what the other has done."""
    case, by, at = the_case(request, number), request.member, clock.now()
    row, move = part_of(case.clocks.select_related("agency"), pk), MOVES.get(verb)
    if move is None:
        raise Http404
    standing = policy.check_may(by, Deed.CLOCK_EDIT, case, at)
    form = _form(request, row, verb)
    context: dict[str, Any] = {"case": case, "move": move, "verb": verb, "form": form}
    context |= {"is_possible": verb in dict(moves_for(span_of(row), standing)), "is_conflict": False}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                _act(move, row, form, by, at)
            except Conflict as refused:
                row.refresh_from_db()
                form = _form(request, row, verb, again=True)
                context |= {"form": form, "is_conflict": True, "problem": str(refused)}
                status = 409
            except Refused as refused:
                form.add_error(None, str(refused))
            else:
                return done(request, number, str(move.done))
    shown = queries_work.shown(row, at)
    context |= {"shown": {"running": shown, "left": left_words(shown)}}
    context |= {"latest": row.changes.select_related("by__user").last(), "problem": context.get("problem", "")}
    return render(request, "cases/clock_move.html", context, status=status)


def _form(request: MemberRequest, row: Clock, verb: str, *, again: bool = False) -> Any:
    """The form for the move; after a conflict what was typed stays, with the version as it is now."""
    data: Any = request.POST.dict() | {"version": row.version} if again else request.POST or None
    initial = {"version": row.version}
    if verb == "extend":
        return ExtendForm(data, due_at=row.due_at, most=limit_of(row.kind).most, initial=initial)
    return MoveClockForm(data, initial=initial)


def _act(move: Move, row: Clock, form: Any, by: Any, at: Any) -> None:
    values = {"version": form.cleaned_data["version"], "reason": form.cleaned_data["reason"]}
    if isinstance(form, ExtendForm):
        values["due_at"] = form.new_due()
    move.act(clock=row, **values, by=by, at=at)
