"""The monitoring report of a quarter for the State Committee (strategy, chapter V): built once, as a document of blocks.

Figures come from `figures.round_figures` alone, so that report and dashboard agree; text is in the report's language.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override

from besa.lib import charts
from besa.lib.document.blocks import (
    Block,
    Bullets,
    Callout,
    Cell,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Language,
    Paragraph,
    Row,
    Table,
    bold,
    text_of,
)
from besa.plan.models import Duty
from besa.reporting.figures import NOT_REPORTED, REPORTED_STATES, Discipline, Group, RoundFigures, StatusCounts
from besa.reporting.models import Entry, Return, Round
from besa.reporting.monitoring.annex import annexes
from besa.reporting.monitoring.words import UNREPORTED, key_of, short, status_cell, status_labels

Requests = Sequence[dict[str, str]]


def build(round: Round, figures: RoundFigures, language: Language, requests: Requests) -> Document:
    """The whole report. `requests` are the decisions asked of the committee, each with `en` and `sq`."""
    with override(language):
        leads = _leads(round)
        return Document(
            title=_("Monitoring report on the implementation of the action plan"),
            subtitle=f"{round.plan.title}, {round.as_period.label}",
            organisation=_("Office of the National Coordinator on Combating Trafficking in Persons"),
            reference=f"{round.plan.code} · {round.period}",
            language=language,
            dated_on=figures.today,
            blocks=(
                *_summary(figures, language),
                *_progress(figures, language),
                *_completed(figures, leads),
                *_trouble(figures, leads),
                *_reporting(figures),
                *_money(figures),
                *_ahead(figures, leads),
                *_asked(requests, language),
            ),
            annexes=annexes(figures, leads),
        )


def proposals(round: Round, figures: RoundFigures) -> list[dict[str, str]]:
    """Decisions that the figures suggest asking for, in both languages; the Office edits them before the meeting."""
    both = []
    for language in ("en", "sq"):
        with override(language):
            both.append(_proposals(figures, _leads(round)))
    return [{"en": en, "sq": sq} for en, sq in zip(*both, strict=True)]


def _proposals(figures: RoundFigures, leads: dict[int, str]) -> list[str]:
    asked = []
    missing = [line.agency.name for line in figures.agencies if line.state not in REPORTED_STATES]
    if missing:
        asked.append(
            ngettext(
                "To ask %(agencies)s for the return that is still missing, within ten days.",
                "To ask the following institutions for the returns that are still missing, within ten days: %(agencies)s.",
                len(missing),
            )
            % {"agencies": ", ".join(missing)}
        )
    for activity, entry in figures.with_status("constrained")[:6]:
        reason = entry.get_obstacle_type_display() if entry and entry.obstacle_type else _("reason not stated")
        asked.append(
            _("To decide how activity %(code)s (%(agency)s) goes on; it is constrained: %(reason)s.")
            % {"code": activity.identifier, "agency": leads.get(activity.pk, "–"), "reason": reason}
        )
    delayed = figures.status["delayed"]
    if delayed:
        asked.append(
            ngettext(
                "To ask the lead institution of the one delayed activity for a new date, before the next meeting.",
                "To ask the lead institutions of the %(count)s delayed activities for new dates, before the next meeting.",
                delayed,
            )
            % {"count": delayed}
        )
    return asked


def _leads(round: Round) -> dict[int, str]:
    duties = (
        Duty.objects.filter(activity__plan=round.plan_id, is_lead=True).select_related("agency").order_by("-position")
    )
    return {duty.activity_id: duty.agency.name for duty in duties}


def _share(value: Decimal | None) -> str:
    return _("not reported") if value is None else f"{value:.0f} %"


def _summary(figures: RoundFigures, language: Language) -> Iterable[Block]:
    status = figures.status
    agencies = len(figures.agencies)
    late = [line for line in figures.agencies if line.days_late]
    yield Heading(1, _("Summary"))
    yield Paragraph.of(_opening(figures))
    yield Figures(
        (
            Figure(_share(status.share("completed")), _("completed"), _of(status, "completed")),
            Figure(
                _share(status.share("on_track", "not_due")),
                _("on track or not due"),
                _of(status, "on_track", "not_due"),
            ),
            Figure(
                _share(status.share("delayed", "constrained")),
                _("delayed or constrained"),
                _of(status, "delayed", "constrained"),
            ),
            Figure(
                f"{figures.submitted} / {agencies}",
                _("institutions have reported"),
                ngettext("%(count)s late", "%(count)s late", len(late)) % {"count": len(late)},
            ),
        )
    )
    yield _component_chart(figures.components, language)
    if len(figures.development) > 1:
        yield _development_chart(figures, language)
    yield from _changed(figures)


def _of(status: StatusCounts, *wanted: str) -> str:
    return _("%(count)s of %(total)s reported") % {
        "count": sum(status[key] for key in wanted),
        "total": status.reported,
    }


def _opening(figures: RoundFigures) -> str:
    status = figures.status
    text = _(
        "In the %(period)s, %(submitted)s of %(agencies)s institutions reported on %(reported)s of the %(total)s activities "
        "of the action plan."
    ) % {
        "period": figures.round.as_period.label,
        "submitted": figures.submitted,
        "agencies": len(figures.agencies),
        "reported": status.reported,
        "total": status.total,
    }
    worse = sum(change.kind == "worse" for change in figures.changes)
    better = sum(change.kind == "better" for change in figures.changes)
    if figures.previous and (worse or better):
        text += " " + _(
            "Since the round before, the status of %(better)s activities improved and that of %(worse)s worsened."
        ) % {
            "better": better,
            "worse": worse,
        }
    return text


def _counts_table(caption: str, heading: str, groups: Sequence[Group]) -> Table:
    """Statuses by group; a status that no activity has gets no column."""
    labels = {
        key: label for key, label in status_labels().items() if any(_count(group.status, key) for group in groups)
    }
    columns = (
        Column(heading, weight=9),
        *(Column(label[:1].upper() + label[1:], "number", weight=2) for label in labels.values()),
        Column(_("Total"), "number", weight=2),
    )
    rows: list[Row] = [
        (f"{group.code} {short(group.title, 130)}", *(_count(group.status, key) for key in labels), group.status.total)
        for group in groups
    ]
    total = [sum(_count(group.status, key) for group in groups) for key in labels]
    rows.append((_("Total"), *total, sum(total)))
    return Table(caption, columns, tuple(rows), has_total=True)


def _count(status: StatusCounts, key: str) -> int:
    return status[NOT_REPORTED if key == UNREPORTED else key]


def _component_chart(groups: Sequence[Group], language: Language) -> Chart:
    labels = status_labels()
    counts = [
        charts.Count(
            f"{group.code} {group.title.title() if group.title.isupper() else group.title}",
            key,
            _count(group.status, key),
        )
        for group in groups
        for key in labels
        if _count(group.status, key)
    ]
    caption = _("Activities by component and status")
    sentences = [
        _("%(name)s: %(done)s completed, %(trouble)s delayed or constrained, of %(total)s.")
        % {
            "name": group.title,
            "done": group.status["completed"],
            "trouble": group.status["delayed"] + group.status["constrained"],
            "total": group.status.total,
        }
        for group in groups
    ]
    return Chart(
        caption,
        " ".join(sentences),
        charts.status_bars(counts, labels, axis=_("Activities"), language=language),
        _counts_table(caption, _("Component"), groups),
    )


def _development_chart(figures: RoundFigures, language: Language) -> Chart:
    series = {
        _("completed"): ("completed",),
        _("on track or not due"): ("on_track", "not_due"),
        _("delayed or constrained"): ("delayed", "constrained"),
    }
    points = [
        charts.Point(period, name, sum(counts[key] for key in keys) if counts.reported else None)
        for name, keys in series.items()
        for period, counts in figures.development
    ]
    rows: list[Row] = [
        (
            period,
            *(sum(counts[key] for key in keys) if counts.reported else None for keys in series.values()),
            counts.reported,
        )
        for period, counts in figures.development
    ]
    caption = _("Development over the rounds")
    columns = (Column(_("Round")), *(Column(name, "number") for name in series), Column(_("Reported on"), "number"))
    alt = _("Activities completed in each round: %(list)s.") % {
        "list": ", ".join(f"{period} {counts['completed']}" for period, counts in figures.development)
    }
    return Chart(
        caption,
        alt,
        charts.lines(points, axis=_("Activities"), language=language),
        Table(caption, columns, tuple(rows)),
    )


def _changed(figures: RoundFigures) -> Iterable[Block]:
    changed = [change for change in figures.changes if change.kind in ("worse", "better")]
    if not changed:
        return
    yield Heading(2, _("What changed since the round before"))
    labels = status_labels()
    items = [
        text_of(
            bold(change.activity.identifier),
            f" {short(change.activity.text)}: {labels[key_of(change.before)]} → ",
            bold(labels[key_of(change.after)]),
        )
        for change in changed[:25]
    ]
    yield Bullets(tuple(items))
    if len(changed) > len(items):
        yield Paragraph.of(_("And %(count)s more, listed in the data annex.") % {"count": len(changed) - len(items)})


def _progress(figures: RoundFigures, language: Language) -> Iterable[Block]:
    yield Heading(1, _("Progress by component and objective"))
    for component in figures.components:
        groups = [group for group in figures.objectives if group.code.split(".")[0] == component.code]
        yield Heading(2, f"{component.code}. {component.title}")
        yield Paragraph.of(_sentence(component.status))
        yield _counts_table(
            _("Component %(code)s: activities by objective and status") % {"code": component.code},
            _("Objective"),
            groups,
        )


def _sentence(status: StatusCounts) -> str:
    if not status.reported:
        return _("Nothing has been reported on the %(total)s activities of this component.") % {"total": status.total}
    text = _(
        "Of %(total)s activities, %(reported)s were reported on: %(done)s completed and %(track)s on track or not due."
    ) % {
        "total": status.total,
        "reported": status.reported,
        "done": status["completed"],
        "track": status["on_track"] + status["not_due"],
    }
    trouble = status["delayed"] + status["constrained"]
    if trouble:
        text += " " + ngettext(
            "%(count)s activity is delayed or constrained.", "%(count)s activities are delayed or constrained.", trouble
        ) % {"count": trouble}
    return text


def _completed(figures: RoundFigures, leads: dict[int, str]) -> Iterable[Block]:
    yield Heading(1, _("Completed in this quarter"))
    fresh = {change.activity.pk for change in figures.changes if change.after == "completed"}
    rows = [
        (
            activity.identifier,
            short(activity.text),
            leads.get(activity.pk),
            entry.outputs or entry.done if entry else None,
        )
        for activity, entry in figures.with_status("completed")
        if activity.pk in fresh
    ]
    if not rows:
        yield Paragraph.of(_("No activity was newly reported as completed."))
        return
    columns = (
        Column(_("No."), weight=2),
        Column(_("Activity"), weight=4),
        Column(_("Lead"), weight=2),
        Column(_("Outputs"), weight=4),
    )
    yield Table(_("Activities newly reported as completed"), columns, tuple(rows))


def _trouble(figures: RoundFigures, leads: dict[int, str]) -> Iterable[Block]:
    yield Heading(1, _("Delayed and constrained activities"))
    rows = figures.with_status("delayed", "constrained")
    if not rows:
        yield Paragraph.of(_("No institution reported a delay or a constraint."))
        return
    if figures.obstacles:
        names = dict(Entry.Obstacle.choices)
        listed = ", ".join(f"{names[key]} ({count})" for key, count in figures.obstacles.most_common())
        yield Paragraph.of(_("Obstacles named: %(list)s.") % {"list": listed})
    columns = (
        Column(_("No."), weight=2),
        Column(_("Activity"), weight=4),
        Column(_("Lead"), weight=2),
        Column(_("Status"), "status", weight=2),
        Column(_("Obstacle"), weight=3),
        Column(_("Way forward"), weight=3),
    )
    cells = tuple(
        (
            activity.identifier,
            short(activity.text),
            leads.get(activity.pk),
            status_cell(entry.status if entry else NOT_REPORTED),
            f"{entry.get_obstacle_type_display()}: {entry.obstacle}" if entry and entry.obstacle_type else None,
            entry.way_forward if entry else None,
        )
        for activity, entry in rows
    )
    yield Table(_("Delayed and constrained activities with obstacles and way forward"), columns, cells, landscape=True)


def _reporting(figures: RoundFigures) -> Iterable[Block]:
    yield Heading(1, _("Reporting discipline"))
    yield Paragraph.of(
        _("Returns were due on %(day)s. %(submitted)s of %(total)s institutions have submitted theirs.")
        % {
            "day": _day(figures),
            "submitted": figures.submitted,
            "total": len(figures.agencies),
        }
    )
    columns = (
        Column(_("Institution"), weight=7),
        Column(_("State of the return"), weight=3),
        Column(_("Submitted"), "date", weight=3),
        Column(_("Days late"), "number", weight=2),
        Column(_("Reminders"), "number", weight=2),
        Column(_("Leads"), "number", weight=2),
        Column(_("Contributes to"), "number", weight=2),
    )
    ordered = sorted(
        figures.agencies, key=lambda line: (line.state in REPORTED_STATES, -line.days_late, line.agency.name)
    )
    yield Table(_("Returns by institution"), columns, tuple(_discipline_row(line) for line in ordered))


def _day(figures: RoundFigures) -> str:
    return figures.round.due_on.strftime("%d.%m.%Y")


def _discipline_row(line: Discipline) -> tuple[Cell, ...]:
    words = dict(Return.State.choices)
    submitted: Cell = line.submitted_on if line.submitted_on else _("not submitted")
    return (
        line.agency.name,
        str(words[Return.State(line.state)]),
        submitted,
        line.days_late,
        line.reminders,
        line.leads,
        line.contributes,
    )


def _money(figures: RoundFigures) -> Iterable[Block]:
    spending = figures.spending
    yield Heading(1, _("Spending reported"))
    yield Paragraph.of(
        _(
            "Amounts were stated for %(stated)s entries; for %(silent)s nothing was stated, which does not mean that nothing was spent."
        )
        % {"stated": spending.stated, "silent": spending.silent}
    )
    if spending.amounts:
        names = dict(Entry.MoneySource.choices)
        columns = (
            Column(_("Source of the money"), weight=3),
            Column(_("Currency")),
            Column(_("Amount"), "number", weight=2),
        )
        rows = tuple(
            (str(names.get(Entry.MoneySource(source)) if source else _("source not stated")), currency, amount)
            for (source, currency), amount in spending.amounts.items()
        )
        yield Table(_("Spending by source"), columns, rows)


def _ahead(figures: RoundFigures, leads: dict[int, str]) -> Iterable[Block]:
    yield Heading(1, _("Plan for the next half-year"))
    planned = [
        (activity, entry)
        for activity in figures.activities
        if (entry := figures.entries.get(activity.pk)) and entry.next_plan and entry.to.state in REPORTED_STATES
    ]
    if not planned:
        yield Paragraph.of(_("No institution has stated a plan for the next half-year."))
        return
    dated = sorted((pair for pair in planned if pair[1].next_due_on), key=lambda pair: str(pair[1].next_due_on))[:40]
    yield Paragraph.of(
        _("Institutions stated plans for %(count)s activities. The next that bear a date:") % {"count": len(planned)}
    )
    columns = (
        Column(_("By"), "date", weight=2),
        Column(_("No."), weight=2),
        Column(_("What is planned"), weight=6),
        Column(_("Lead"), weight=3),
    )
    rows = tuple(
        (entry.next_due_on, activity.identifier, short(entry.next_plan, 220), leads.get(activity.pk))
        for activity, entry in dated
    )
    yield Table(_("Work planned for the next half-year"), columns, rows)


def _asked(requests: Requests, language: Language) -> Iterable[Block]:
    yield Heading(1, _("Decisions asked of the Committee"))
    if not requests:
        yield Paragraph.of(_("No decision is asked for."))
    other = "en" if language == "sq" else "sq"
    for number, request in enumerate(requests, 1):
        yield Callout("decision", _("Decision %(number)s") % {"number": number}, request[language] or request[other])
