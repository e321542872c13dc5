"""Reporting a person, one question a page: begun, saved with each answer, checked, sent. It needs no script."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST

from besa.assessments.engine.scoring import score
from besa.assessments.explaining import explained, told
from besa.assessments.forms import QuestionnaireForm, question_form
from besa.assessments.models import Instrument
from besa.assessments.queries import for_case
from besa.cases import queries, report_steps
from besa.cases.actions import concerns, drafts, matches, reporting_in
from besa.cases.forms_report import FORMS
from besa.cases.models import Draft
from besa.cases.print_sheet import report_sheet
from besa.cases.report_steps import SEEN, SEEN_PREFIX, Page
from besa.cases.report_words import said
from besa.cases.views import keeping, report_sent
from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.document import pdf
from besa.lib.refusal import Conflict, Refused

UNFINISHED = "unfinished"  # pages that were left with something wrong on them, as they were typed
LANGUAGES = ("sq", "en")
SHORT = ("border", "border_child")  # the screenings for a first report


def the_draft(request: MemberRequest, pk: str) -> Draft:
    """The reader's own draft, or 404: nobody else's is there."""
    found = Draft.objects.filter(pk=pk, author=request.member, expires_at__gt=clock.now()).first()
    if found is None:
        raise Http404
    return found


@needs(Permission.CONCERN_REPORT)
@require_GET
def reports(request: MemberRequest) -> HttpResponse:
    """What was begun and not sent, and the way to a new one."""
    return _reports(request)


def _reports(request: MemberRequest, problem: str = "") -> HttpResponse:
    rows = Draft.objects.filter(author=request.member, expires_at__gt=clock.now())
    context = {
        "drafts": rows, "problem": problem, "code": request.POST.get("code", ""),
        "line": keeping.line(request, lists_all=True), "is_concern": is_concern(request),
    }  # fmt: skip
    return render(request, "cases/reports.html", context, status=422 if problem else 200)


@needs(Permission.CONCERN_REPORT)
@require_POST
def begin(request: MemberRequest) -> HttpResponse:
    draft = drafts.begin(by=request.member, at=clock.now())
    return redirect("cases:report_page", draft.pk, report_steps.STEPS[0].name)


def is_concern(request: MemberRequest) -> bool:
    """Whether the reader keeps no case files: then her report is a concern, and the way to it short."""
    return not request.member.can(Permission.CASE_OPEN)


def pages_of(request: MemberRequest, answers: dict[str, Any], screening: Any) -> list[Page]:
    return report_steps.way(answers, screening, is_concern=is_concern(request))


def screening_for(draft: Draft, answers: dict[str, Any]) -> Instrument | None:
    """The screening of the draft; before the age was said there is none, and when it changes the other one is taken."""
    if "age" not in answers:
        return None
    is_minor = report_steps.is_minor(answers)
    known = reporting_in.instrument_called(draft.instrument)
    if known is not None and (known.audience == "child") == is_minor:
        return known
    return short_screening(is_child=is_minor)


def short_screening(*, is_child: bool) -> Instrument | None:
    """The newest screening for a first report."""
    return next((one for one in for_case("screening", is_child) if one.code in SHORT), None)


@sensitive_post_parameters()
@needs(Permission.CONCERN_REPORT)
def page(request: MemberRequest, pk: str, slug: str) -> HttpResponse:
    """One question. What was answered is kept when the page is sent, also where it is only left."""
    draft = the_draft(request, pk)
    answers = drafts.answers_of(draft)
    instrument = screening_for(draft, answers)
    screening = instrument.definition if instrument else None
    if slug not in [one.slug for one in pages_of(request, answers, screening)]:
        return redirect("cases:report_check", draft.pk)
    data = request.POST if request.method == "POST" else None
    form = _form(slug, data, answers, screening)
    other = None
    if data is not None and (form.is_valid() or "later" in data):
        kept = _with(answers, slug, form)
        asked = screening_for(draft, kept)
        try:
            version = int(data.get("version") or 0)
            saved = _save(draft, version, kept, slug, asked, request)
        except (Conflict, Refused, ValueError) as refused:
            form.add_error(None, str(refused))
            other = _now(slug, answers, screening) if isinstance(refused, Conflict) else None
        else:
            return _onwards(request, saved, kept, slug, asked)
    context = _context(request, draft, slug, form, answers, screening) | {"other": other}
    return render(request, "cases/report_page.html", context, status=422 if form.errors else 200)


def _now(slug: str, answers: dict[str, Any], screening: Any) -> list[tuple[str, str]]:
    """What the report holds of the page, in words, where another window has changed it meanwhile."""
    if not slug.startswith(SEEN):
        return said(answers, [Page(report_steps.BY_NAME[slug])])[0].answers
    asked = slug.removeprefix(SEEN_PREFIX)
    of_page = {name: value for name, value in answers.get(SEEN, {}).items() if asked in (SEEN, name)}
    return [(line.question, line.answer) for part in told(screening, of_page) for line in part.lines if line.answer]


def _form(slug: str, data: Any, answers: dict[str, Any], screening: Any) -> Any:
    if slug.startswith(SEEN_PREFIX):
        question = {one.id: one for one in screening.questions}[slug.removeprefix(SEEN_PREFIX)]
        return question_form(question, data, given=answers.get(SEEN, {}))
    if slug == SEEN:
        return QuestionnaireForm(screening, data, given=answers.get(SEEN, {}))
    initial = answers.get(slug, {}) | answers.get(UNFINISHED, {}).get(slug, {})
    return FORMS[slug](data, initial=initial, today=clock.today(), answers=answers)


def _with(answers: dict[str, Any], slug: str, form: Any) -> dict[str, Any]:
    if slug.startswith(SEEN_PREFIX):
        seen = {name: value for name, value in answers.get(SEEN, {}).items() if name != slug.removeprefix(SEEN_PREFIX)}
        return {**answers, SEEN: seen | form.answers}
    if slug == SEEN:
        return {**answers, SEEN: form.all_answers if form.is_valid() else {**answers.get(SEEN, {}), **form.answers}}
    unfinished = {name: value for name, value in answers.get(UNFINISHED, {}).items() if name != slug}
    if not form.is_valid():
        raw = {name: form[name].data for name in form.fields if form[name].data}
        return {**answers, UNFINISHED: unfinished | {slug: raw}}
    return report_steps.settled({**answers, slug: form.kept(), UNFINISHED: unfinished})


def _save(
    draft: Draft, version: int, kept: dict[str, Any], slug: str, asked: Instrument | None, request: MemberRequest
) -> Draft:
    """Keep the answers; where another screening is asked from now on, what was answered to the one before goes."""
    named = reporting_in.name_of(asked)
    if draft.instrument and named != draft.instrument:
        kept.pop(SEEN, None)
    return drafts.save(
        draft=draft, version=version, answers=kept, step=slug, instrument=named, by=request.member, at=clock.now()
    )


def _onwards(
    request: MemberRequest, draft: Draft, answers: dict[str, Any], slug: str, asked: Instrument | None
) -> HttpResponse:
    """To the next question; back to the answers where she came from there; or to the list where she goes on later."""
    if "later" in request.POST:
        messages.success(
            request, _("The report is kept for you. It is thrown away when you do not come back within a week.")
        )
        return redirect("cases:reports")
    following = report_steps.after(slug, pages_of(request, answers, asked.definition if asked else None))
    if not following or "check" in request.POST:
        return redirect("cases:report_check", draft.pk)
    return redirect("cases:report_page", draft.pk, following)


def _context(
    request: MemberRequest, draft: Draft, slug: str, form: Any, answers: dict[str, Any], screening: Any
) -> dict[str, Any]:
    way = pages_of(request, answers, screening)
    place = [one.slug for one in way].index(slug)
    asked = way[place]
    context: dict[str, Any] = {
        "draft": draft, "form": form, "step": asked.step, "slug": slug, "number": place + 1, "total": len(way) if "age" in answers else 0,
        "back": way[place - 1].slug if place else "", "is_question": bool(asked.question),
        "is_child": "age" in answers and report_steps.is_minor(answers),
        "was_checked": bool(({"words"} if is_concern(request) else {"status", "counted"}) & answers.keys()),
        "is_many": slug == SEEN, "is_same": _asks_the_same(asked, form), "line": keeping.line(request, draft, slug),
    }  # fmt: skip
    if asked.question:
        context["row"] = form.rows[0]
    if slug == "status" and screening is not None:
        seen = answers.get(SEEN, {})
        context["explained"] = explained(screening, seen, score(screening, seen))
    return context


@needs(Permission.CONCERN_REPORT)
@require_GET
def check(request: MemberRequest, pk: str) -> HttpResponse:
    """All answers on one page, before they are sent."""
    return _check(request, the_draft(request, pk))


def _check(request: MemberRequest, draft: Draft, problem: str = "", **more: Any) -> HttpResponse:
    answers = drafts.answers_of(draft)
    instrument = screening_for(draft, answers)
    screening = instrument.definition if instrument else None
    way = pages_of(request, answers, screening)
    missing = report_steps.first_open(answers, way, screening)
    context = {
        "draft": draft, "problem": problem, "missing": missing, "is_refused": report_steps.is_refused(answers),
        "is_child": "age" in answers and report_steps.is_minor(answers), "line": keeping.line(request, draft),
        "rows": [one for one in said(answers, way) if one.slug != SEEN], "seen_page": _seen_page(way),
        "seen": told(screening, answers.get(SEEN, {})) if screening else [],
        "may_open": request.member.can(Permission.CASE_OPEN), "receivers": queries.working_agencies(clock.today()), **more,
    }  # fmt: skip
    return render(request, "cases/report_check.html", context, status=409 if problem else 200)


def _asks_the_same(asked: Page, form: Any) -> bool:
    """Whether the first field asks in the words of the heading, so that it need not be read twice."""
    return str(next(iter(form.fields.values())).label) == str(asked.step.question) or len(form.fields) == 1


def _seen_page(way: list[Page]) -> str:
    """The first page of the screening."""
    return next((one.slug for one in way if one.slug.startswith(SEEN)), "")


@needs(Permission.CASE_OPEN)
@require_POST
def send(request: MemberRequest, pk: str) -> HttpResponse:
    """Send it: a case is opened, or an adult who refuses is counted."""
    draft = the_draft(request, pk)
    try:
        sent = reporting_in.send(draft=draft, by=request.member, at=clock.now())
    except Refused as refused:
        return _check(request, draft, str(refused))
    if sent.case is None:
        messages.success(request, _("Counted once, without identity. Nothing else is kept."))
        return redirect("cases:reports")
    report_sent.remember(request, sent.case, sent.unit.name if sent.unit else "")
    messages.success(request, _("The report is sent."))
    return redirect("cases:report_sent", sent.case.number)


@needs(Permission.CONCERN_REPORT)
@require_POST
def discard(request: MemberRequest, pk: str) -> HttpResponse:
    drafts.discard(draft=the_draft(request, pk), by=request.member, at=clock.now())
    messages.success(request, _("The report is thrown away."))
    return redirect("cases:reports")


@needs(Permission.IDENTITY_SEARCH)
@require_POST
def compare(request: MemberRequest, pk: str) -> HttpResponse:
    """Is there a case of this person already? Recorded as a search; of hidden cases it says only whom to ask."""
    draft = the_draft(request, pk)
    identity = reporting_in.identity(drafts.answers_of(draft))
    likeness = matches.look(identity=identity, by=request.member, at=clock.now())
    return _check(request, draft, likeness=likeness)


@needs(Permission.CONCERN_REPORT)
@require_POST
def hand_over(request: MemberRequest, pk: str) -> HttpResponse:
    """Hand the report to an institution that keeps case files."""
    draft = the_draft(request, pk)
    to = queries.working_agencies(clock.today()).filter(code=request.POST.get("to", "")).first()
    if to is None:
        return _check(request, draft, _("Choose the institution that should look after the person."))
    try:
        concerns.send_concern(draft=draft, to=to, by=request.member, at=clock.now())
    except Refused as refused:
        return _check(request, draft, str(refused))
    messages.success(request, _("The institution has been told. You will hear what comes of it."))
    return redirect("cases:concerns")


@needs(Permission.CONCERN_REPORT)
@require_POST
def print_sheet(request: MemberRequest) -> HttpResponse:
    """A paper sheet with a code of its own, as PDF."""
    is_child, language = request.POST.get("for") == "child", request.POST.get("language", "sq")
    if language not in LANGUAGES:
        raise Http404
    found = short_screening(is_child=is_child)
    sheet = drafts.print_sheet(
        instrument=reporting_in.name_of(found), language=language, is_child=is_child, by=request.member, at=clock.now()
    )
    document = report_sheet(sheet, found, clock.today())
    response = HttpResponse(pdf.render(document), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{sheet.code}.pdf"'
    return response


@needs(Permission.CONCERN_REPORT)
@require_POST
def enter_sheet(request: MemberRequest) -> HttpResponse:
    """The code of a filled-in sheet opens the form that it was printed from."""
    try:
        draft = drafts.enter_sheet(code=request.POST.get("code", ""), by=request.member, at=clock.now())
    except Refused as refused:
        return _reports(request, str(refused))
    return redirect("cases:report_page", draft.pk, report_steps.STEPS[0].name)
