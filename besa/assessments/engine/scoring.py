"""From answers to a score, by methods that have names. A score keeps what led to it: the score explains, a person decides.

Only answers to questions that are shown count, whatever their order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from besa.assessments.engine.answering import pruned, shown
from besa.assessments.engine.conditions import Answer, Answers, holds, supporting
from besa.assessments.engine.definition import (
    STRENGTHS,
    UNKNOWN,
    URGENCIES,
    Definition,
    Level,
    Needed,
    Question,
)

# ILO operational indicators (Delphi survey, 2009): a dimension is positive with one of these sets of signs.
DELPHI_RULE = (Needed(strong=2), Needed(strong=1, weak=1), Needed(medium=3), Needed(medium=2, weak=1))


@dataclass(frozen=True)
class Group:
    """Answers that were weighed together: a dimension, the signs of one strength, a section of a test, a service that is needed.

    `is_reached` says that the dimension is positive. `value` of `most` are points or right answers; `label` is the strength or urgency.
    """

    id: str
    questions: tuple[str, ...] = ()
    is_reached: bool = False
    label: str = ""
    value: int = 0
    most: int = 0


@dataclass(frozen=True)
class Outcome:
    """What the answers come to. `level` is the code of a level of the scoring, empty where the method has none.

    `raised_by` names the questions whose answers alone reach the level. Of `shown` questions `answered` were answered, `unknown`
    among them with “not known”: the more of these, the less a low score says.
    """

    method: str
    level: str = ""
    groups: tuple[Group, ...] = ()
    raised_by: tuple[str, ...] = ()
    points: int = 0
    most: int = 0
    answered: int = 0
    shown: int = 0
    unknown: tuple[str, ...] = ()

    @property
    def share(self) -> int:
        """Points in per cent of what could be reached, rounded down so that a mark is reached only when it is."""
        return self.points * 100 // self.most if self.most else 0

    @property
    def reached(self) -> frozenset[str]:
        """The groups that are positive."""
        return frozenset(group.id for group in self.groups if group.is_reached)


def as_json(outcome: Outcome) -> dict[str, Any]:
    return asdict(outcome)


def from_json(data: dict[str, Any]) -> Outcome:
    """What `as_json` gave, after it was written as text and read again."""
    groups = tuple(Group(**it | {"questions": tuple(it["questions"])}) for it in data["groups"])
    lists = {name: tuple(data[name]) for name in ("raised_by", "unknown")}
    return Outcome(**data | lists | {"groups": groups})


@dataclass(frozen=True)
class _Asked:
    """A questionnaire with the answers that count."""

    definition: Definition
    shown: tuple[Question, ...]
    answers: dict[str, Answer]


def score(definition: Definition, answers: Answers) -> Outcome:
    """The outcome of the answers by the method that the questionnaire names."""
    asked = _Asked(definition, tuple(shown(definition, answers)), pruned(definition, answers))
    found = METHODS[definition.scoring.method](asked)
    unknown = tuple(question.id for question in asked.shown if asked.answers.get(question.id) == UNKNOWN)
    return replace(found, answered=len(asked.answers), shown=len(asked.shown), unknown=unknown)


# --- signs


def is_sign(question: Question, answers: Answers) -> bool:
    """Whether the answer makes the sign that the question looks for."""
    answer = answers.get(question.id)
    return not set(question.counts).isdisjoint(answer if isinstance(answer, list) else [answer])


def is_positive(strong: int, medium: int, weak: int, rule: Iterable[Needed] = DELPHI_RULE) -> bool:
    """Whether so many signs of each strength make a dimension positive."""
    return any(needed.is_met(strong, medium, weak) for needed in rule)


def _signs(questions: Iterable[Question], answers: Answers) -> dict[str, tuple[str, ...]]:
    """The signs that were found, by strength."""
    found = [question for question in questions if question.strength and is_sign(question, answers)]
    return {strength: tuple(it.id for it in found if it.strength == strength) for strength in STRENGTHS}


def _delphi(asked: _Asked) -> Outcome:
    """Per dimension by the ILO's rule; then the first level whose condition over the positive dimensions holds."""
    groups: list[Group] = []
    for dimension in asked.definition.dimensions:
        signs = _signs([it for it in asked.shown if it.dimension == dimension.id], asked.answers)
        is_reached = is_positive(len(signs["strong"]), len(signs["medium"]), len(signs["weak"]))
        groups += [Group(dimension.id, signs[strength], is_reached, strength) for strength in STRENGTHS]
    positive = frozenset(group.id for group in groups if group.is_reached)
    level = next(
        level
        for level in asked.definition.scoring.levels
        if level.when is None or holds(level.when, asked.answers, positive)
    )
    return Outcome("delphi", level.code, tuple(groups))


def _tallied(asked: _Asked) -> Outcome:
    """The first level with enough signs, or whose condition holds; the last one if none."""
    signs = _signs(asked.shown, asked.answers)
    counts = [len(signs[strength]) for strength in STRENGTHS]
    level, raised_by = _level(asked, lambda level: any(needed.is_met(*counts) for needed in level.needed))
    groups = tuple(Group(strength, signs[strength], bool(signs[strength]), strength) for strength in STRENGTHS)
    return Outcome("signs", level, groups, raised_by)


def _level(asked: _Asked, is_reached: Callable[[Level], bool]) -> tuple[str, tuple[str, ...]]:
    """The gravest level that is reached, and the questions that alone reach it."""
    levels = asked.definition.scoring.levels
    for level in levels:
        if is_reached(level):
            return level.code, ()
        if level.when is not None and holds(level.when, asked.answers):
            return level.code, tuple(supporting(level.when, asked.answers))
    return (levels[-1].code if levels else ""), ()


# --- points


def points(question: Question, answer: Answer | None) -> int:
    """What the answer is worth."""
    if answer is None:
        return 0
    if question.kind == "scale" and isinstance(answer, int):
        return question.most - answer if question.is_reversed else answer - question.least
    chosen = answer if isinstance(answer, list) else [answer]
    return sum(option.points for option in question.options if option.id in chosen)


def _sum(asked: _Asked) -> Outcome:
    """Points added up; of what could be reached only the questions that were answered count, so that silence is not contentment."""
    scored = [it for it in asked.shown if it.is_scored and asked.answers.get(it.id, UNKNOWN) != UNKNOWN]
    groups = tuple(Group(it.id, (it.id,), value=points(it, asked.answers[it.id]), most=it.most_points) for it in scored)
    added = Outcome("sum", "", groups, (), sum(it.value for it in groups), sum(it.most for it in groups))
    reached = added.share if asked.definition.scoring.measure == "share" else added.points
    is_silent = asked.definition.scoring.measure == "share" and not groups
    if is_silent:
        return added
    level, raised_by = _level(asked, lambda level: level.least is not None and reached >= level.least)
    return Outcome("sum", level, groups, raised_by, added.points, added.most)


def is_right(question: Question, answer: Answer | None) -> bool:
    """Exactly the right options and no other."""
    right = [option.id for option in question.options if option.is_right]
    return (answer if isinstance(answer, list) else [answer]) == right


def _share_right(asked: _Asked) -> Outcome:
    """Right answers in per cent of the questions that have one; no answer is none that is right."""
    tested = [it for it in asked.shown if any(option.is_right for option in it.options)]
    right = {it.id for it in tested if is_right(it, asked.answers.get(it.id))}
    groups = [
        Group(section.id, tuple(wrong), not wrong, value=len(mine) - len(wrong), most=len(mine))
        for section in asked.definition.sections
        if (mine := [it.id for it in section.questions if it in tested])
        for wrong in [[name for name in mine if name not in right]]
    ]
    added = Outcome("share_right", "", tuple(groups), (), len(right), len(tested))
    level, _raised = _level(asked, lambda level: level.least is not None and added.share >= level.least)
    return Outcome("share_right", level, added.groups, (), added.points, added.most)


# --- needs


def urgency(question: Question, answer: Answer | None) -> str:
    """How urgent the need is that the answer tells of, empty where it tells of none."""
    chosen = answer if isinstance(answer, list) else [answer]
    told = {option.urgency for option in question.options if option.id in chosen}
    return next((it for it in URGENCIES if it in told), "")


def _needs(asked: _Asked) -> Outcome:
    """The services that are needed, the most urgent first; of the same urgency in the order of the questions."""
    told: dict[str, list[tuple[str, str]]] = {}
    for question in asked.shown:
        if question.service and (how := urgency(question, asked.answers.get(question.id))):
            told.setdefault(question.service, []).append((how, question.id))
    groups = [
        Group(
            service, tuple(name for _how, name in found), True, min((how for how, _name in found), key=URGENCIES.index)
        )
        for service, found in told.items()
    ]
    return Outcome("needs", "", tuple(sorted(groups, key=lambda group: URGENCIES.index(group.label))))


def _none(asked: _Asked) -> Outcome:
    return Outcome("none")


METHODS: dict[str, Callable[[_Asked], Outcome]] = {
    "delphi": _delphi,
    "signs": _tallied,
    "sum": _sum,
    "share_right": _share_right,
    "needs": _needs,
    "none": _none,
}


def dimension_signs(outcome: Outcome, dimension: str) -> Sequence[Group]:
    """Of a screening by dimensions: the groups of one, from strong to weak."""
    return [group for group in outcome.groups if group.id == dimension]
