"""Exports: asked by one, approved by another, fetched once."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from besa.cases.actions import exports as actions
from besa.cases.actions import reading
from besa.cases.forms_files import ExportForm
from besa.cases.models import Case, Export
from besa.cases.views.common import looked_for
from besa.cases.words import GROUP_WORDS
from besa.directory.access import Permission
from besa.directory.case_policy import Group
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Membership
from besa.lib import clock
from besa.lib.refusal import Refused

SHOWN = 100


def _visible(member: Membership) -> QuerySet[Export]:
    """One's own exports, and for a second person those of others."""
    rows = Export.objects.select_related("asked_by__user", "asked_by__agency", "decided_by__user")
    others = Q() if member.can(Permission.EXPORT_APPROVE) else Q(asked_by=member)
    return rows.filter(others)


@needs(None)
def exports(request: MemberRequest) -> HttpResponse:
    """What was asked for, the newest first."""
    _check_role(request.member)
    rows = _visible(request.member)[:SHOWN]
    return render(request, "cases/exports.html", {"rows": rows, "may_ask": request.member.can(Permission.EXPORT_ASK)})


def _check_role(member: Membership) -> None:
    if not (member.can(Permission.EXPORT_ASK) or member.can(Permission.EXPORT_APPROVE)):
        raise Http404


@needs(Permission.EXPORT_ASK)
def export_ask(request: MemberRequest) -> HttpResponse:
    """Ask for an export of cases that one leads."""
    form = ExportForm(request.POST or None, role=request.member.role)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            asked = actions.ask(
                cases=_cases(request.member, values.pop("numbers")), **values, by=request.member, at=clock.now()
            )
        except Refused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The export waits for a second person."))
            return redirect("cases:export", asked.pk)
    return render(request, "cases/export_ask.html", {"form": form}, status=422 if form.errors else 200)


def _cases(member: Membership, numbers: list[str]) -> list[Case]:
    """The cases with the numbers; one that cannot be found is refused like one that may not be known of."""
    at = clock.now()
    found = looked_for(lambda: list(Case.objects.visible_to(member, at).filter(number__in=numbers)))
    missing = set(numbers) - {case.number for case in found}
    for _number in missing:
        reading.record_missing(way="export", by=member, at=at)
    if missing:
        raise Refused(_("There is no such case, or not for you: %(numbers)s") % {"numbers": ", ".join(sorted(missing))})
    return found


def _export(request: MemberRequest, pk: UUID) -> Export:
    _check_role(request.member)
    return get_object_or_404(_visible(request.member), pk=pk)


@needs(None)
def export(request: MemberRequest, pk: UUID) -> HttpResponse:
    """One export: what it holds, who asked, who decided; and the acts that are possible now."""
    found, at = _export(request, pk), clock.now()
    numbers = list(
        Case.objects.visible_to(request.member, at).filter(pk__in=found.cases).values_list("number", flat=True)
    )
    is_own = found.asked_by_id == request.member.pk
    context = {
        "export": found,
        "numbers": numbers,
        "others": len(found.cases) - len(numbers),
        "groups": [GROUP_WORDS[Group(name)] for name in found.groups],
        "may_decide": found.state == Export.State.ASKED and request.member.can(Permission.EXPORT_APPROVE),
        "why_not_decide": _("You have asked for this yourself; another person decides.")
        if found.asked_by.user_id == request.member.user_id
        else "",
        "may_download": is_own
        and found.state == Export.State.APPROVED
        and found.until_at is not None
        and found.until_at > at,
        "is_over": found.state == Export.State.APPROVED and found.until_at is not None and found.until_at <= at,
    }
    return render(request, "cases/export.html", context)


@needs(Permission.EXPORT_APPROVE)
@require_POST
def export_decide(request: MemberRequest, pk: UUID) -> HttpResponse:
    """Approve or refuse, as the second person."""
    is_granted = request.POST.get("decision") == "approve"
    actions.decide(export=_export(request, pk), is_granted=is_granted, by=request.member, at=clock.now())
    messages.success(request, _("The export is approved.") if is_granted else _("The export is refused."))
    return redirect("cases:export", pk)


@needs(Permission.EXPORT_ASK)
@require_POST
def export_download(request: MemberRequest, pk: UUID) -> HttpResponse:
    """The sealed file, once."""
    found = _export(request, pk)
    content = actions.download(export=found, by=request.member, at=clock.now())
    response = HttpResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = f'attachment; filename="export.{found.kind}.age"'
    response["Cache-Control"] = "no-store"
    return response
