"""One rich document in either language, with every kind of block, for the tests of the renderers."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from besa.lib import charts
from besa.lib.document.blocks import (
    Annex,
    Block,
    Bullets,
    Callout,
    Chart,
    Column,
    Document,
    Figure,
    Figures,
    Heading,
    Language,
    PageBreak,
    Paragraph,
    Row,
    Sheet,
    Status,
    Table,
    bold,
    italic,
    text_of,
)

LABELS = {
    "en": {"completed": "completed", "on_track": "on track", "delayed": "delayed", "not_reported": "not reported"},
    "sq": {
        "completed": "e përfunduar",
        "on_track": "sipas planit",
        "delayed": "me vonesë",
        "not_reported": "pa raportuar",
    },
}
TITLES = {"en": "Progress report, second quarter of 2009", "sq": "Raport për tremujorin e dytë të vitit 2009"}
NASTY = '<script>alert(1)</script> #let x = 1 $y$ @ref *no* _no_ \\ "quoted"'
QUARTERS = ("2008Q3", "2008Q4", "2009Q1", "2009Q2")
SQUARE = [[19.0, 41.0], [20.0, 41.0], [20.0, 42.0], [19.0, 42.0], [19.0, 41.0]]
SHAPES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "properties": {"code": code},
            "geometry": {"type": "Polygon", "coordinates": [[[lon + shift, lat] for lon, lat in SQUARE]]},
        }
        for shift, code in enumerate(("AL-01", "AL-02"))
    ],
}


def status_chart(language: Language) -> dict[str, object]:
    labels = LABELS[language]
    counts = [
        charts.Count(group, key, 3 + place) for group in ("Ndjekja", "Mbështetja") for place, key in enumerate(labels)
    ]
    return charts.status_bars(counts, labels, axis="Activities", language=language)


def line_chart(language: Language) -> dict[str, object]:
    points = [
        charts.Point(quarter, "Victims", value) for quarter, value in zip(QUARTERS, (12, None, 22, 30), strict=True)
    ]
    return charts.lines(points, axis="Number", language=language)


def timeline_chart(language: Language) -> dict[str, object]:
    spans = [charts.Span("Train border police", date(2008, 9, 1), date(2009, 6, 30), "completed")]
    return charts.timeline(spans, LABELS[language], language=language, today=date(2009, 7, 6), today_label="today")


def map_chart(language: Language) -> dict[str, object]:
    values, names = {"AL-01": 1234, "AL-02": None}, {"AL-01": "Berat", "AL-02": "Dibër"}
    return charts.regions(
        SHAPES, values, key="code", names=names, title="Victims", missing="not reported", language=language
    )


def _wide(language: Language, rows: int) -> Table:
    labels = LABELS[language]
    keys = list(labels)
    columns = (
        Column("No.", weight=2),
        Column("Activity", weight=7),
        Column("Due", kind="date", weight=2),
        Column("Status", kind="status", weight=3),
        Column("Spent", kind="number", weight=2),
        Column("What was done", weight=8),
    )
    made: list[Row] = []
    for number in range(rows):
        key = keys[number % len(keys)]
        due = date(2009, 1 + number % 12, 1 + number % 28) if number % 7 else None
        spent = Decimal(number * 1234) / 100 if number % 5 else "not reported"
        words = "Trained officers of the border police in identifying victims and in the standard procedures. " * (
            1 + number % 2
        )
        made.append(
            (
                f"1.{number}",
                f"Activity {number} on the procedures for referral",
                due,
                Status(key, labels[key]),
                spent,
                words,
            )
        )
    return Table("Every activity in the quarter", columns, tuple(made), source="Returns, round 2009Q2", landscape=True)


def _summary(language: Language) -> tuple[Block, ...]:
    return (
        Heading(1, "Summary"),
        Paragraph.of(
            "Institutions reported on ", bold("142 of 178"), " activities of the ", italic("National Strategy"), "."
        ),
        Figures(
            (Figure(17800, "activities"), Figure(61, "completed", "of 87 due"), Figure("not reported", "money spent"))
        ),
        Callout("decision", "For the Committee", "Move activity 2.3.1 to 2010?\n\nWithout a decision it lapses."),
        Heading(2, "Changes"),
        Bullets.of("ë ç é Ë Ç, Ελλάδα, Tiranë", text_of("The hotline ", bold("116 006"), " works.")),
        Chart("Activities by objective", "Stacked bars: most are delayed.", status_chart(language)),
    )


def _tables(language: Language, rows: int) -> tuple[Block, ...]:
    by_quarter = Table(
        "Victims by quarter",
        (Column("Series", weight=3), *(Column(quarter, kind="number") for quarter in QUARTERS)),
        (("Victims", 12, "not reported", 22, 30), ("Referrals", 0, None, 29, 40)),
        source="Referral mechanism",
    )
    totals = Table(
        "Activities by institution",
        (Column("Institution", weight=3), Column("All", kind="number"), Column("Money", kind="number")),
        (("Ministry of Interior", 1234, Decimal("1234567.50")), ("Total", 1234, Decimal("1234567.50"))),
        has_total=True,
    )
    wide = _wide(language, rows)
    return (
        Heading(1, "Figures"),
        totals,
        Heading(2, "Over time"),
        Chart("Victims over time", "A line that rises from 12 to 30.", line_chart(language), by_quarter),
        Heading(3, "In time"),
        Chart("Activities in time", "One bar.", timeline_chart(language)),
        PageBreak(),
        Chart("Victims by county", "A map of two counties.", map_chart(language)),
        Heading(1, "All activities"),
        wide,
        Paragraph.of(NASTY),
        Callout("warning", "", "One paragraph without a title."),
        Sheet("Every activity / data", wide.columns, wide.rows),
    )


def sample(language: Language = "en", rows: int = 40) -> Document:
    formulas = tuple((text, text) for text in ("=SUM(A1)", "+1", "-1", "@cmd", "https://example.org"))
    annexes = (
        Annex("Method", (Paragraph.of("As institutions say."), Callout("info", "Note", "Not checked."))),
        Annex("Abbreviations", (Table("Abbreviations", (Column("Short"), Column("Long", weight=4)), formulas),)),
    )
    return Document(
        title=TITLES[language],
        subtitle="Draft for the Committee",
        language=language,
        dated_on=date(2009, 7, 6),
        author="National Coordinator",
        organisation="Ministry of Interior",
        reference="NC/2009/Q2",
        blocks=(*_summary(language), *_tables(language, rows)),
        annexes=annexes,
    )
