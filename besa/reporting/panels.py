"""What the page of an activity shows from the returns."""

from __future__ import annotations

from django.utils.translation import gettext as _

from besa.directory.access import Permission
from besa.directory.guard import MemberRequest
from besa.plan.hooks import Panel
from besa.plan.models import Activity
from besa.reporting import queries


def panels(request: MemberRequest, activity: Activity) -> list[Panel]:
    """One panel: what was reported in each round. Readers outside the administration see statuses only."""
    entries = queries.history_of(activity)
    can = request.member.can
    context = {"entries": entries, "is_inside": can(Permission.RETURN_VIEW) or can(Permission.RETURN_VIEW_ALL)}
    return [Panel(_("Reported"), "reporting/_history.html", context)] if entries else []
