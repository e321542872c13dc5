"""What people fill in about providers and referrals."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.assistance.actions.referrals import Wanted
from besa.assistance.models import Provider, Referral
from besa.cases.codes import Need
from besa.cases.words import SHAREABLE_WORDS
from besa.directory.case_policy import PURPOSE_WORDS, Purpose
from besa.directory.forms import DateInput, by_name
from besa.directory.models import Agency, Place

PURPOSES = [(one.value, PURPOSE_WORDS[one]) for one in Purpose if one is not Purpose.EMERGENCY]


class WantedForm(forms.Form):
    """What is asked for. The receiver sees this before it accepts, and no name."""

    services = forms.MultipleChoiceField(
        label=_("What does the person need?"), choices=Need.choices, widget=forms.CheckboxSelectMultiple
    )
    urgency = forms.ChoiceField(
        label=_("How soon must the answer come?"),
        choices=Referral.Urgency.choices,
        widget=forms.RadioSelect,
        initial="soon",
    )
    companions = forms.IntegerField(
        label=_("Children who come along"),
        min_value=0,
        max_value=12,
        initial=0,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
    )
    purpose = forms.ChoiceField(label=_("Purpose"), choices=PURPOSES, initial=Purpose.ASSISTANCE.value)


class SendForm(WantedForm):
    """To whom it goes, and what it opens when it is accepted."""

    to = forms.CharField(label=_("Whom do you ask?"), widget=forms.HiddenInput, required=False)
    groups = forms.MultipleChoiceField(
        label=_("What opens when it is accepted"), required=False, widget=forms.CheckboxSelectMultiple,
        help_text=_("Only parts to which the person has consented for this purpose. As few as the help needs."),
    )  # fmt: skip
    message = forms.CharField(
        label=_("Message to who accepts"), required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
        help_text=_("It is sealed and opens when the referral has been accepted."),
    )  # fmt: skip

    def __init__(self, *args: Any, consented: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: Any = self.fields["groups"]
        groups.choices = [(code, SHAREABLE_WORDS[code]) for code in SHAREABLE_WORDS if code in set(consented)]

    def receiver(self) -> tuple[Agency, Provider | None]:
        """The institution, and its house or centre where one was chosen: `p:<code>` or `a:<code>`."""
        kind, _colon, code = self.cleaned_data["to"].partition(":")
        if kind == "p":
            provider = Provider.objects.select_related("agency").filter(code=code).first()
            if provider:
                return provider.agency, provider
        agency = Agency.objects.filter(code=code, is_group=False).first() if kind == "a" else None
        if agency is None:
            raise forms.ValidationError(gettext("Choose whom you ask."))
        return agency, None

    def wanted(self, kind: str = Referral.Kind.SERVICE) -> Wanted:
        data = self.cleaned_data
        return Wanted(
            services=tuple(data["services"]), urgency=data["urgency"], purpose=data["purpose"], groups=tuple(data["groups"]),
            companions=data["companions"], message=data["message"], kind=kind,
        )  # fmt: skip


class HandoverForm(forms.Form):
    """Another institution answers for the case from then on."""

    agency = forms.ModelChoiceField(label=_("Institution"), queryset=Agency.objects.none())
    urgency = forms.ChoiceField(
        label=_("How soon must the answer come?"),
        choices=Referral.Urgency.choices,
        widget=forms.RadioSelect,
        initial="routine",
    )
    message = forms.CharField(
        label=_("Message to who accepts"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off"}),
    )

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["agency"]
        field.queryset = agencies
        field.choices = [("", "—"), *by_name(agencies)]


class DeclineForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why?"), choices=Referral.Decline.choices, widget=forms.RadioSelect)


class FinishForm(forms.Form):
    outcome = forms.ChoiceField(label=_("How did it end?"), choices=Referral.Outcome.choices, widget=forms.RadioSelect)


class PlacesForm(forms.Form):
    """The two numbers that change every day."""

    capacity = forms.IntegerField(label=_("Places"), min_value=0, max_value=500)
    taken_otherwise = forms.IntegerField(
        label=_("Places taken otherwise"), min_value=0, max_value=500,
        help_text=_("By persons who did not come through a referral here."),
    )  # fmt: skip
    is_open = forms.BooleanField(label=_("Receives persons now"), required=False)
    version = forms.IntegerField(widget=forms.HiddenInput)


class ProviderForm(forms.Form):
    """The entry of a provider in the register."""

    kind = forms.ChoiceField(label=_("Kind"), choices=Provider.Kind.choices)
    name_en = forms.CharField(label=_("Name in English"), max_length=200)
    name_sq = forms.CharField(label=_("Name in Albanian"), max_length=200)
    place = forms.ModelChoiceField(
        label=_("Qark"), queryset=Place.objects.none(), required=False, empty_label=_("the whole country")
    )
    services = forms.MultipleChoiceField(label=_("Services"), choices=Need.choices, widget=forms.CheckboxSelectMultiple)
    takes_women = forms.BooleanField(label=_("Takes women"), required=False)
    takes_men = forms.BooleanField(label=_("Takes men"), required=False)
    takes_children = forms.BooleanField(label=_("Takes children alone"), required=False)
    takes_with_children = forms.BooleanField(label=_("Takes parents with children"), required=False)
    is_accessible = forms.BooleanField(label=_("Accessible to persons with a disability"), required=False)
    security = forms.ChoiceField(
        label=_("Security"), choices=Provider.Security.choices, widget=forms.RadioSelect, initial="open"
    )
    capacity = forms.IntegerField(label=_("Places"), min_value=0, max_value=500, initial=0)
    taken_otherwise = forms.IntegerField(label=_("Places taken otherwise"), min_value=0, max_value=500, initial=0)
    is_open = forms.BooleanField(label=_("Receives persons now"), required=False, initial=True)
    address = forms.CharField(
        label=_("Address"), required=False, max_length=300, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("It is sealed. Left empty, what was written before stays."),
    )  # fmt: skip
    telephone = forms.CharField(
        label=_("Telephone"), required=False, max_length=60, widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=_("It is sealed. Left empty, what was written before stays."),
    )  # fmt: skip
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        place.queryset = Place.objects.filter(kind=Place.Kind.QARK)
        place.choices = [("", gettext("the whole country")), *by_name(place.queryset)]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if not self.errors and data["taken_otherwise"] > data["capacity"]:
            self.add_error("taken_otherwise", gettext("More places are taken than there are."))
        return data

    def values(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data.pop("version", None)
        data.pop("code", None)
        data.pop("agency", None)
        return {name: value for name, value in data.items() if value or name not in ("address", "telephone")}


class NewProviderForm(ProviderForm):
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Short, in small letters, such as vatra-vlore."))
    agency = forms.ModelChoiceField(label=_("Institution"), queryset=Agency.objects.none())
    field_order = ("code", "agency")

    def __init__(self, *args: Any, agencies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["agency"]
        field.queryset = agencies
        field.choices = by_name(agencies)


class AccreditForm(forms.Form):
    until_on = forms.DateField(
        label=_("Accredited until"),
        required=False,
        widget=DateInput(),
        help_text=_("Left empty, the provider is not accredited."),
    )
