"""What a plan holds, as one table of tables: its levels, their fields, which of them are asked for.

The same declaration checks a file, orders its keys, makes the columns of the workbook and the words of its instructions. The
content of a plan (`PlanVersion.content`, what `export_plan --format json` writes) is a plain document of this shape:

    {"plan": {…}, "components": [{…, "aims": [{…, "objectives": [{…, "activities": [{…}]}]}]}], "legal_framework": [{…}],
     "policies": [str], "policies_sq": [str], "policies_more": [{…}], "coordination_bodies": [{…}], "definitions": [{…}],
     "glossary": {abbreviation: [meaning]}, "glossary_sq": {abbreviation: [meaning]}, "agencies": [{…}]}
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Content = dict[str, Any]
Row = dict[str, Any]

TEXT, TEXTS, NUMBER, DAY, LINES, TIMES, YES = "text", "texts", "number", "day", "lines", "times", "yes"


@dataclass(frozen=True)
class Field:
    """A key of a row, and a column of the workbook. `translated` adds the key with the ending `_sq`."""

    key: str
    kind: str = TEXT
    is_required: bool = False
    translated: bool = False
    choices: tuple[str, ...] = ()
    max_length: int = 20000
    help: str = ""

    @property
    def is_list(self) -> bool:
        return self.kind in (TEXTS, TIMES)

    @property
    def empty(self) -> Any:
        """The value of a field that is not filled in."""
        return {TEXTS: [], TIMES: [], TEXT: "", YES: False}.get(self.kind)


@dataclass(frozen=True)
class Level:
    """A kind of row. `key` names the list in which a document keeps it, `sheet` the sheet; `above` the level that it belongs to."""

    key: str
    sheet: str
    fields: tuple[Field, ...]
    identity: str = ""
    above: str = ""

    @property
    def all_fields(self) -> Iterator[Field]:
        """The fields with those of the translation after each."""
        for field in self.fields:
            yield field
            if field.translated:
                yield Field(f"{field.key}_sq", field.kind, max_length=field.max_length, help=f"{field.help} (Albanian)")

    def field(self, key: str) -> Field | None:
        return next((field for field in self.all_fields if field.key == key), None)


_SOURCE = Field("source_lines", LINES, help="first and last line of the source text, such as 868-905")
_NOTE = Field("note", help="what is odd in the print or in the reading")
_FOOTNOTES = Field("footnotes", TEXTS, help="footnotes as printed, with their number")
_TITLE = Field("title", is_required=True, translated=True, help="title")
_PRINTED = Field("printed_code", max_length=40, help="number as printed, if it differs from the code")
_HEADING = (
    Field("code", is_required=True, max_length=40, help="code, unique in the plan"),
    _PRINTED,
    _TITLE,
    Field("indicators", TEXTS, translated=True, help="indicators, one a line"),
    Field("targets", TEXTS, translated=True, help="targets, one a line"),
    _FOOTNOTES,
    _SOURCE,
    Field("label_torn", YES, help="yes if the source prints the labels of this head torn or combined"),
    _NOTE,
)

PLAN = Level(
    "plan",
    "Plan",
    (
        Field("code", is_required=True, max_length=40, help="code of the plan, such as ALB-2008-2010"),
        Field("title", is_required=True, translated=True, max_length=300, help="title"),
        Field("country", max_length=3, help="ISO 3166 code of the country, three letters"),
        Field("period_start", DAY, is_required=True, help="first day, as 2008-01-01"),
        Field("period_end", DAY, is_required=True, help="last day, as 2010-12-31"),
        Field("version", NUMBER, help="1 for a new plan"),
        Field("endorsed_by", max_length=40, help="code of the body that endorsed it"),
        Field("endorsed_on", DAY, help="day of the endorsement"),
        Field("endorsed", translated=True, help="how it was endorsed"),
        _NOTE,
    ),
    "code",
)
COMPONENT = Level(
    "components",
    "Components",
    (Field("code", is_required=True, max_length=40, help="code, such as I"), _PRINTED, _TITLE, _SOURCE, _NOTE),
    "code",
)
AIM = Level("aims", "Aims", _HEADING, "code", "components")
OBJECTIVE = Level("objectives", "Objectives", _HEADING, "code", "aims")
ACTIVITY = Level(
    "activities",
    "Activities",
    (
        Field("id", is_required=True, max_length=60, help="identifier, unique in the plan, such as I.1.(a).1"),
        Field("code", max_length=40, help="number without the component; taken from the identifier if empty"),
        _PRINTED,
        Field("parent", max_length=60, help="identifier of the activity that this is a part of"),
        Field("text", is_required=True, translated=True, help="what is done"),
        Field("responsible", TEXTS, is_required=True, max_length=300, help="responsible agencies, the lead first, one a line"),
        Field("agencies", TEXTS, max_length=40, help="their codes; taken from the names if empty"),
        Field("timeline", TIMES, max_length=200, help="when, one entry a line: Mid 2009, Ongoing, quarterly, 2009-06-30"),
        Field("outputs", TEXTS, translated=True, help="output indicators, one a line"),
        Field("targets", TEXTS, translated=True, help="targets, one a line"),
        Field("resources", TEXTS, max_length=300, help="sources of money and means, one a line"),
        Field("see_also", TEXTS, max_length=60, help="identifiers or codes that the row refers to, one a line"),
        _FOOTNOTES,
        _SOURCE,
        Field("mark", choices=("restored", "uncertain"), help="reading of a broken source"),
        _NOTE,
    ),
    "id",
    "objectives",
)  # fmt: skip
LAW = Level(
    "legal_framework",
    "Legal framework",
    (
        Field("kind", is_required=True, choices=("primary_legislation", "secondary_legislation"), help="kind of act"),
        Field("number", max_length=60, help="number of the act"),
        Field("text", is_required=True, translated=True, help="the act as the strategy names it"),
        _FOOTNOTES,
        _SOURCE,
        _NOTE,
    ),
)
POLICY = Level(
    "policies",
    "Policies",
    (Field("text", is_required=True, translated=True, help="strategic policy"), _FOOTNOTES, _SOURCE, _NOTE),
)
BODY = Level(
    "coordination_bodies",
    "Bodies",
    (
        Field("code", max_length=60, help="code of the body in the directory"),
        Field("name", is_required=True, translated=True, help="name"),
        Field("level", is_required=True, choices=("national", "regional", "local"), help="level"),
        Field("tasks", translated=True, help="tasks"),
        Field("members", translated=True, help="members"),
        _FOOTNOTES,
        _SOURCE,
        _NOTE,
    ),
)
DEFINITION = Level(
    "definitions",
    "Definitions",
    (
        Field("code", is_required=True, max_length=60, help="code, unique"),
        Field("term", is_required=True, translated=True, help="term"),
        Field("text", is_required=True, translated=True, help="definition"),
        Field("legal_basis", help="legal basis"),
        _FOOTNOTES,
        _SOURCE,
        _NOTE,
    ),
    "code",
)
ABBREVIATION = Level(
    "glossary",
    "Glossary",
    (
        Field("abbreviation", is_required=True, max_length=60, help="abbreviation; on several rows if it has several meanings"),
        Field("meaning", is_required=True, translated=True, help="meaning"),
    ),
)  # fmt: skip
AGENCY = Level(
    "agencies",
    "Agencies",
    (
        Field("code", is_required=True, max_length=40, help="code"),
        Field("name", is_required=True, translated=True, max_length=200, help="name"),
        Field("kind", max_length=30, help="kind, such as ministry, police, ngo, donor"),
        Field("parent", max_length=40, help="code of the agency that it belongs to"),
        Field("is_group", YES, help="yes if it stands for several organisations"),
        Field("printed", TEXTS, max_length=300, help="how the plan prints its name, one a line"),
    ),
    "code",
)

TREE = (COMPONENT, AIM, OBJECTIVE, ACTIVITY)
ANNEXES = (LAW, POLICY, BODY, DEFINITION, ABBREVIATION, AGENCY)
LEVELS: dict[str, Level] = {level.key: level for level in (PLAN, *TREE, *ANNEXES)}

# Keys of an activity whose letters come from the source; the translation has a file of its own.
TRANSLATED: dict[str, tuple[str, ...]] = {
    level.key: tuple(field.key for field in level.fields if field.translated) for level in TREE
}


def default_code(identifier: str, component: str) -> str:
    """The number of an activity in its component: `3.(a).1.3` of `IV.3.(a).1.3#2` in component IV."""
    return identifier.split("#")[0].removeprefix(f"{component}.")


def activities(content: Content) -> Iterator[tuple[Row, Row]]:
    """All activities in printed order, each after its objective."""
    for _, _, objective in objectives(content):
        for activity in objective["activities"]:
            yield objective, activity


def objectives(content: Content) -> Iterator[tuple[Row, Row, Row]]:
    """Component, aim, objective, in printed order."""
    for component in content["components"]:
        for aim in component["aims"]:
            for objective in aim["objectives"]:
                yield component, aim, objective
