"""What people fill in about consent, time limits, tasks and conferences: parsing and shape; what is allowed, policy and rules say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.cases.actions.conferences import Decision
from besa.cases.consent_rules import LONGEST_CONSENT, is_minor
from besa.cases.forms import UntilForm, end_of
from besa.cases.models import Case, Consent, Override
from besa.cases.queries import institutions
from besa.cases.words import SHAREABLE_WORDS
from besa.directory.case_policy import PURPOSE_WORDS, Purpose
from besa.directory.forms import DateInput, by_name
from besa.directory.models import Agency, Body, Membership
from besa.lib.text import folded
from besa.people.forms import LANGUAGES

WORKING = [(one.value, PURPOSE_WORDS[one]) for one in Purpose if one is not Purpose.EMERGENCY]
QUIET = {"autocomplete": "off"}


NO_GUARDIAN = _(
    "A child is not asked for consent. There is no guardian who may decide: none is written down, or the one who is, is excluded."
)


def _text(
    label: Any, *, rows: int = 3, length: int = 4000, help_text: Any = "", is_required: bool = True
) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows, **QUIET})
    return forms.CharField(label=label, widget=area, max_length=length, help_text=help_text, required=is_required)


def _boxes(label: Any, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(label=label, widget=forms.CheckboxSelectMultiple, help_text=help_text)


# --- consent


class ConsentForm(UntilForm):
    """What is agreed to: for what, to whom, which parts, by whom, how, until when."""

    purpose = forms.ChoiceField(label=_("What for"), choices=WORKING, initial=Purpose.ASSISTANCE.value)
    recipient = forms.ModelChoiceField(
        label=_("Who may be told"), queryset=Agency.objects.none(), required=False,
        help_text=_("One institution; or each to which the person is referred for this purpose."),
    )  # fmt: skip
    groups = _boxes(_("Parts of the file"), _("Ask for each part. What is not ticked stays closed."))
    given_as = forms.ChoiceField(label=_("Who agrees"), widget=forms.RadioSelect)
    form = forms.ChoiceField(label=_("How it was given"), choices=[("", "—"), *Consent.Form.choices], required=False)
    language = forms.ChoiceField(
        label=_("Language in which it was explained"), choices=[("", "—"), *LANGUAGES], required=False
    )
    given_on = forms.DateField(label=_("Given on"), widget=DateInput())
    field_order = ("given_as", "purpose", "recipient", "groups", "form", "language", "given_on", "until")

    def __init__(self, *args: Any, case: Case, has_guardian: bool, **kwargs: Any) -> None:
        super().__init__(*args, days=LONGEST_CONSENT.days, **kwargs)
        fields: Any = self.fields
        today = kwargs["today"]
        fields["recipient"].queryset = institutions(case, today)
        everyone = gettext("each institution to which the person is referred")
        fields["recipient"].choices = [("", everyone), *by_name(fields["recipient"].queryset)]
        fields["groups"].choices = list(SHAREABLE_WORDS.items())
        fields["until"].help_text = _("It ends by itself after this day; it can be withdrawn at any time before.")
        fields["until"].initial = today + timedelta(days=182)
        fields["given_on"].initial = today
        fields["given_on"].widget.attrs |= {"max": str(today)}
        self._offer_voices(is_child=is_minor(case.is_child), has_guardian=has_guardian)

    def _offer_voices(self, *, is_child: bool, has_guardian: bool) -> None:
        """A grown-up decides for herself; a child is not asked."""
        fields: Any = self.fields
        if not is_child:
            fields["given_as"].choices = [(Consent.GivenAs.PERSON.value, Consent.GivenAs.PERSON.label)]
            fields["given_as"].initial = Consent.GivenAs.PERSON.value
            return
        voices = [Consent.GivenAs.GUARDIAN] if has_guardian else []
        fields["given_as"].choices = [(one.value, one.label) for one in (*voices, Consent.GivenAs.BEST_INTERESTS)]
        fields["given_as"].initial = fields["given_as"].choices[0][0]
        fields["given_as"].help_text = _("A child is not asked for consent.") if has_guardian else NO_GUARDIAN
        help_text = _("Only where the guardian agrees.")
        fields["form"].help_text = fields["language"].help_text = help_text

    def values(self) -> dict[str, Any]:
        data = {name: value for name, value in self.cleaned_data.items() if name != "until"}
        return data | {"until_at": self.until_at()}


class OverrideForm(UntilForm):
    """What is to be disclosed without consent, to whom, and why."""

    recipient = forms.ModelChoiceField(label=_("Institution"), queryset=Agency.objects.none())
    purpose = forms.ChoiceField(label=_("What for"), choices=WORKING)
    groups = _boxes(_("Parts of the file"), _("As few as the danger asks for."))
    reason = forms.ChoiceField(label=_("Reason"), choices=Override.Reason.choices, widget=forms.RadioSelect)
    field_order = ("reason", "recipient", "purpose", "groups", "until")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["recipient"].queryset = institutions(case, kwargs["today"])
        fields["recipient"].choices = [("", "—"), *by_name(fields["recipient"].queryset)]
        fields["groups"].choices = list(SHAREABLE_WORDS.items())
        fields["until"].initial = kwargs["today"] + timedelta(days=7)

    def values(self) -> dict[str, Any]:
        data = {name: value for name, value in self.cleaned_data.items() if name != "until"}
        return data | {"until_at": self.until_at()}


class ReviewForm(forms.Form):
    answer = forms.ChoiceField(
        label=_("Was it justified?"),
        choices=[("yes", _("yes")), ("no", _("no: it ends at once"))],
        widget=forms.RadioSelect,
    )


class WhomForm(forms.Form):
    """With whom a case is to be shared, and for what; what is offered then, consent says."""

    agency = forms.ModelChoiceField(label=_("Institution"), queryset=Agency.objects.none())
    purpose = forms.ChoiceField(label=_("Purpose"), choices=WORKING)

    def __init__(self, *args: Any, case: Case, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["agency"]
        field.queryset = institutions(case, today)
        field.choices = [("", "—"), *by_name(field.queryset)]


class ShareForm(UntilForm):
    """Which of the parts that are agreed to are shared now, and until when."""

    groups = forms.MultipleChoiceField(
        label=_("Parts of the file that are shared"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("As few as the purpose needs. With none, the institution sees number, state and status and can write notes."),
    )  # fmt: skip
    field_order = ("groups", "until")

    def __init__(self, *args: Any, offered: Iterable[str], last: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        known = set(offered)
        fields["groups"].choices = [(code, words) for code, words in SHAREABLE_WORDS.items() if code in known]
        if last < fields["until"].initial:
            fields["until"].initial = last
            fields["until"].widget.attrs["max"] = str(last)


# --- time limits


class MoveClockForm(forms.Form):
    """Why a time limit is moved, and which version of it was seen."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = _text(
        _("Why"), length=2000, help_text=_("A sentence or two. They are sealed and read by who works on the case.")
    )


class ExtendForm(MoveClockForm):
    until = forms.DateField(label=_("New end"), widget=DateInput())
    field_order = ("until", "reason", "version")

    def __init__(self, *args: Any, due_at: datetime, most: timedelta, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first = timezone.localdate(due_at) + timedelta(days=1)
        last = timezone.localdate(due_at + most)
        self.due_at = due_at
        self.fields["until"].widget.attrs |= {"min": str(first), "max": str(last)}
        self.fields["until"].help_text = _("At the same time of day as the present end.")

    def new_due(self) -> datetime:
        """The chosen day at the time of day of the present end."""
        local = timezone.localtime(self.due_at)
        return timezone.make_aware(datetime.combine(self.cleaned_data["until"], local.time()))


# --- tasks and conferences


def people_choices(people: Iterable[Membership]) -> list[tuple[Any, str]]:
    named = [(row.pk, f"{row.user.name}, {row.agency.name}") for row in people]
    return [("", "—"), *sorted(named, key=lambda choice: folded(choice[1]))]


class TaskForm(forms.Form):
    title = forms.CharField(
        label=_("What is to be done"), max_length=300, widget=forms.TextInput(attrs=QUIET),
        help_text=_("It is sealed, and read by who works on the case."),
    )  # fmt: skip
    assigned_to = forms.ModelChoiceField(label=_("By whom"), queryset=Membership.objects.none())
    due_on = forms.DateField(label=_("Until"), widget=DateInput())

    def __init__(self, *args: Any, people: list[Membership], today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["assigned_to"]
        field.queryset = Membership.objects.filter(pk__in=[member.pk for member in people])
        field.choices = people_choices(people)
        self.fields["due_on"].widget.attrs |= {"min": str(today)}
        self.fields["due_on"].initial = today + timedelta(days=7)


class CallForm(forms.Form):
    body = forms.ModelChoiceField(label=_("Group"), queryset=Body.objects.none(), required=False)
    on = forms.DateField(label=_("Day"), widget=DateInput())
    at = forms.TimeField(
        label=_("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"), initial="10:00"
    )
    agenda = _text(_("What it is about"), rows=4, help_text=_("It is sealed; those who are called read it here."))

    def __init__(self, *args: Any, case: Case, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["body"]
        field.queryset = Body.objects.exclude(level=Body.Level.NATIONAL)
        field.choices = [("", gettext("those who work on the case")), *by_name(field.queryset)]
        self.fields["on"].initial = today + timedelta(days=7)
        self.fields["on"].widget.attrs |= {"min": str(today)}

    def planned_at(self) -> datetime:
        return timezone.make_aware(datetime.combine(self.cleaned_data["on"], self.cleaned_data["at"]))


class RecordForm(forms.Form):
    """What was spoken of in a conference, and by whom."""

    present = _boxes(_("Present"))
    held_on = forms.DateField(label=_("Held on"), widget=DateInput())
    minutes = _text(_("What was spoken of"), rows=7, length=20000, help_text=_("It is sealed."))

    def __init__(self, *args: Any, agencies: list[Agency], day: date, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.agencies = {str(agency.pk): agency for agency in agencies}
        present: Any = self.fields["present"]
        present.choices = [(key, agency.name) for key, agency in self.agencies.items()]
        self.fields["held_on"].initial = min(day, today)
        self.fields["held_on"].widget.attrs |= {"max": str(today)}

    def there(self) -> list[Agency]:
        return [self.agencies[key] for key in self.cleaned_data["present"]]

    def held_at(self, now: datetime) -> datetime:
        return min(end_of(self.cleaned_data["held_on"]), now)


class DecisionForm(TaskForm):
    """One decision; a row that is left empty is none."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.required = False
        self.fields["title"].help_text = ""
        self.fields["title"].label = _("Decision")

    @property
    def is_filled(self) -> bool:
        """A row counts when something was written in it: a proposed day or a person alone is nothing."""
        return bool(self.cleaned_data.get("title"))

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("title") and not data.get("assigned_to"):
            self.add_error("assigned_to", gettext("Say who does it."))
        if data.get("title") and not data.get("due_on"):
            self.add_error("due_on", gettext("Say until when."))
        return data


class BaseDecisions(forms.BaseFormSet):  # type: ignore[type-arg]
    def decisions(self) -> Iterator[Decision]:
        for form in self.forms:
            if form.is_filled:
                data = form.cleaned_data
                yield Decision(data["title"], data["assigned_to"], data["due_on"])


DECISION_ROWS = 4
Decisions: Any = forms.formset_factory(
    DecisionForm, formset=BaseDecisions, extra=DECISION_ROWS, max_num=12, validate_max=True
)
