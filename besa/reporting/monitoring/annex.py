"""The annexes: all activities with their status, how figures are counted, and the sheets of the Excel edition."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from besa.lib.document.blocks import Annex, Block, Bullets, Cell, Column, Heading, Sheet, Table
from besa.plan.models import Activity
from besa.reporting.figures import REPORTED_STATES, RoundFigures
from besa.reporting.monitoring.words import key_of, reported_status, short, status_cell, status_labels


def annexes(figures: RoundFigures, leads: dict[int, str]) -> tuple[Annex, ...]:
    return (
        Annex(_("All activities and their status"), (_all_activities(figures, leads),)),
        Annex(_("Data and definitions"), (*_definitions(), *_sheets(figures, leads))),
    )


def _all_activities(figures: RoundFigures, leads: dict[int, str]) -> Table:
    columns = (
        Column(_("No."), weight=2),
        Column(_("Activity"), weight=7),
        Column(_("Lead"), weight=3),
        Column(_("Due"), "date", weight=2),
        Column(_("Status"), "status", weight=2),
    )
    rows = tuple(
        (
            activity.identifier,
            short(activity.text, 240),
            leads.get(activity.pk),
            activity.due_on or (_("recurring") if activity.is_recurrent else _("ongoing")),
            status_cell(reported_status(figures, activity)),
        )
        for activity in figures.activities
    )
    return Table(_("All activities of the plan"), columns, rows, landscape=True)


def _definitions() -> Iterable[Block]:
    yield Heading(2, _("How the figures are counted"))
    yield Bullets.of(
        _(
            "The status of an activity is the one that its lead institution reported in a submitted return; a draft does not count."
        ),
        _("An activity without a submitted entry of its lead is “not reported”; it is in no percentage."),
        _("Percentages are shares of the activities reported on."),
        _("A return is late by the days between the due date and its first submission, or today where there is none."),
        _(
            "Spending adds up the amounts stated, by source and currency, without conversion; an empty amount is not zero."
        ),
    )


def _sheets(figures: RoundFigures, leads: dict[int, str]) -> Iterable[Block]:
    text = [
        _("Number"),
        _("Component"),
        _("Objective"),
        _("Activity"),
        _("Lead"),
        _("Status"),
        _("What was done"),
        _("Outputs"),
    ]
    text += [_("Obstacle"), _("Way forward"), _("Plan for the next half-year")]
    columns = (
        *(Column(title) for title in text),
        Column(_("Due"), "date"),
        Column(_("Spent"), "number"),
        Column(_("Currency")),
    )
    yield Sheet(_("Entries"), columns, tuple(_entry_row(figures, activity, leads) for activity in figures.activities))
    labels = status_labels()
    changes = tuple(
        (change.activity.identifier, labels[key_of(change.before)], labels[key_of(change.after)])
        for change in figures.changes
    )
    yield Sheet(_("Changes"), (Column(_("Number")), Column(_("Before")), Column(_("Now"))), changes)


def _entry_row(figures: RoundFigures, activity: Activity, leads: dict[int, str]) -> tuple[Cell, ...]:
    entry = figures.entries.get(activity.pk)
    is_reported = entry is not None and entry.to.state in REPORTED_STATES
    said: tuple[Cell, ...] = (None,) * 5
    if entry is not None and is_reported:
        obstacle = f"{entry.get_obstacle_type_display()}: {entry.obstacle}" if entry.obstacle_type else None
        said = (entry.done or None, entry.outputs or None, obstacle, entry.way_forward or None, entry.next_plan or None)
    return (
        activity.identifier,
        activity.objective.aim.component.code,
        activity.objective.code,
        activity.text,
        leads.get(activity.pk),
        status_labels()[key_of(reported_status(figures, activity))],
        *said,
        activity.due_on,
        entry.spent if entry is not None and is_reported else None,
        entry.currency or None if entry is not None and is_reported else None,
    )
