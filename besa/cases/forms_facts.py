"""What people fill in about how a person was found, what happened, her rights, and an adult who refuses."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from besa.cases import codes
from besa.cases.actions.facts import Stage, Story
from besa.cases.actions.identifying import Identified, Unnamed
from besa.cases.forms_status import reason_field
from besa.cases.models import Facts, Identification, Leg, RightsEvent
from besa.cases.rules_facts import CHILDREN
from besa.directory.forms import DateInput, by_name
from besa.directory.models import Place
from besa.lib import lands
from besa.people.forms import LANGUAGES
from besa.people.models import Person

MOST_COUNTRIES = 4
NO_CHOICE = ("", "—")


def _boxes(label: Any, choices: Any, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple, help_text=help_text
    )


def _one(label: Any, choices: Any, *, is_required: bool = False, help_text: Any = "") -> forms.ChoiceField:
    return forms.ChoiceField(
        label=label, required=is_required, choices=[NO_CHOICE, *choices], help_text=help_text
    )  # fmt: skip


def _day(label: Any, *, is_required: bool = False, help_text: Any = "") -> forms.DateField:
    return forms.DateField(label=label, required=is_required, widget=DateInput(), help_text=help_text)


def _place(label: Any, help_text: Any = "") -> forms.ModelChoiceField[Place]:
    return forms.ModelChoiceField(
        label=label, queryset=Place.objects.none(), required=False, empty_label="—", help_text=help_text
    )


def _reach() -> forms.ChoiceField:
    return forms.ChoiceField(
        label=_("Internal or cross-border"), choices=codes.Reach.choices, initial=codes.Reach.UNKNOWN
    )


class PlacesForm(forms.Form):
    """Fills the lists of places; a crossing point is chosen apart."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = list(Place.objects.filter(kind__in=["qark", "municipality", "crossing"]))
        for name, kinds in (("place", ("qark", "municipality")), ("crossing", ("crossing",))):
            if name in self.fields:
                field: Any = self.fields[name]
                field.queryset = Place.objects.filter(kind__in=kinds)
                field.choices = [NO_CHOICE, *by_name(row for row in rows if row.kind in kinds)]
        for field in self.fields.values():
            if isinstance(field, forms.DateField):
                field.widget.attrs["max"] = str(today)


class IdentifyForm(PlacesForm):
    """The first identification."""

    channel = _one(_("How the person came to be known"), codes.Channel.choices, is_required=True)
    screened_on = _day(_("Screened on"), is_required=True)
    crossing = _place(_("Border crossing point"))
    place = _place(_("Place"), _("Where the person was found. Never the address of a shelter."))
    reach = _reach()
    found_by = _one(_("Who noticed first, if somebody else"), codes.Channel.choices)
    age_group = forms.ChoiceField(label=_("Age group"), choices=codes.AgeGroup.choices, initial=codes.AgeGroup.UNKNOWN)
    is_age_in_doubt = forms.BooleanField(label=_("The age is in doubt: counts as a child"), required=False)
    present = _boxes(_("Who was present"), codes.Presence.choices)
    risk = forms.ChoiceField(
        label=_("How great is the danger now"), choices=codes.Risk.choices, initial=codes.Risk.UNKNOWN
    )
    needs = _boxes(_("What the person needs now"), codes.Need.choices)
    language = _one(_("Language"), LANGUAGES)
    needs_interpreter = forms.BooleanField(label=_("Needs an interpreter"), required=False)
    words = reason_field(_("What was seen, in words"), _("Sealed; reading it is recorded."))

    def values(self) -> Identified:
        return Identified(**{name: value for name, value in self.cleaned_data.items() if name != "seen"})


class CorrectIdentificationForm(IdentifyForm):
    seen = forms.CharField(widget=forms.HiddenInput)


IDENTIFIED = tuple(name for name in IdentifyForm.base_fields if name != "words")


def identified_initial(row: Identification, words: str) -> dict[str, Any]:
    """The form as the identification says it now."""
    values = {name: getattr(row, name) for name in IDENTIFIED if name not in ("place", "crossing")}
    return values | {
        "place": row.place_id,
        "crossing": row.crossing_id,
        "words": words,
        "seen": row.recorded_at.isoformat(),
    }


class FactsForm(forms.Form):
    """What happened, in codes; the story in words is sealed."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    acts = _boxes(_("Act: what was done"), codes.Act.choices)
    means = _boxes(_("Means: how it was done"), codes.Means.choices)
    main = _one(_("Main form of exploitation"), codes.Form.choices)
    reach = _reach()
    further = _boxes(_("Further forms"), codes.Form.choices)
    recruitment = _boxes(_("Where the first contact was made"), codes.Recruitment.choices)
    recruiter = _one(_("What the recruiter was to the person"), codes.Recruiter.choices)
    promises = _boxes(_("What was promised"), codes.Promise.choices)
    controls = _boxes(_("How the person was held"), codes.Control.choices)
    from_on = _day(_("Exploited from"))
    until_on = _day(_("Exploited until"))
    exit = _one(_("How it ended"), codes.Exit.choices)
    words = reason_field(_("In words"), _("Sealed; reading it is recorded. As far as the person wants to tell."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number in range(1, MOST_COUNTRIES + 1):
            label = _("Country of exploitation") if number == 1 else _("Further country")
            self.fields[f"country_{number}"] = _one(label, lands.choices())
        for name in ("from_on", "until_on"):
            self.fields[name].widget.attrs["max"] = str(today)

    @property
    def countries(self) -> list[Any]:
        return [self[f"country_{number}"] for number in range(1, MOST_COUNTRIES + 1)]

    def values(self) -> Story:
        data = dict(self.cleaned_data)
        main = [code for code in [data.pop("main")] if code]
        chosen = [data.pop(f"country_{number}") for number in range(1, MOST_COUNTRIES + 1)]
        data["forms"] = list(dict.fromkeys([*main, *data.pop("further")]))
        del data["version"]
        return Story(**data, countries=[code for code in dict.fromkeys(chosen) if code])


LISTED = ("acts", "means", "reach", "recruitment", "recruiter", "promises", "controls", "exit", "from_on", "until_on")


def facts_initial(row: Facts | None, words: str) -> dict[str, Any]:
    """The form as the facts are now; version 0 where nothing is written down yet."""
    if row is None:
        return {"version": 0}
    values = {name: getattr(row, name) for name in LISTED}
    values |= {f"country_{number}": code for number, code in enumerate(row.countries[:MOST_COUNTRIES], start=1)}
    return values | {
        "main": row.forms[0] if row.forms else "",
        "further": row.forms[1:],
        "words": words,
        "version": row.version,
    }


class LegForm(PlacesForm):
    """A stage of the way."""

    kind = forms.ChoiceField(label=_("What happened there"), choices=Leg.Kind.choices, widget=forms.RadioSelect)
    country = _one(_("Country"), [], is_required=True)
    place = _place(_("Place, if in this country"))
    crossing = _place(_("Border crossed at, if known"))
    on = _day(_("On"), help_text=_("The day, if it is known."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        country: Any = self.fields["country"]
        country.choices = [NO_CHOICE, *lands.choices()]

    def values(self) -> Stage:
        return Stage(**self.cleaned_data)


class RightsForm(forms.Form):
    """What befell the person's rights."""

    kind = forms.ChoiceField(label=_("What happened"), choices=codes.RightsKind.choices, widget=forms.RadioSelect)
    on = _day(_("On"), is_required=True)
    language = _one(_("In which language"), LANGUAGES)
    material = _one(_("How"), RightsEvent.Material.choices)
    words = reason_field(_("In words"), _("Sealed; reading it is recorded."))

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on"].initial = today
        self.fields["on"].widget.attrs["max"] = str(today)


class RefusalForm(PlacesForm):
    """An adult in whom signs were seen and who wants no help and no file. Nothing here names her."""

    on = _day(_("On"), is_required=True)
    channel = _one(_("How the person came to be known"), codes.Channel.choices, is_required=True)
    crossing = _place(_("Border crossing point"))
    place = _place(_("Place"))
    reach = _reach()
    sex = _one(_("Sex"), Person.Sex.choices)
    age_group = _one(
        _("Age group"),
        [choice for choice in codes.AgeGroup.choices if choice[0] not in {*CHILDREN, codes.AgeGroup.UNKNOWN}],
        is_required=True,
        help_text=_(
            "Only an adult refuses. For a child, or where the age is in doubt, report the identification instead."
        ),
    )
    signs = _boxes(_("Signs of which exploitation"), codes.Form.choices)
    is_another = forms.BooleanField(
        label=_("It is another person than the one recorded for the same day"), required=False
    )

    def values(self) -> Unnamed:
        data = dict(self.cleaned_data)
        return Unnamed(forms=data.pop("signs"), **data)
