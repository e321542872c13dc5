"""Forms made from questionnaires: all questions on a page, a section of them, or one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.boundfield import BoundField
from django.forms.utils import ErrorDict
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from besa.assessments.engine.answering import LONGEST, drives, problem, pruned, shown
from besa.assessments.engine.conditions import Answer
from besa.assessments.engine.definition import Definition, Question, Section
from besa.assessments.models import Instrument
from besa.assessments.words import said_wrong

ONE_LINE = 120  # characters; longer texts get a box
MOST_RADIOS = 8  # more answers than that are a list that opens
OFF = {"autocomplete": "off"}
Data = Mapping[str, Any]


def _choices(question: Question) -> list[tuple[str, str]]:
    language = get_language() or "en"
    return [(option.id, option.text.said(language)) for option in question.options]


def _choice(question: Question) -> forms.Field:
    choices, look = _choices(question), {"class": "form-check-input"}
    if len(choices) > MOST_RADIOS:
        select = forms.Select(attrs={"class": "form-select"})
        return forms.ChoiceField(choices=[("", "—"), *choices], widget=select)
    return forms.ChoiceField(choices=choices, widget=forms.RadioSelect(attrs=look))


def _several(question: Question) -> forms.Field:
    boxes = forms.CheckboxSelectMultiple(attrs={"class": "form-check-input"})
    return forms.MultipleChoiceField(choices=_choices(question), widget=boxes)


def _number(question: Question) -> forms.Field:
    limits = {"min": question.least} | ({"max": question.most} if question.most else {})
    look = {"class": "form-control short", "inputmode": "numeric", **limits, **OFF}
    return forms.IntegerField(widget=forms.NumberInput(attrs=look))


def _scale(question: Question) -> forms.Field:
    steps = [(str(step), str(step)) for step in range(question.least, question.most + 1)]
    radios = forms.RadioSelect(attrs={"class": "form-check-input"})
    return forms.TypedChoiceField(choices=steps, coerce=int, empty_value=None, widget=radios)


def _text(question: Question) -> forms.Field:
    longest = question.longest or LONGEST
    look = {"class": "form-control", "maxlength": longest, **OFF}
    widget = forms.TextInput(attrs=look) if longest <= ONE_LINE else forms.Textarea(attrs=look | {"rows": 3})
    return forms.CharField(widget=widget)


def _date(question: Question) -> forms.Field:
    look = {"class": "form-control short", "type": "date", **OFF}
    return forms.DateField(widget=forms.DateInput(format="%Y-%m-%d", attrs=look))


FIELDS: dict[str, Callable[[Question], forms.Field]] = {
    "yes_no": _choice,
    "choice": _choice,
    "choices": _several,
    "number": _number,
    "scale": _scale,
    "text": _text,
    "date": _date,
}


def field_of(question: Question) -> forms.Field:
    """The field in which the question is answered; what must be answered, the engine says and not the field."""
    field = FIELDS[question.kind](question)
    field.required = False
    field.label = question.text.said(get_language() or "en")
    return field


def answer_of(question: Question, value: Any) -> Answer | None:
    """The value of a field as the engine keeps it; None where nothing was answered."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return [option.id for option in question.options if option.id in value] or None
    return None if value in ("", None) else value


@dataclass(frozen=True)
class Row:
    """A question in a form, with what its template needs."""

    question: Question
    field: BoundField
    number: int
    explanation: str
    low: str
    high: str
    drives: bool  # other questions depend on the answer
    refresh: str  # the name of what asks for these
    is_group: bool  # radio buttons or boxes, which need a legend

    @property
    def is_short(self) -> bool:
        """Yes, no, not known and scales stand in one line."""
        return self.question.kind in ("yes_no", "scale")


@dataclass(frozen=True)
class Part:
    """A section of a form with the questions that are shown."""

    section: Section
    title: str
    intro: str
    rows: list[Row]


class QuestionsForm(forms.Form):
    """Some questions, each a field. After `is_valid`, `answers` holds what was answered, as the engine keeps it."""

    REFRESH = "_refresh"

    def __init__(
        self,
        questions: Sequence[Question],
        data: Data | None = None,
        *,
        given: Mapping[str, Answer] | None = None,
        prefix: str | None = None,
    ) -> None:
        super().__init__(data, initial=dict(given or {}), prefix=prefix)
        self.questions = list(questions)
        self.answers: dict[str, Answer] = {}
        for question in self.questions:
            self.fields[question.id] = field_of(question)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        for question in self.questions:
            if question.id in self.errors:
                continue
            answer = answer_of(question, cleaned.get(question.id))
            wrong = problem(question, answer)
            if wrong is not None:
                self.add_error(question.id, str(said_wrong(wrong)))
            elif answer is not None:
                self.answers[question.id] = answer
        return cleaned

    def row(self, question: Question, number: int = 0, *, is_driving: bool = False) -> Row:
        """The question with what its template needs; a `number` of 0 is not shown."""
        language, field = get_language() or "en", self[question.id]
        return Row(
            question=question,
            field=field,
            number=number,
            explanation=question.explanation.said(language),
            low=question.low.said(language),
            high=question.high.said(language),
            drives=is_driving,
            refresh=self.add_prefix(self.REFRESH),
            is_group=bool(field.field.widget.use_fieldset),
        )

    @property
    def rows(self) -> list[Row]:
        return [self.row(question) for question in self.questions]


class QuestionnaireForm(QuestionsForm):
    """A questionnaire, or one section of it, with the questions that follow from the answers so far.

    What is asked is found anew at each post, so it works without a script: a question that the page has not shown yet is shown
    before anything is taken. `_refresh` among the data only shows what follows.
    """

    SEEN = "_seen"

    def __init__(
        self,
        definition: Definition,
        data: Data | None = None,
        *,
        section: str | None = None,
        given: Mapping[str, Answer] | None = None,
        prefix: str | None = None,
    ) -> None:
        self.definition = definition
        self.section = section
        self.given = dict(given or {})
        self.prefix = prefix
        self.mine = {it.id for part in definition.sections if section in (None, part.id) for it in part.questions}
        so_far = self.given if data is None else self._so_far(data)
        asked = [question for question in shown(definition, so_far) if question.id in self.mine]
        super().__init__(asked, data, given=self.given, prefix=prefix)
        self.is_refresh = data is not None and self.add_prefix(self.REFRESH) in data

    def _so_far(self, data: Data) -> dict[str, Answer]:
        """Earlier answers, and those of the data that can be understood."""
        found = {name: answer for name, answer in self.given.items() if name not in self.mine}
        for question in self.definition.questions:
            if question.id not in self.mine:
                continue
            field = field_of(question)
            raw = field.widget.value_from_datadict(data, {}, self.add_prefix(question.id))
            try:
                answer = answer_of(question, field.clean(raw))
            except ValidationError:
                continue
            if answer is not None:
                found[question.id] = answer
        return found

    def full_clean(self) -> None:
        if getattr(self, "is_refresh", False):
            self._errors, self.cleaned_data = ErrorDict(), {}
            return
        super().full_clean()

    def is_valid(self) -> bool:
        return not self.is_refresh and super().is_valid()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        seen = self.data.get(self.add_prefix(self.SEEN))
        if seen is not None and not {question.id for question in self.questions} <= set(seen.split()):
            self.add_error(None, _("More questions follow from your answers. Please look at them."))
        return cleaned

    @property
    def all_answers(self) -> dict[str, Answer]:
        """What counts of the earlier answers and of this form's, once it is valid."""
        others = {name: answer for name, answer in self.given.items() if name not in self.mine}
        return pruned(self.definition, others | self.answers)

    @property
    def parts(self) -> Iterator[Part]:
        """The sections with the questions that are shown, in their order."""
        language, driving = get_language() or "en", drives(self.definition)
        for section in self.definition.sections:
            inside = [it for it in section.questions if it.id in self.fields]
            rows = [self.row(it, self.definition.numbers[it.id], is_driving=it.id in driving) for it in inside]
            if rows:
                yield Part(section, section.title.said(language), section.intro.said(language), rows)

    @property
    def seen(self) -> str:
        """The questions on this page, for the next post."""
        return " ".join(question.id for question in self.questions)

    @property
    def seen_name(self) -> str:
        return self.add_prefix(self.SEEN)

    @property
    def refresh_name(self) -> str:
        return self.add_prefix(self.REFRESH)

    @property
    def block(self) -> str:
        """The id of the block of questions, which is written anew when more follow."""
        return f"questions-{self.prefix or self.definition.code}"

    @property
    def has_followers(self) -> bool:
        """Whether answers on this page bring up questions."""
        return bool(drives(self.definition) & self.fields.keys())


def questionnaire_form(
    instrument: Instrument,
    data: Data | None = None,
    section: str | None = None,
    *,
    given: Mapping[str, Answer] | None = None,
    prefix: str | None = None,
) -> QuestionnaireForm:
    """The form of a questionnaire, or of the section with that id; `given` is what was answered before."""
    return QuestionnaireForm(instrument.definition, data, section=section, given=given, prefix=prefix)


def question_form(
    question: Question,
    data: Data | None = None,
    *,
    given: Mapping[str, Answer] | None = None,
    prefix: str | None = None,
) -> QuestionsForm:
    """The form of one question, for a page of its own; an answer that was given before is filled in."""
    return QuestionsForm([question], data, given=given, prefix=prefix)
