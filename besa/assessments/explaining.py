"""What a score says, why, and how a questionnaire is scored, in the reader's language. The score explains, a person decides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from besa.assessments.engine.conditions import (
    AllOf,
    Answer,
    Answered,
    Answers,
    AnyOf,
    AtLeast,
    Condition,
    Is,
    NotSo,
    Positive,
)
from besa.assessments.engine.definition import STRENGTHS, Definition, Level, Needed, Question, Section
from besa.assessments.engine.scoring import Group, Outcome, dimension_signs
from besa.assessments.words import URGENCIES
from besa.lib.document.words import number as written


@dataclass(frozen=True)
class Reason:
    """One part of an explanation: what was found, and the answers that led to it. `mark` is yes, no or nothing."""

    title: str
    text: str
    answers: tuple[str, ...] = ()
    mark: str = ""


@dataclass(frozen=True)
class Explained:
    """A score in words: what it comes to, what that means, the reasons, and how sure one can be."""

    title: str
    meaning: str
    grade: int  # place of the level, 0 for the gravest; -1 where there is none
    figure: str = ""
    reasons: tuple[Reason, ...] = ()
    cautions: tuple[str, ...] = field(default=())


@dataclass(frozen=True)
class Line:
    """A question with what was answered, both in words."""

    number: int
    question: str
    answer: str
    is_sensitive: bool


@dataclass(frozen=True)
class Told:
    """A section of a questionnaire that was filled in."""

    title: str
    lines: tuple[Line, ...]


def _language() -> str:
    return get_language() or "en"


def answer_in_words(question: Question, answer: Answer | None) -> str:
    """What was answered; empty where nothing was."""
    if answer is None:
        return ""
    if question.kind == "scale":
        return _("%(step)s of %(steps)s") % {"step": answer, "steps": question.most}
    if question.kind == "number" and isinstance(answer, int):
        return written(answer, "sq" if _language().startswith("sq") else "en")
    if question.kind == "date":
        return date_format(date.fromisoformat(str(answer)))
    if question.kind == "text":
        return str(answer)
    chosen = answer if isinstance(answer, list) else [answer]
    return ", ".join(option.text.said(_language()) for option in question.options if option.id in chosen)


def told(definition: Definition, answers: Answers) -> list[Told]:
    """What was asked and answered, section by section; what was not asked is not there."""
    return [
        Told(section.title.said(_language()), lines)
        for section in definition.sections
        if (lines := tuple(_lines(definition, section, answers)))
    ]


def _lines(definition: Definition, section: Section, answers: Answers) -> Iterator[Line]:
    for question in section.questions:
        if question.id in answers:
            answer = answer_in_words(question, answers[question.id])
            text = question.text.said(_language())
            yield Line(definition.numbers[question.id], text, answer, question.is_sensitive)


def explained(definition: Definition, answers: Answers, outcome: Outcome) -> Explained:
    """The score of these answers, explained in the reader's language."""
    codes = [level.code for level in definition.scoring.levels]
    level = definition.scoring.level(outcome.level)
    reasons = _REASONS[outcome.method](_Case(definition, answers, outcome))
    return Explained(
        title=level.title.said(_language()) if level else _without_level(outcome),
        meaning=level.meaning.said(_language()) if level else "",
        grade=codes.index(outcome.level) if level else -1,
        figure=_figure(outcome),
        reasons=tuple(reasons),
        cautions=tuple(_cautions(outcome)),
    )


def _without_level(outcome: Outcome) -> str:
    if outcome.method == "needs":
        return _("What is needed") if outcome.groups else _("No need was named")
    return _("Not scored")


def _figure(outcome: Outcome) -> str:
    if outcome.method in ("sum", "share_right") and outcome.most:
        said = {"points": outcome.points, "most": outcome.most, "share": outcome.share}
        if outcome.method == "sum":
            return _("%(points)s of %(most)s points (%(share)s %%)") % said
        return _("%(points)s of %(most)s right (%(share)s %%)") % said
    return ""


def _cautions(outcome: Outcome) -> Iterator[str]:
    silent = outcome.shown - outcome.answered
    if outcome.unknown:
        yield ngettext(
            "One question was answered with “not known”. What is not known does not count.",
            "%(count)s questions were answered with “not known”. What is not known does not count.",
            len(outcome.unknown),
        ) % {"count": len(outcome.unknown)}
    if silent > 0:
        yield ngettext("One question was not answered.", "%(count)s questions were not answered.", silent) % {
            "count": silent
        }


@dataclass(frozen=True)
class _Case:
    """A questionnaire that was filled in, and its score."""

    definition: Definition
    answers: Answers
    outcome: Outcome

    def said(self, name: str) -> str:
        """A question and its answer in one line."""
        question = self.definition.by_id[name]
        answer = answer_in_words(question, self.answers.get(name))
        text = f"{self.definition.numbers[name]}. {question.text.said(_language())}"
        return f"{text} {answer}" if answer else text

    def all_said(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(self.said(name) for name in names)


def counted(strong: int, medium: int, weak: int) -> str:
    """“2 strong, 1 weak”."""
    parts = [
        ngettext("%(count)s strong", "%(count)s strong", strong) % {"count": strong} if strong else "",
        ngettext("%(count)s medium", "%(count)s medium", medium) % {"count": medium} if medium else "",
        ngettext("%(count)s weak", "%(count)s weak", weak) % {"count": weak} if weak else "",
    ]
    return ", ".join(part for part in parts if part) or _("none")


def _delphi(case: _Case) -> Iterator[Reason]:
    for dimension in case.definition.dimensions:
        groups = dimension_signs(case.outcome, dimension.id)
        counts = [len(group.questions) for group in groups]
        is_positive = any(group.is_reached for group in groups)
        said = {"signs": counted(*counts)}
        text = (_("Positive. Signs: %(signs)s.") if is_positive else _("Not positive. Signs: %(signs)s.")) % said
        names = tuple(name for group in groups for name in group.questions)
        mark = "yes" if is_positive else "no"
        yield Reason(dimension.title.said(_language()), text, case.all_said(names), mark)


def _signs(case: _Case) -> Iterator[Reason]:
    yield from _raised(case)
    for group in case.outcome.groups:
        if group.questions:
            counts = [len(group.questions) if group.label == strength else 0 for strength in STRENGTHS]
            yield Reason(_("Signs: %(signs)s") % {"signs": counted(*counts)}, "", case.all_said(group.questions))


def _raised(case: _Case) -> Iterator[Reason]:
    if case.outcome.raised_by:
        title, text = _("One answer is enough"), _("Whatever else was answered, this alone leads here.")
        yield Reason(title, text, case.all_said(case.outcome.raised_by), "yes")


def _sum(case: _Case) -> Iterator[Reason]:
    yield from _raised(case)
    for section in case.definition.sections:
        mine = {question.id for question in section.questions}
        groups = [group for group in case.outcome.groups if group.id in mine]
        if not groups:
            continue
        points, most = sum(it.value for it in groups), sum(it.most for it in groups)
        text = _("%(points)s of %(most)s points") % {"points": points, "most": most}
        worth = tuple(f"{case.said(it.id)} ({_worth(it)})" for it in groups if it.value)
        yield Reason(section.title.said(_language()), text, worth)


def _worth(group: Group) -> str:
    return ngettext("%(count)s point", "%(count)s points", group.value) % {"count": group.value}


def _share_right(case: _Case) -> Iterator[Reason]:
    titles = {section.id: section.title.said(_language()) for section in case.definition.sections}
    for group in case.outcome.groups:
        text = _("%(right)s of %(of)s right") % {"right": group.value, "of": group.most}
        wrong = tuple(_corrected(case, name) for name in group.questions)
        yield Reason(titles[group.id], text, wrong, "yes" if group.is_reached else "no")


def _corrected(case: _Case, name: str) -> str:
    question = case.definition.by_id[name]
    right = ", ".join(option.text.said(_language()) for option in question.options if option.is_right)
    return _("%(question)s Right would be: %(right)s.") % {
        "question": f"{case.definition.numbers[name]}. {question.text.said(_language())}",
        "right": right.rstrip("."),
    }


def _needs(case: _Case) -> Iterator[Reason]:
    for group in case.outcome.groups:
        first = case.definition.section_of(group.questions[0])
        yield Reason(first.title.said(_language()), str(URGENCIES[group.label]), case.all_said(group.questions))


def _none(case: _Case) -> Iterator[Reason]:
    return iter(())


_REASONS: dict[str, Callable[[_Case], Iterator[Reason]]] = {
    "delphi": _delphi,
    "signs": _signs,
    "sum": _sum,
    "share_right": _share_right,
    "needs": _needs,
    "none": _none,
}


# --- how it is scored, before anybody has answered


def rule_of(definition: Definition) -> list[str]:
    """How the questionnaire is scored, as sentences."""
    return {
        "delphi": [
            _("Each answer that makes a sign is strong, medium or weak for its dimension."),
            _(
                "A dimension is positive with two strong signs; or one strong and one other; or three medium; or two medium and one weak."
            ),
            _(
                "Which dimensions are positive together says what the answers point to, as below; the first line that holds counts."
            ),
        ],
        "signs": [
            _(
                "Each answer that makes a sign is strong, medium or weak. A stronger sign may stand in for a weaker one."
            ),
            _("The first line that holds counts."),
        ],
        "sum": [
            _("Answers are worth points, which are added up. The first line that holds counts."),
            _("Questions that were not asked or not answered count neither for nor against."),
        ],
        "share_right": [
            _("An answer is right if exactly the right choices are made. A question that is not answered is not right.")
        ],
        "needs": [_("Each answer tells whether help is needed and how soon; what is needed at once comes first.")],
        "none": [_("The answers are not scored.")],
    }[definition.scoring.method] + [_("The score explains; a person decides.")]


def reached_by(definition: Definition, level: Level) -> str:
    """What leads to a level of the scoring, in words."""
    ways = []
    if level.least is not None and definition.scoring.method in ("sum", "share_right"):
        is_share = definition.scoring.measure == "share" or definition.scoring.method == "share_right"
        said = _("%(least)s %% or more") if is_share else _("%(least)s points or more")
        ways.append(said % {"least": level.least})
    ways += [needed_in_words(needed) for needed in level.needed]
    if level.when is not None:
        ways.append(spoken(definition, level.when))
    return _("; or ").join(ways) if ways else _("everything else")


def needed_in_words(needed: Needed) -> str:
    return _("signs: %(signs)s, or more") % {"signs": counted(needed.strong, needed.medium, needed.weak)}


def spoken(definition: Definition, condition: Condition) -> str:
    """A condition in words, with questions by their numbers."""
    match condition:
        case Is(name, values):
            question = definition.by_id[name]
            chosen = [option.text.said(_language()) for option in question.options if option.id in values]
            said = {"number": definition.numbers[name], "answers": _(" or ").join(f"“{it}”" for it in chosen)}
            return _("question %(number)s: %(answers)s") % said
        case AtLeast(name, least):
            return _("question %(number)s: %(least)s or more") % {"number": definition.numbers[name], "least": least}
        case Answered(name):
            return _("question %(number)s is answered") % {"number": definition.numbers[name]}
        case Positive(name):
            title = next(it.title for it in definition.dimensions if it.id == name)
            return _("“%(dimension)s” is positive") % {"dimension": title.said(_language())}
        case AllOf(parts):
            return _(" and ").join(_within(definition, part) for part in parts)
        case AnyOf(parts):
            return _(" or ").join(_within(definition, part) for part in parts)
        case NotSo(part):
            return _("not (%(what)s)") % {"what": spoken(definition, part)}


def _within(definition: Definition, part: Condition) -> str:
    said = spoken(definition, part)
    return f"({said})" if isinstance(part, AllOf | AnyOf) and len(part.parts) > 1 else said
