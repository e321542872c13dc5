"""The way through a report: which question comes next, for whom, with what was answered so far. Pure but for the words.

A report is a dictionary: for each step what its form gave, as JSON keeps it. The child path leaves out what a child is not asked.
Who keeps no case files goes a shorter way: a concern asks only what she has seen, and its screening stands on one page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.assessments.engine.answering import pages
from besa.assessments.engine.definition import Definition
from besa.cases.codes import Channel

Answers = Mapping[str, Any]
SEEN = "seen"  # the answers to the screening, by question
SEEN_PREFIX = "seen-"
BORDER = Channel.BORDER.value


@dataclass(frozen=True)
class Step:
    """One page of the report. `why` is the plain word beside the question; `sop` names the step of the procedures that it serves."""

    name: str
    question: Promise
    why: Promise | str = ""
    applies: Callable[[Answers], bool] = lambda answers: True
    sop: str = ""


def is_minor(answers: Answers) -> bool:
    """Under 18, or in doubt; also as long as nothing was said."""
    return bool(answers.get("age", {}).get("is_child") != "no")


def is_refused(answers: Answers) -> bool:
    """An adult who wants no help and no file."""
    return not is_minor(answers) and answers.get("wish", {}).get("wish") == "no"


def _goes_on(answers: Answers) -> bool:
    return not is_refused(answers)


STEPS: tuple[Step, ...] = (
    Step(
        "age",
        _("Is the person under 18?"),
        _("Where you are in doubt, the person is treated as a child until the age is known."),
    ),
    Step("how", _("How was the person found?")),
    Step("where", _("Where was the person found, and when?")),
    Step("reach", _("Did the exploitation cross a border?")),
    Step(
        "present",
        _("Who was there when you talked?"),
        _("A female officer and a social worker should be there."),
        _goes_on,
    ),
    Step(SEEN, _("What did you see and hear?")),
    Step(
        "wish",
        _("Does the person want help?"),
        _("Explain first what help there is, and that it does not depend on testifying. Ask without the companion."),
        lambda answers: not is_minor(answers),
    ),
    Step("needs", _("What does the person need now?"), "", _goes_on),
    Step("risk", _("How great is the danger?"), "", _goes_on),
    Step("language", _("In which language can you talk?"), "", _goes_on),
    Step(
        "rights",
        _("Was the person told of the rights?"),
        _(
            "The right to recover and reflect, to help, to a lawyer, to an interpreter, to protection, not to be punished."
        ),
        _goes_on,
    ),
    Step(
        "guardian",
        _("Who stands for the child?"),
        _(
            "A child is not asked for consent. The child protection unit is informed at once; a suspected relative is told nothing."
        ),
        is_minor,
    ),
    Step(
        "consent",
        _("What does the person agree to?"),
        _("For each purpose apart. She can take it back at any time."),
        lambda answers: not is_minor(answers) and _goes_on(answers),
    ),
    Step("name", _("What is the person called?"), _("It is sealed. What you do not know stays empty."), _goes_on),
    Step("about", _("What else is known of the person?"), "", _goes_on),
    Step("words", _("What happened, in a few sentences?"), _("It is sealed."), _goes_on),
    Step("status", _("What do you think?"), _("The answers explain; you decide."), _goes_on),
    Step("counted", _("What may be counted?"), _("Nothing that names the person is kept."), is_refused),
)
BY_NAME = {step.name: step for step in STEPS}


@dataclass(frozen=True)
class Page:
    """A page of the report: a step, and for the screening the question on it."""

    step: Step
    question: str = ""

    @property
    def slug(self) -> str:
        return f"{SEEN_PREFIX}{self.question}" if self.question else self.step.name


def way(answers: Answers, screening: Definition | None, *, is_concern: bool = False) -> list[Page]:
    """The pages in their order, as far as the answers so far tell."""
    found: list[Page] = []
    for step in STEPS:
        if not (step.name in CONCERN if is_concern else step.applies(answers)):
            continue
        if step.name != SEEN or (screening is not None and is_concern):
            found.append(Page(step))
        elif screening is not None:
            found += [Page(step, one.id) for one in pages(screening, answers.get(SEEN, {}))]
    return found


def is_at_border(answers: Answers) -> bool:
    """Met at a border crossing point; also as long as nothing was said."""
    return bool(answers.get("how", {}).get("channel", BORDER) == BORDER)


def is_answered(page: Page, answers: Answers) -> bool:
    if page.question:
        return page.question in answers.get(SEEN, {})
    if page.step.name == "where" and is_at_border(answers):
        return bool(answers.get("where", {}).get("crossing"))
    return page.step.name in answers


def settled(answers: dict[str, Any]) -> dict[str, Any]:
    """The answers without what a later one has made void: away from the border there is no crossing point."""
    if is_at_border(answers) or "where" not in answers:
        return answers
    return {**answers, "where": {**answers["where"], "crossing": ""}}


def after(slug: str, pages: list[Page]) -> str:
    """The page after the one named; empty where the answers are to be checked."""
    slugs = [page.slug for page in pages]
    place = slugs.index(slug) + 1 if slug in slugs else 0
    return slugs[place] if place < len(slugs) else ""


def first_open(answers: Answers, pages: list[Page], screening: Definition | None) -> str:
    """The first page that must be answered and is not; empty where nothing is missing."""
    required = {one.id for one in screening.questions if one.is_required} if screening else set()
    for page in pages:
        if (page.question in required or (not page.question and page.step.name in MUST)) and not is_answered(
            page, answers
        ):
            return page.slug
    return ""


CONCERN = frozenset({"age", "how", "where", SEEN, "risk", "words"})
MUST = frozenset({"age", "how", "where", "reach", "wish", "risk", "rights", "guardian", "status", "counted"})
