"""The pages of a report, one question each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.cases import codes
from besa.cases.forms import CHILD_CHOICES
from besa.cases.report_steps import is_at_border
from besa.cases.words import SHAREABLE_WORDS
from besa.directory.case_policy import PURPOSE_WORDS, Purpose
from besa.directory.forms import DateInput, by_name
from besa.directory.models import Agency, Membership, Place
from besa.people.forms import LANGUAGES, PersonForm
from besa.people.models import Guardian, Person

OFF = {"autocomplete": "off", "spellcheck": "false"}
YES_NO = [("yes", _("yes")), ("no", _("no"))]
ADULTS = [one for one in codes.AgeGroup.choices if one[0] not in ("under_12", "12_17")]
CHILDREN = [one for one in codes.AgeGroup.choices if one[0] in ("under_12", "12_17", "unknown")]
PURPOSES = (Purpose.ASSISTANCE, Purpose.PROTECTION, Purpose.IDENTIFICATION, Purpose.COORDINATION)


def _radios(label: Any, choices: Any, *, is_required: bool = True, **more: Any) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, required=is_required, **more)


def _boxes(label: Any, choices: Any, **more: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple, **more
    )


class StepForm(forms.Form):
    """A page. `today` is the day on which it is filled in, `answers` what was said so far."""

    def __init__(self, *args: Any, today: date, answers: Mapping[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.answers = today, answers
        self.prepare()

    def prepare(self) -> None:
        """Fit the fields to what was said so far."""

    def kept(self) -> dict[str, Any]:
        """What is kept of the page, as JSON keeps it."""
        return {name: _plain(value) for name, value in self.cleaned_data.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Place | Agency):
        return value.code
    return value


class AgeForm(StepForm):
    is_child = _radios(_("Is the person under 18?"), CHILD_CHOICES)
    age_group = forms.ChoiceField(label=_("Age group, about"), choices=codes.AgeGroup.choices, initial="unknown")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        known = {"yes": CHILDREN, "no": ADULTS}.get(data.get("is_child", ""), codes.AgeGroup.choices)
        if not self.errors and data["age_group"] not in dict(known):
            self.add_error("age_group", gettext("This does not fit the answer above."))
        return data


class HowForm(StepForm):
    channel = _radios(_("How"), codes.Channel.choices)


class ReachForm(StepForm):
    reach = _radios(_("Did the exploitation cross a border?"), codes.Reach.choices, initial=codes.Reach.UNKNOWN)


class WhereForm(StepForm):
    """The crossing point is asked at the border alone."""

    crossing = forms.ModelChoiceField(
        label=_("Border crossing point"),
        queryset=Place.objects.none(),
        to_field_name="code",
        required=False,
        empty_label="—",
    )
    place = forms.ModelChoiceField(
        label=_("Place"), queryset=Place.objects.none(), to_field_name="code", required=False, empty_label=_("not known"),
        help_text=_("Municipality or qark, never an address."),
    )  # fmt: skip
    on = forms.DateField(label=_("On"), widget=DateInput())

    def prepare(self) -> None:
        self.fields["on"].initial = self.today
        if not is_at_border(self.answers):
            del self.fields["crossing"]
        for name, kinds in (("crossing", ["crossing"]), ("place", ["municipality", "qark"])):
            field: Any = self.fields.get(name)
            if field is None:
                continue
            field.queryset = Place.objects.filter(kind__in=kinds)
            named = dict(field.queryset.values_list("pk", "code"))
            field.choices = [("", field.empty_label), *((named[pk], words) for pk, words in by_name(field.queryset))]

    def clean_on(self) -> date:
        day: date = self.cleaned_data["on"]
        if day > self.today:
            raise forms.ValidationError(gettext("This day has not come yet."))
        return day

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if "crossing" in self.fields and not data.get("crossing"):
            self.add_error("crossing", gettext("Say at which border crossing point."))
        return data


class PresentForm(StepForm):
    present = _boxes(_("Present"), codes.Presence.choices)


class WishForm(StepForm):
    wish = _radios(_("Does the person want help?"), [("yes", _("yes, or is not sure yet")), ("no", _("no"))])


class NeedsForm(StepForm):
    needs = _boxes(_("What the person needs now"), codes.Need.choices)


class RiskForm(StepForm):
    risk = _radios(_("Danger"), codes.Risk.choices)


class LanguageForm(StepForm):
    language = forms.ChoiceField(label=_("Language"), choices=LANGUAGES)
    needs_interpreter = forms.BooleanField(label=_("An interpreter is needed"), required=False)


class RightsForm(StepForm):
    informed = _radios(_("Was the person told of the rights?"), [("yes", _("yes")), ("no", _("not yet"))])
    language = forms.ChoiceField(label=_("In which language"), choices=LANGUAGES, required=False)
    material = forms.ChoiceField(
        label=_("How"), required=False,
        choices=[("spoken", _("by word of mouth")), ("leaflet", _("leaflet")), ("interpreter", _("through an interpreter"))],
    )  # fmt: skip

    def prepare(self) -> None:
        self.fields["language"].initial = self.answers.get("language", {}).get("language", "sq")


class GuardianForm(StepForm):
    guardian = _radios(
        _("Is there somebody who may speak for the child?"),
        [("yes", _("yes")), ("no", _("no, or not known")), ("excluded", _("there is somebody, but suspected or in conflict"))],
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Who"), choices=Guardian.Kind.choices, required=False)
    name = forms.CharField(label=_("Name"), max_length=120, required=False, widget=forms.TextInput(attrs=OFF))
    contact = forms.CharField(
        label=_("How to reach her or him"), max_length=120, required=False, widget=forms.TextInput(attrs=OFF)
    )
    unit = forms.ModelChoiceField(
        label=_("Which child protection unit is informed?"), queryset=Agency.objects.none(), to_field_name="code"
    )
    is_informed = forms.BooleanField(label=_("I have called it, or call it now"))

    def prepare(self) -> None:
        field: Any = self.fields["unit"]
        working = Membership.objects.active_on(self.today).filter(role="municipality").values("agency")
        field.queryset = Agency.objects.filter(Q(kind=Agency.Kind.MUNICIPALITY, is_group=False) | Q(pk__in=working))
        named = dict(field.queryset.values_list("pk", "code"))
        field.required = bool(named)  # where no unit is entered yet, a child is reported all the same
        field.choices = [("", "—"), *((named[pk], words) for pk, words in by_name(field.queryset))]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("guardian") in ("yes", "excluded") and not data.get("name"):
            self.add_error("name", gettext("Write the name, or choose “no, or not known”."))
        return data


class ConsentForm(StepForm):
    purposes = _boxes(
        _("For what may other institutions know of her?"), [(one.value, PURPOSE_WORDS[one]) for one in PURPOSES]
    )
    parts = _boxes(_("What may they know?"), list(SHAREABLE_WORDS.items()))
    form = forms.ChoiceField(
        label=_("How was it said?"),
        required=False,
        choices=[("spoken", _("by word of mouth, with a witness")), ("signed", _("signed"))],
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and bool(data["purposes"]) != bool(data["parts"]):
            raise forms.ValidationError(
                gettext("Choose both what for and what, or neither: without consent the file stays with you.")
            )
        return data


class NameForm(StepForm):
    surname = forms.CharField(label=_("Surname"), max_length=120, required=False, widget=forms.TextInput(attrs=OFF))
    given_names = forms.CharField(
        label=_("Given names"), max_length=120, required=False, widget=forms.TextInput(attrs=OFF)
    )
    father_name = forms.CharField(
        label=_("Father's name"), max_length=120, required=False, widget=forms.TextInput(attrs=OFF)
    )


class AboutForm(StepForm, PersonForm):
    """Sex, birth and citizenship, as the form of a person takes them."""

    def __init__(self, *args: Any, today: date, answers: Mapping[str, Any], **kwargs: Any) -> None:
        PersonForm.__init__(self, *args, today=today, **kwargs)
        self.answers = answers
        for name in ("surname", "given_names", "father_name", "registration"):
            del self.fields[name]
        self.order_fields(["sex", "birth_date", "is_birth_estimated", "birth_place", "citizenships"])


class WordsForm(StepForm):
    words = forms.CharField(
        label=_("In a few sentences"), required=False, max_length=8000,
        widget=forms.Textarea(attrs={"rows": 6, "autocomplete": "off"}),
    )  # fmt: skip


class StatusForm(StepForm):
    status = _radios(
        _("What do you think?"),
        [
            ("presumed", _("a presumed victim: there are signs enough")),
            ("potential", _("a potential victim: it is not clear yet")),
            ("at_risk", _("not a victim, but at risk")),
        ],
    )
    form = forms.ChoiceField(
        label=_("For what was the person exploited, or was to be?"), required=False,
        choices=[("", _("not known")), *codes.Form.choices],
    )  # fmt: skip


class CountedForm(StepForm):
    sex = _radios(_("Sex"), Person.Sex.choices)
    age_group = _radios(_("Age group, about"), [one for one in ADULTS if one[0] != "unknown"])
    form = forms.ChoiceField(
        label=_("For what was the person exploited, or was to be?"), required=False,
        choices=[("", _("not known")), *codes.Form.choices],
    )  # fmt: skip
    is_another = forms.BooleanField(label=_("It is another person than one whom I have counted today"), required=False)

    def prepare(self) -> None:
        self.fields["age_group"].initial = self.answers.get("age", {}).get("age_group")


FORMS: dict[str, type[StepForm]] = {
    "age": AgeForm, "how": HowForm, "where": WhereForm, "reach": ReachForm, "present": PresentForm, "wish": WishForm,
    "needs": NeedsForm, "risk": RiskForm, "language": LanguageForm, "rights": RightsForm, "guardian": GuardianForm,
    "consent": ConsentForm, "name": NameForm, "about": AboutForm, "words": WordsForm, "status": StatusForm, "counted": CountedForm,
}  # fmt: skip
