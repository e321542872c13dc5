"""What the pages of cases share: the case or 404, the page for what was erased, an act on a part of a case."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.functional import Promise

from besa.cases import queries
from besa.cases.actions import reading
from besa.cases.models import Case
from besa.cases.numbers import understood
from besa.directory.guard import MemberRequest
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault.keystore import KeyGone

Q = ParamSpec("Q")
T = TypeVar("T")
View = Callable[Concatenate[MemberRequest, Q], HttpResponseBase]


def looked_for(find: Callable[[], T]) -> T:
    """What the question finds. To find nothing takes until the next tick, so that its time does not tell whether a case is there: over a
    row that it then withholds a database sits some tenths of a millisecond longer than over none.
    """
    begun = time.monotonic()
    found = find()
    if not found and settings.LOOK_TICK_SECONDS:
        time.sleep((begun - time.monotonic()) % settings.LOOK_TICK_SECONDS)
    return found


def the_case(request: MemberRequest, number: str) -> Case:
    """The case, or the same 404 for a number that does not exist, is mistyped or is not for the reader. The look is recorded."""
    found = looked_for(lambda: queries.find(request.member, number, clock.now()))
    if found is None:
        if understood(number):  # a slip of the pen tries nothing out
            reading.record_missing(way="address", by=request.member, at=clock.now())
        raise Http404
    return found


def part_of(rows: Any, pk: object) -> Any:
    """A part of a case that the reader may know of, or 404."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def says_erased(view: View[Q]) -> View[Q]:
    """What was erased is said to be erased, and is no fault of the machine."""

    @wraps(view)
    def guarded(request: MemberRequest, *args: Q.args, **kwargs: Q.kwargs) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except KeyGone:
            return erased(request)

    return guarded  # type: ignore[return-value]


def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "cases/erased.html", status=410)


def done(request: MemberRequest, number: str, words: str) -> HttpResponse:
    """Back to the file, which says what was done."""
    messages.success(request, words)
    return redirect("cases:file", number)


def act_form(
    request: MemberRequest,
    case: Case,
    form: Any,
    act: Callable[[], object],
    words: dict[str, str | Promise],
) -> HttpResponse:
    """A page with one form: what it does when it is in order, what it says. `words`: question, explanation, verb, done, kind, template.

    Beside it stands what the national procedures ask at this step.
    """
    if request.method == "POST" and form.is_valid():
        try:
            act()
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            return done(request, case.number, str(words["done"]))
    context = {"case": case, "form": form, "kind": "primary", **words}
    template = str(words.get("template", "cases/act.html"))
    return render(request, template, context, status=422 if form.errors else 200)
