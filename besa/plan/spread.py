"""The content of a plan's current version spread into rows, in few statements.

An activity keeps its row through all versions. Headings are never removed; an activity that an amendment takes out stays, with
`last_version` set, so that what was reported on it remains readable.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

from django.db import models

from besa.directory.models import Agency
from besa.lib.text import folded
from besa.plan.content.roster import DirectoryRoster
from besa.plan.content.shape import Content, Row
from besa.plan.content.shape import activities as all_activities
from besa.plan.content.shape import objectives as all_objectives
from besa.plan.models import (
    Activity,
    Aim,
    Annexed,
    Component,
    CrossReference,
    Duty,
    Line,
    Objective,
    Plan,
    PrintedName,
    Resource,
    TimelineEntry,
)

M = TypeVar("M", bound=models.Model)
_HEAD = ("printed_code", "title_en", "title_sq", "position", "source_from", "source_to", "note")


def spread(plan: Plan, content: Content, number: int, before: Content | None = None) -> None:
    """Make the rows of `plan` say what `content` says; `before` is the content that they say now (None: there are none)."""
    _plan_fields(plan, content["plan"])
    heads = _headings(plan, content)
    _activities(plan, content, heads, number, before)
    Annexed.objects.filter(plan=plan).delete()
    Annexed.objects.bulk_create(_annexed(plan, content))


def _plan_fields(plan: Plan, row: Row) -> None:
    plan.title_en, plan.title_sq = row["title"], row["title_sq"]
    plan.country, plan.note = row["country"], row["note"]
    plan.period_start, plan.period_end = (date.fromisoformat(row[key]) for key in ("period_start", "period_end"))


# --- headings


def _headings(plan: Plan, content: Content) -> dict[str, Objective]:
    """Components, aims and objectives with their lines; the objectives by code."""
    rows: dict[str, list[tuple[Row, str]]] = {"components": [], "aims": [], "objectives": []}
    for component in content["components"]:
        rows["components"].append((component, ""))
        for aim in component["aims"]:
            rows["aims"].append((aim, component["code"]))
            rows["objectives"] += [(objective, aim["code"]) for objective in aim["objectives"]]
    components = _sync(Component, Component.objects.filter(plan=plan), rows["components"], "plan", {"": plan})
    aims = _sync(Aim, Aim.objects.filter(component__plan=plan), rows["aims"], "component", components)
    objectives = _sync(Objective, Objective.objects.filter(aim__component__plan=plan), rows["objectives"], "aim", aims)
    Line.objects.filter(models.Q(aim__component__plan=plan) | models.Q(objective__aim__component__plan=plan)).delete()
    lines = [line for row, _ in rows["aims"] for line in _lines(row, aim=aims[row["code"]])]
    lines += [line for row, _ in rows["objectives"] for line in _lines(row, objective=objectives[row["code"]])]
    Line.objects.bulk_create(lines)
    return objectives


def _sync(
    model: type[M], present: Iterable[M], rows: Sequence[tuple[Row, str]], above: str, owners: dict[str, Any]
) -> dict[str, M]:
    """Create or update the headings of one level; all of them by code."""
    found = {str(head.code): head for head in present}  # type: ignore[attr-defined]
    fresh, changed = [], []
    for position, (row, owner) in enumerate(rows, start=1):
        values = _head_values(row, position)
        head = found.get(row["code"])
        if head is None:
            fresh.append(model(code=row["code"], **{above: owners[owner]}, **values))
        elif any(getattr(head, key) != value for key, value in values.items()):
            for key, value in values.items():
                setattr(head, key, value)
            changed.append(head)
    model._default_manager.bulk_update(changed, _HEAD)
    return found | {str(head.code): head for head in model._default_manager.bulk_create(fresh)}  # type: ignore[attr-defined]


def _source(row: Row) -> dict[str, int | None]:
    first, last = row.get("source_lines") or (None, None)
    return {"source_from": first, "source_to": last}


def _head_values(row: Row, position: int) -> dict[str, Any]:
    return {
        "printed_code": row["printed_code"],
        "title_en": row["title"],
        "title_sq": row["title_sq"],
        "position": position,
        "note": row["note"],
        **_source(row),
    }


def _lines(row: Row, **owner: Any) -> Iterable[Line]:
    """Indicators, outputs and targets of a row with their translations."""
    for key in ("indicators", "outputs", "targets"):
        albanian = row.get(f"{key}_sq") or []
        for index, text in enumerate(row.get(key) or []):
            translation = albanian[index] if index < len(albanian) else ""
            yield Line(kind=key.removesuffix("s"), position=index + 1, text_en=text, text_sq=translation, **owner)


# --- activities


def _activities(plan: Plan, content: Content, heads: dict[str, Objective], number: int, before: Content | None) -> None:
    present = {activity.identifier: activity for activity in Activity.objects.filter(plan=plan)}
    old = {row["id"]: row for _, row in all_activities(before)} if before else {}
    fresh: list[Activity] = []
    kept: list[Activity] = []
    changed: list[tuple[Activity, Row]] = []
    for position, (objective, row) in enumerate(all_activities(content), start=1):
        activity = present.get(row["id"]) or Activity(plan=plan, identifier=row["id"], first_version=number)
        _fill(activity, row, position, heads[objective["code"]])
        (kept if activity.pk else fresh).append(activity)
        if old.get(row["id"]) != row:
            changed.append((activity, row))
    by_id = {activity.identifier: activity for activity in (*kept, *Activity.objects.bulk_create(fresh))}
    _parents(content, by_id)
    Activity.objects.bulk_update([activity for activity in fresh if activity.parent], ["parent"])
    fields = [field.name for field in Activity._meta.concrete_fields if field.name not in ("id", "plan", "identifier")]
    Activity.objects.bulk_update(kept, fields, batch_size=40)
    gone = [activity.pk for identifier, activity in present.items() if identifier not in by_id]
    Activity.objects.filter(pk__in=gone, last_version=None).update(last_version=number - 1)
    _cells(changed)


def _fill(activity: Activity, row: Row, position: int, objective: Objective) -> None:
    activity.objective, activity.position = objective, position
    activity.code, activity.printed_code = row["code"], row["printed_code"]
    activity.text_en, activity.text_sq = row["text"], row["text_sq"]
    activity.mark, activity.note, activity.footnotes = row["mark"], row["note"], row["footnotes"]
    activity.source_from, activity.source_to = row["source_lines"] or (None, None)
    dues = [entry["due"] for entry in row["timeline"] if entry["due"]]
    activity.due_on = date.fromisoformat(max(dues)) if dues else None
    activity.is_recurrent = any(entry["recurrence"] for entry in row["timeline"])
    times = [entry["text"] for entry in row["timeline"]]
    common = [row["id"], row["code"], *row["agencies"], *row["responsible"], *row["resources"], *times, objective.code]
    english = [row["text"], *row["outputs"], *row["targets"], *row["footnotes"], row["note"], objective.title_en]
    albanian = [row["text_sq"], *row["outputs_sq"], *row["targets_sq"], objective.title_sq]
    activity.search_en, activity.search_sq = (
        folded("\n".join([*common, *words])) if any(words) else "" for words in (english, albanian)
    )


def _parents(content: Content, by_id: dict[str, Activity]) -> None:
    for _, row in all_activities(content):
        by_id[row["id"]].parent = by_id[row["parent"]] if row["parent"] else None


def _cells(changed: Sequence[tuple[Activity, Row]]) -> None:
    """Write anew everything that hangs on the changed activities."""
    if not changed:
        return
    for model in (Line, Duty, PrintedName, Resource, TimelineEntry, CrossReference):
        model._default_manager.filter(activity__in=[activity for activity, _ in changed if activity.pk]).delete()
    codes = {code for _, row in changed for code in row["agencies"]}
    agencies = {agency.code: agency for agency in Agency.objects.filter(code__in=codes)}
    Line.objects.bulk_create([line for activity, row in changed for line in _lines(row, activity=activity)])
    Duty.objects.bulk_create(
        Duty(activity=activity, agency=agencies[code], position=place, is_lead=place == 1)
        for activity, row in changed
        for place, code in enumerate(row["agencies"], start=1)
    )
    PrintedName.objects.bulk_create(
        PrintedName(activity=activity, position=place, printed=printed)
        for activity, row in changed
        for place, printed in enumerate(row["responsible"], start=1)
    )
    TimelineEntry.objects.bulk_create(
        _time(activity, place, entry)
        for activity, row in changed
        for place, entry in enumerate(row["timeline"], start=1)
    )
    CrossReference.objects.bulk_create(
        CrossReference(activity=activity, target=target, position=place)
        for activity, row in changed
        for place, target in enumerate(row["see_also"], start=1)
    )
    _resources(changed)


def _time(activity: Activity, place: int, entry: Row) -> TimelineEntry:
    start, due = (date.fromisoformat(entry[key]) if entry[key] else None for key in ("start", "due"))
    return TimelineEntry(
        activity=activity,
        position=place,
        text=entry["text"],
        start_on=start,
        due_on=due,
        recurrence=entry["recurrence"] or "",
    )


def _resources(changed: Sequence[tuple[Activity, Row]]) -> None:
    roster = DirectoryRoster()
    resources = Resource.objects.bulk_create(
        Resource(activity=activity, position=place, printed=printed)
        for activity, row in changed
        for place, printed in enumerate(row["resources"], start=1)
    )
    named = {printed: roster.derive([printed]) for printed in {resource.printed for resource in resources}}
    ids = dict(Agency.objects.values_list("code", "pk"))
    through = Resource.agencies.through
    through._default_manager.bulk_create(
        through(resource_id=resource.pk, agency_id=ids[code])
        for resource in resources
        for code in named[resource.printed]
    )


# --- annexes


def _annexed(plan: Plan, content: Content) -> Iterable[Annexed]:
    for place, row in enumerate(content["legal_framework"], start=1):
        texts = {"title_en": row["number"], "text_en": row["text"], "text_sq": row["text_sq"]}
        yield Annexed(plan=plan, kind="law", position=place, code=row["kind"], **texts, **_source(row))
    for place, text in enumerate(content["policies"], start=1):
        albanian, more = content["policies_sq"][place - 1], content["policies_more"][place - 1]
        yield Annexed(plan=plan, kind="policy", position=place, text_en=text, text_sq=albanian, **_source(more))
    for place, row in enumerate(content["coordination_bodies"], start=1):
        texts = {
            "title_en": row["name"],
            "title_sq": row["name_sq"],
            "text_en": row["tasks"],
            "text_sq": row["tasks_sq"],
        }
        members = {"members_en": row["members"], "members_sq": row["members_sq"], "level": row["level"]}
        yield Annexed(plan=plan, kind="body", position=place, code=row["code"], **texts, **members, **_source(row))
    for place, row in enumerate(content["definitions"], start=1):
        texts = {"title_en": row["term"], "title_sq": row["term_sq"], "text_en": row["text"], "text_sq": row["text_sq"]}
        basis = row["legal_basis"]
        yield Annexed(
            plan=plan, kind="definition", position=place, code=row["code"], **texts, basis=basis, **_source(row)
        )
    place = 0
    for abbreviation, meanings in content["glossary"].items():
        for meaning, albanian in zip(meanings, content["glossary_sq"][abbreviation], strict=True):
            place += 1
            yield Annexed(
                plan=plan, kind="abbreviation", position=place, code=abbreviation, title_en=meaning, title_sq=albanian
            )


__all__ = ["all_objectives", "spread"]
