"""What the page of an activity shows from the returns."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from besa.directory.access import Permission
from besa.plan.models import Activity
from besa.reporting import queries


def panels(request: HttpRequest, activity: Activity) -> list[dict[str, Any]]:
    """One panel: what was reported in each round. Readers outside the administration see statuses only."""
    entries = queries.history_of(activity)
    member = getattr(request, "member", None)
    is_inside = bool(member and (member.can(Permission.RETURN_VIEW) or member.can(Permission.RETURN_VIEW_ALL)))
    context = {"entries": entries, "is_inside": is_inside}
    return [{"title": _("Reported"), "template": "reporting/_history.html", "context": context}] if entries else []
