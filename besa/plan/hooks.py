"""What the pages of the plan show of things that lie above it, such as the last reported status of an activity.

The plan imports nothing from above. An upper app names its functions by dotted path in lists on its AppConfig:

    plan_status_provider = ["besa.reporting.queries.latest_statuses"]    # (activity_ids) -> {activity id: LatestStatus}
    plan_activity_panels = ["besa.reporting.queries.activity_panels"]    # (request, activity) -> iterable of Panel
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from besa.directory.guard import MemberRequest
from besa.lib.hooks import hooked
from besa.plan.models import Activity

DONE = frozenset({"completed", "dropped"})  # an activity in such a status is no longer late or due


@dataclass(frozen=True)
class LatestStatus:
    """What was last reported on an activity: the status's code and label, and the period (`2009Q1`) of the report."""

    code: str
    label: str
    period: str


@dataclass(frozen=True)
class Panel:
    """A part of an activity's page that an upper app fills: the template is rendered with `context` and the page's own."""

    title: str
    template: str
    context: Mapping[str, Any] = field(default_factory=dict)


def latest_statuses(activity_ids: Collection[int]) -> dict[int, LatestStatus]:
    """The last reported status of each activity that was reported on; the number of SQL queries does not grow with them."""
    found: dict[int, LatestStatus] = {}
    for provider in hooked("plan_status_provider"):
        found |= provider(activity_ids)
    return found


def activity_panels(request: MemberRequest, activity: Activity) -> list[Panel]:
    """What the upper apps show the member on the activity's page; they withhold what the member may not see."""
    return [panel for provider in hooked("plan_activity_panels") for panel in provider(request, activity)]
