"""Reading questionnaires and, for the apps above, what was answered to them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import QuerySet

from besa.assessments.engine.conditions import Answer
from besa.assessments.engine.definition import Definition
from besa.assessments.engine.scoring import Outcome, from_json
from besa.assessments.models import Answers, Instrument
from besa.vault import cells


@dataclass(frozen=True, repr=False)
class Filled:
    """A questionnaire that was filled in, opened: what was asked, in the version of that day, what was answered, what it came to."""

    answers: Answers
    instrument: Instrument
    content: dict[str, Answer]
    outcome: Outcome

    @property
    def definition(self) -> Definition:
        return self.instrument.definition


def opened(answers: Answers) -> Filled:
    """What was answered, in the clear. Called only within a reading of the app above, which asks the right and records the reading.

    Raises KeyGone, KeysUnavailable.
    """
    found = cells.open_cells(answers, ["content", "outcome"])
    content, outcome = (json.loads(found[name]) for name in ("content", "outcome"))
    return Filled(answers, answers.instrument, content, from_json(outcome))


def versions() -> QuerySet[Instrument]:
    """Every questionnaire in every version, without its content."""
    return Instrument.objects.defer("content")


def latest(code: str) -> Instrument:
    """The newest version of a questionnaire. Raises Instrument.DoesNotExist."""
    found = Instrument.objects.filter(code=code).order_by("-version").first()
    if found is None:
        raise Instrument.DoesNotExist(f"there is no questionnaire {code}")
    return found


def latest_of(codes: Iterable[str]) -> list[Instrument]:
    """The newest version of each, in the order of the codes; those that are not there are left out."""
    rows = Instrument.objects.filter(code__in=set(codes)).order_by("code", "version")
    newest = {row.code: row for row in rows}
    return [newest[code] for code in dict.fromkeys(codes) if code in newest]


def for_case(kind: str, is_child: bool) -> list[Instrument]:
    """The newest version of each questionnaire of the kind that suits a child, or an adult, by title.

    Those made for her age come first, those for everybody after.
    """
    audience = Instrument.Audience.CHILD if is_child else Instrument.Audience.ADULT
    rows = Instrument.objects.filter(kind=kind, audience__in=[audience, Instrument.Audience.ANY])
    newest = {row.code: row for row in rows.order_by("code", "version")}
    return sorted(newest.values(), key=lambda row: (row.audience == Instrument.Audience.ANY, row.title, row.code))
