"""A small plan in the database, with what was last reported on it, for tests of pages."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, date, datetime
from typing import Any

from besa.audit.actions import SYSTEM
from besa.directory.models import Agency, AgencyAlias
from besa.directory.queries import alias_key
from besa.plan.actions import load_plan
from besa.plan.content.check import checked
from besa.plan.content.problems import Where
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.tables import flatten
from besa.plan.hooks import LatestStatus
from besa.plan.models import Activity, Duty, Plan, TimelineEntry
from besa.plan.tests.factory import make_agencies, small

AT = datetime(2009, 7, 6, tzinfo=UTC)
TODAY = date(2009, 7, 6)
REPORTED: dict[int, LatestStatus] = {}


def reported(activity_ids: Collection[int]) -> dict[int, LatestStatus]:
    """Stands for the reporting app: named by a test as `plan_status_provider`."""
    return {pk: status for pk, status in REPORTED.items() if pk in set(activity_ids)}


def document() -> dict[str, Any]:
    """The small plan with a row numbered twice, Albanian texts, and references both ways."""
    plan = small()
    first, second = plan["components"][0]["aims"][0]["objectives"]
    first["activities"].append(
        {
            "id": "I.1.(a).1.1#2",
            "parent": "I.1.(a).1",
            "text": "Open shelters",
            "responsible": ["ASP"],
            "see_also": ["I.1.(a).1"],
            "timeline": ["2009"],
        }
    )
    second["activities"].append(
        {"id": "I.1.(b).2", "text": "Reopen courts", "responsible": ["ASP", "MOI"], "timeline": ["Ongoing"]}
    )
    plan["albanian"]["I.1.(a).1.1#2"] = {"text": "Hapja e strehëzave për viktimat"}
    plan["albanian"]["I.1.(b)"] = {"title": "Gjykata më të mira"}
    return plan


def load_small(code: str = "") -> Plan:
    """The plan in the database; `code` loads it as another one."""
    make_agencies()
    printed = "with the Ministry of Interior"
    alias, _is_new = AgencyAlias.objects.get_or_create(key=alias_key(printed), defaults={"printed": printed})
    alias.agencies.add(Agency.objects.get(code="MOI"))
    plan = document()
    plan["plan"]["code"] = code or plan["plan"]["code"]
    content = checked(flatten(plan, lambda path: Where(path=str(path))), DirectoryRoster())
    return load_plan(content, by=SYSTEM, at=AT)[0]


def add_activities(plan: Plan, number: int, start: int = 0) -> list[Activity]:
    """More rows under the plan's last objective, each with two agencies and a time."""
    last = Activity.objects.filter(plan=plan).select_related("objective").order_by("position").last()
    assert last is not None
    rows = Activity.objects.bulk_create(
        Activity(
            plan=plan,
            objective=last.objective,
            identifier=f"I.1.(b).{100 + index}",
            code=f"1.(b).{100 + index}",
            printed_code=f"1.(b).{100 + index}",
            text_en=f"Do thing {index}",
            position=1000 + index,
            search_en=f"do thing {index}",
            due_on=date(2009, 8, 1),
        )
        for index in range(start, start + number)
    )
    agencies = list(Agency.objects.filter(code__in=["ASP", "MOI"]))
    Duty.objects.bulk_create(
        Duty(activity=row, agency=agency, position=place, is_lead=place == 1)
        for row in rows
        for place, agency in enumerate(agencies, 1)
    )
    TimelineEntry.objects.bulk_create(
        TimelineEntry(activity=row, position=1, text="Mid 2009", due_on=row.due_on) for row in rows
    )
    return rows
