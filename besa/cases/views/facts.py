"""What was found out: the first identification, what happened, the stages of the way, rights; adults who refuse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from besa.cases import policy
from besa.cases.actions import facts, identifying
from besa.cases.actions.story import read_words
from besa.cases.codes import Form
from besa.cases.forms_facts import (
    CorrectIdentificationForm,
    FactsForm,
    IdentifyForm,
    LegForm,
    RefusalForm,
    RightsForm,
    facts_initial,
    identified_initial,
)
from besa.cases.models import Case, Facts, Identification, Refusal
from besa.cases.views.common import act_form, done, part_of, says_erased, the_case
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Conflict, Refused
from besa.people.models import Person

MOST_LISTED = 50


def _editing(request: MemberRequest, number: str) -> Case:
    """The case, for who may write down what happened. Raises Refused."""
    case = the_case(request, number)
    policy.check_may(request.member, Deed.FACTS_EDIT, case, clock.now())
    return case


@sensitive_post_parameters()
@needs(Permission.FACTS_EDIT)
@says_erased
def identify(request: MemberRequest, number: str) -> HttpResponseBase:
    """Record the first identification."""
    case = _editing(request, number)
    if hasattr(case, "identification"):
        return redirect("cases:identification_correct", case.number)
    form = IdentifyForm(request.POST or None, today=clock.today(), initial={"screened_on": clock.today()})
    words: Any = {
        "question": _("First identification"),
        "explanation": _("How and where the person was found, and what she needs now."),
        "verb": _("Record"),
        "done": _("The first identification is recorded."),
    }
    return act_form(
        request, case, form,
        lambda: identifying.identify(case=case, values=form.values(), by=request.member, at=clock.now()), words,
    )  # fmt: skip


@sensitive_post_parameters()
@needs(Permission.FACTS_EDIT)
@says_erased
def identification_correct(request: MemberRequest, number: str) -> HttpResponseBase:
    """Correct the first identification. The form shows sealed words, so opening it is a reading, by POST."""
    case, at = _editing(request, number), clock.now()
    if not hasattr(case, "identification"):
        return redirect("cases:identify", case.number)

    def now() -> dict[str, Any]:
        row = Identification.objects.get(case=case)
        return identified_initial(row, read_words(row=row, case=case, by=request.member, at=at))

    def keep(form: Any) -> object:
        seen = parse_datetime(form.cleaned_data["seen"])
        if seen is None:
            raise Refused(_("Open the form again."))
        values = form.values()
        return identifying.correct_identification(case=case, seen=seen, values=values, by=request.member, at=at)

    words = {"title": _("Correct the first identification"), "done": _("The first identification is corrected.")}
    return _reread(
        request, case, Rereading(CorrectIdentificationForm, "seen", now, keep, "cases/_form_plain.html", words)
    )


@sensitive_post_parameters()
@needs(Permission.FACTS_EDIT)
@says_erased
def facts_edit(request: MemberRequest, number: str) -> HttpResponseBase:
    """Write down what happened. Where something is written already the form shows sealed words, so opening it is a reading."""
    case, at = _editing(request, number), clock.now()

    def now() -> dict[str, Any]:
        row = Facts.objects.filter(case=case).first()
        return facts_initial(row, read_words(row=row, case=case, by=request.member, at=at))

    def keep(form: Any) -> object:
        version = form.cleaned_data["version"]
        return facts.edit_facts(case=case, version=version, values=form.values(), by=request.member, at=at)

    words = {"title": _("What happened"), "done": _("What happened is written down.")}
    page = Rereading(FactsForm, "version", now, keep, "cases/_form_facts.html", words)
    if request.method != "POST" and not hasattr(case, "facts"):
        return _page(request, case, page, FactsForm(initial=facts_initial(None, ""), today=clock.today()))
    return _reread(request, case, page)


# --- a form that shows sealed words, and keeps both texts when two have changed the same


@dataclass(frozen=True)
class Rereading:
    """A form that opens with what is there now (`now`, recorded as a reading) and is kept with the token that it was opened with."""

    form: type[Any]
    token: str
    now: Callable[[], dict[str, Any]]
    keep: Callable[[Any], object]
    template: str
    words: dict[str, str]


def _reread(request: MemberRequest, case: Case, page: Rereading) -> HttpResponse:
    if request.method != "POST":
        return render(request, "cases/words_begin.html", {"case": case, "title": page.words["title"]})
    if page.token not in request.POST:
        return _page(request, case, page, page.form(initial=page.now(), today=clock.today()))
    form = page.form(request.POST, today=clock.today())
    if not form.is_valid():
        return _page(request, case, page, form, status=422)
    try:
        page.keep(form)
    except Conflict:
        now = page.now()
        data = request.POST.copy()
        data[page.token] = str(now[page.token])
        again = page.form(data, today=clock.today())
        return _page(request, case, page, again, status=409, differences=list(differences(form, now)))
    except Refused as refused:
        form.add_error(None, str(refused))
        return _page(request, case, page, form, status=422)
    return done(request, case.number, page.words["done"])


def _page(
    request: MemberRequest, case: Case, page: Rereading, form: Any, *, status: int = 200, differences: Any = ()
) -> HttpResponse:
    context = {
        "case": case, "form": form, "title": page.words["title"], "template": page.template, "differences": differences,
        "is_conflict": status == 409, "is_child": case.is_child,
    }  # fmt: skip
    return render(request, "cases/words_form.html", context, status=status)


def differences(form: Any, now: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Field, as it is now, as it was typed: of each field in which the two differ."""
    for name, field in form.fields.items():
        theirs, mine = _text(field, now.get(name)), _text(field, form.cleaned_data.get(name))
        if theirs != mine and not field.widget.is_hidden:
            yield str(field.label), theirs, mine


def _text(field: Any, value: Any) -> str:
    """A value as the form shows it."""
    if isinstance(value, list):
        return ", ".join(_text(field, one) for one in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if value is None or value == "":
        return ""
    key = getattr(value, "pk", value)
    known = {str(code): str(label) for code, label in getattr(field, "choices", ())}
    return known.get(str(key), str(value))


# --- the way, rights, refusals


@needs(Permission.FACTS_EDIT)
@says_erased
def leg_add(request: MemberRequest, number: str) -> HttpResponseBase:
    """Put a stage at the end of the way."""
    case = _editing(request, number)
    form = LegForm(request.POST or None, today=clock.today())
    words: Any = {
        "question": _("Add a stage of the way"),
        "explanation": _(
            "Where the person was recruited, passed through, was exploited; in the order in which it happened."
        ),
        "verb": _("Add"),
        "done": _("The stage is added."),
    }
    return act_form(
        request, case, form,
        lambda: facts.add_leg(case=case, values=form.values(), by=request.member, at=clock.now()), words,
    )  # fmt: skip


@needs(Permission.FACTS_EDIT)
@require_POST
def leg_remove(request: MemberRequest, number: str, pk: str) -> HttpResponse:
    """Take a stage out that was written down by mistake."""
    case = the_case(request, number)
    facts.remove_leg(leg=part_of(case.legs.all(), pk), by=request.member, at=clock.now())
    return done(request, case.number, _("The stage is taken out."))


@sensitive_post_parameters()
@needs(Permission.FACTS_EDIT)
@says_erased
def rights_add(request: MemberRequest, number: str) -> HttpResponseBase:
    """Record what befell the person's rights."""
    case = _editing(request, number)
    form = RightsForm(request.POST or None, today=clock.today())
    words: Any = {
        "question": _("Rights of the person"),
        "explanation": _(
            "That she was informed, counselled, represented; or that she was detained, charged, named by a medium."
        ),
        "verb": _("Record"),
        "done": _("It is recorded."),
    }
    return act_form(
        request, case, form,
        lambda: identifying.record_rights(case=case, by=request.member, at=clock.now(), **form.cleaned_data), words,
    )  # fmt: skip


@needs(Permission.CASE_OPEN)
def refusals(request: MemberRequest) -> HttpResponse:
    """The adults who refused, as the reader's own institution has counted them; none of them has a name here."""
    rows = Refusal.objects.filter(agency=request.member.agency_id).select_related("crossing", "place", "by__user")
    page = Paginator(rows.order_by("-on", "-recorded_at"), MOST_LISTED).get_page(request.GET.get("page"))
    return render(
        request,
        "cases/refusals.html",
        {"page": page, "form_words": dict(Form.choices), "sex_words": dict(Person.Sex.choices)},
    )


@needs(Permission.CASE_OPEN)
def refusal_add(request: MemberRequest) -> HttpResponse:
    """Count an adult who wants no help and no file."""
    form = RefusalForm(request.POST or None, today=clock.today(), initial={"on": clock.today()})
    if request.method == "POST" and form.is_valid():
        try:
            identifying.record_refusal(values=form.values(), by=request.member, at=clock.now())
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The refusal is counted."))
            return redirect("cases:refusals")
    return render(request, "cases/refusal_add.html", {"form": form}, status=422 if form.errors else 200)
