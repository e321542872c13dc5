"""The coordinator's dashboard and the report to the State Committee."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.document import html
from besa.reporting import reports as actions
from besa.reporting.figures import NOT_REPORTED, STATUSES, Group, RoundFigures, round_figures
from besa.reporting.forms_reports import AdoptForm, decision_formset
from besa.reporting.models import Entry, Report, Return, Round
from besa.reporting.monitoring.words import status_labels


def _round(plan: str | None, period: str | None) -> Round | None:
    rounds = Round.objects.select_related("plan")
    if plan and period:
        return get_object_or_404(rounds, plan__code=plan, period=period)
    return rounds.filter(plan__is_active=True).order_by("-period").first()


@needs(Permission.DASHBOARD_VIEW)
@require_GET
def dashboard(request: MemberRequest, plan: str | None = None, period: str | None = None) -> HttpResponse:
    """Who has reported, what is late, how the activities stand: one page for the coordinator's morning."""
    round = _round(plan, period)
    if round is None:
        return render(request, "reporting/no_round.html")
    figures = round_figures(round, clock.today())
    context = {
        "round": round,
        "rounds": Round.objects.filter(plan=round.plan).order_by("-period"),
        "figures": figures,
        "labels": status_labels(),
        "state_labels": dict(Return.State.choices),
        "components": [_bar(group) for group in figures.components],
        "objectives": [_bar(group) for group in figures.objectives],
        "obstacles": [(Entry.Obstacle(key).label, count) for key, count in figures.obstacles.most_common()],
        "spending": _spending(figures),
        "worse": [change for change in figures.changes if change.kind == "worse"],
        "better": [change for change in figures.changes if change.kind == "better"],
        "shares": {
            "completed": figures.status.share("completed"),
            "track": figures.status.share("on_track", "not_due"),
            "trouble": figures.status.share("delayed", "constrained"),
        },
        "report": Report.objects.filter(plan=round.plan, period=round.period).first(),
    }
    return render(request, "reporting/dashboard.html", context)


def _bar(group: Group) -> dict[str, Any]:
    """A group with the segments of its bar: key, words, count, and place and width on a scale of 100."""
    labels, at, segments = status_labels(), Decimal(0), []
    for key, label in labels.items():
        count = group.status[NOT_REPORTED if key == "not_reported" else key]
        if count:
            width = Decimal(100 * count) / group.status.total
            segments.append({"key": key, "label": label, "count": count, "x": f"{at:.3f}", "width": f"{width:.3f}"})
            at += width
    counts = [group.status[NOT_REPORTED if key == "not_reported" else key] for key in labels]
    return {"group": group, "segments": segments, "counts": counts}


def _spending(figures: RoundFigures) -> list[tuple[str, str, Decimal]]:
    return [
        (str(Entry.MoneySource(source).label) if source else _("source not stated"), currency, amount)
        for (source, currency), amount in figures.spending.amounts.items()
    ]


@needs(Permission.DASHBOARD_VIEW)
@require_GET
def round_activities(request: MemberRequest, plan: str, period: str) -> HttpResponse:
    """The activities behind a number of the dashboard: by status, component or objective."""
    round = _round(plan, period)
    if round is None:
        raise Http404
    figures = round_figures(round, clock.today())
    wanted = [status if status != "not_reported" else NOT_REPORTED for status in request.GET.getlist("status")]
    rows = figures.with_status(*(wanted or STATUSES))
    component, objective, obstacle = (request.GET.get(key) for key in ("component", "objective", "obstacle"))
    if component:
        rows = [row for row in rows if row[0].objective.aim.component.code == component]
    if objective:
        rows = [row for row in rows if row[0].objective.code == objective]
    if obstacle:
        rows = [row for row in rows if row[1] and row[1].obstacle_type == obstacle]
    context = {"round": round, "rows": rows, "labels": status_labels(), "wanted": request.GET.getlist("status")}
    return render(request, "reporting/round_activities.html", context)


@needs(Permission.REPORT_VIEW)
@require_GET
def reports(request: MemberRequest) -> HttpResponse:
    """All reports, and the rounds for which one can be made; readers who do not make reports see adopted ones only."""
    rows = Report.objects.select_related("plan", "body")
    may_make = request.member.can(Permission.REPORT_MAKE)
    if not may_make:
        rows = rows.filter(state=Report.State.ADOPTED)
    made = {(report.plan_id, report.period) for report in rows}
    rounds = Round.objects.select_related("plan").order_by("-period") if may_make else Round.objects.none()
    open_rounds = [round for round in rounds if (round.plan_id, round.period) not in made]
    return render(request, "reporting/reports.html", {"reports": rows, "rounds": open_rounds, "may_make": may_make})


@needs(Permission.REPORT_MAKE)
@require_POST
def make(request: MemberRequest, plan: str, period: str) -> HttpResponse:
    """Open the report of a round."""
    round = get_object_or_404(Round.objects.select_related("plan"), plan__code=plan, period=period)
    report = actions.make(round=round, by=request.member, at=clock.now(), today=clock.today())
    return redirect("reporting:report", report.pk)


def _report(request: MemberRequest, pk: int) -> Report:
    rows = Report.objects.select_related("plan", "body", "adopted_by__user")
    if not request.member.can(Permission.REPORT_MAKE):
        rows = rows.filter(state=Report.State.ADOPTED)
    return get_object_or_404(rows, pk=pk)


def _language() -> str:
    return "sq" if (get_language() or "en").startswith("sq") else "en"


@needs(Permission.REPORT_VIEW)
@require_GET
def report(request: MemberRequest, pk: int) -> HttpResponse:
    """The report as a page, with its files."""
    found = _report(request, pk)
    document = actions.document_of(found, _language(), clock.today())  # type: ignore[arg-type]
    round = get_object_or_404(Round, plan=found.plan_id, period=found.period)
    context = {
        "report": found,
        "round": round,
        "is_intact": actions.is_intact(found),
        # the renderer escapes every text of the document itself
        "body": mark_safe(html.render(document)),  # noqa: S308
        "may_make": request.member.can(Permission.REPORT_MAKE),
        "may_adopt": request.member.can(Permission.REPORT_ADOPT),
        "changed_after": bool(
            found.adopted_at and round.reopenings.filter(state="approved", decided_at__gt=found.adopted_at).exists()
        ),
    }
    return render(request, "reporting/report.html", context)


@needs(Permission.REPORT_VIEW)
@require_GET
def report_file(request: MemberRequest, pk: int, language: str, format: str) -> HttpResponseBase:
    """The report as PDF, Word or Excel."""
    if language not in actions.LANGUAGES or format not in ("pdf", "docx", "xlsx"):
        raise Http404
    found = _report(request, pk)
    content = actions.render(actions.document_of(found, language, clock.today()), format)
    response = HttpResponse(content, content_type=actions.MEDIA[format])
    name = f"{found.plan.code}-{found.kind}-{found.period}-{language}.{format}"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@needs(Permission.REPORT_MAKE)
def request_decisions(request: MemberRequest, pk: int) -> HttpResponse:
    """Edit the decisions that the report asks of the committee."""
    found = _report(request, pk)
    formset = decision_formset(request.POST if request.method == "POST" else None, initial=found.requests)
    if request.method == "POST" and formset.is_valid():
        wanted = [form.cleaned_data for form in formset if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        actions.request_decisions(report=found, requests=wanted, by=request.member, at=clock.now())
        messages.success(request, _("The decisions asked for have been saved."))
        return redirect("reporting:report", pk)
    status = 422 if formset.is_bound else 200
    return render(request, "reporting/request_decisions.html", {"report": found, "formset": formset}, status=status)


@needs(Permission.REPORT_ADOPT)
def adopt(request: MemberRequest, pk: int) -> HttpResponse:
    """Record that a body has adopted the report; from then on it is frozen."""
    found = _report(request, pk)
    round = get_object_or_404(Round, plan=found.plan_id, period=found.period)
    form = AdoptForm(request.POST if request.method == "POST" else None)
    if request.method == "GET":
        actions.check_may_adopt(request.member, found, round)
    if request.method == "POST" and form.is_valid():
        actions.adopt(report=found, **form.cleaned_data, by=request.member, at=clock.now(), today=clock.today())
        messages.success(request, _("The report has been adopted and frozen."))
        return redirect("reporting:report", pk)
    return render(request, "reporting/adopt.html", {"report": found, "form": form}, status=422 if form.errors else 200)
