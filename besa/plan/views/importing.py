"""Loading a plan from a file: a dry run that lists every problem, then the real thing. The template to fill in."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.plan.actions import UNCHANGED, load_plan, sha256_of
from besa.plan.content.problems import Faulty
from besa.plan.content.shape import Content, activities, objectives
from besa.plan.content.workbook_out import dump_workbook
from besa.plan.forms import ImportForm
from besa.plan.loading import format_of, read_content
from besa.plan.models import Plan
from besa.plan.rules import check_may_replace
from besa.ui.lists import XLSX

_SALT = "besa.plan.import"
_KEPT_SECONDS = 3600
SHOWN = 500  # problems on one page; the command prints them all


@needs(Permission.PLAN_IMPORT)
def import_plan(request: MemberRequest) -> HttpResponse:
    """Check an uploaded file and say what would happen; nothing is written."""
    form = ImportForm(request.POST or None, request.FILES or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "plan/import.html", {"form": form}, status=422 if form.is_bound else 200)
    file: UploadedFile[bytes] = form.cleaned_data["file"]
    try:
        content = _content_of(file)
    except Faulty as faulty:
        shown = {
            "form": ImportForm(),
            "name": file.name,
            "problems": faulty.problems[:SHOWN],
            "count": len(faulty.problems),
        }
        return render(request, "plan/import.html", shown, status=422)
    return render(request, "plan/import_confirm.html", {"name": file.name, **_summary(content)})


@needs(Permission.PLAN_IMPORT)
def load(request: MemberRequest) -> HttpResponse:
    """Load the plan that was checked before; it travels signed through the page, so that nothing is kept half."""
    try:
        content = signing.loads(request.POST.get("content", ""), salt=_SALT, max_age=_KEPT_SECONDS)
    except signing.BadSignature:
        messages.error(request, _("The check is older than an hour. Please upload the file again."))
        return redirect("plan:import")
    plan, said = load_plan(content, by=request.member, at=clock.now())
    if said == UNCHANGED:
        messages.info(request, _("The plan is loaded already with this very content."))
    else:
        messages.success(request, _("The plan is loaded."))
    return redirect("plan:tree", plan.code)


@needs(Permission.PLAN_IMPORT)
def template(request: MemberRequest) -> HttpResponse:
    """An empty workbook to fill in."""
    response = HttpResponse(dump_workbook(None, list), content_type=XLSX)
    response["Content-Disposition"] = 'attachment; filename="plan-template.xlsx"'
    return response


def _content_of(file: UploadedFile[bytes]) -> Content:
    """The checked content of an uploaded file; raises Faulty."""
    name = Path(file.name or "plan").name
    kind = format_of(Path(name))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, name)
        path.write_bytes(file.read())
        return read_content(path, kind)


def _summary(content: Content) -> dict[str, Any]:
    """What is in the file, and what loading it would do."""
    plan = Plan.objects.filter(code=content["plan"]["code"]).first()
    is_same, reason = False, ""
    if plan is not None:
        is_same = plan.versions.filter(number=plan.current_version, sha256=sha256_of(content)).exists()
        try:
            check_may_replace(plan, replace=False)
        except Refused as refused:
            reason = "" if is_same else str(refused.reason)
    counts = [
        (_("components"), len(content["components"])),
        (_("aims"), sum(len(component["aims"]) for component in content["components"])),
        (_("objectives"), sum(1 for found in objectives(content))),
        (_("activities"), sum(1 for found in activities(content))),
        (_("legal acts"), len(content["legal_framework"])),
        (_("new institutions"), len(content["agencies"])),
    ]
    signed = "" if is_same or reason else signing.dumps(content, salt=_SALT, compress=True)
    return {"content": content, "counts": counts, "is_same": is_same, "reason": reason, "signed": signed}
