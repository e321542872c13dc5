"""What people fill in about cases: parsing and shape; what is allowed, policy and rules say."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.cases import numbers
from besa.cases.models import Case, Compartment, Conflict, Erasure, Glass, Hold
from besa.cases.rules import LEAST_WORDS
from besa.directory.case_policy import PURPOSE_WORDS, PURPOSES_OF, SEALED_WORKERS, WORKERS
from besa.directory.forms import DateInput, by_name
from besa.directory.models import Membership, Place, User
from besa.lib.text import folded
from besa.people.indexing import Query

CHILD = {"yes": True, "no": False, "doubt": None}
CHILD_CHOICES = [("yes", _("yes, under 18")), ("no", _("no")), ("doubt", _("in doubt: counts as a child"))]


def end_of(day: date) -> datetime:
    """The last moment of a day in the country's time."""
    return timezone.make_aware(datetime.combine(day, time(23, 59, 59)))


class NumberField(forms.CharField):
    """A case number, typed in any way; a slip of the fingers is told from a number that there may be."""

    def __init__(self) -> None:
        super().__init__(
            label=_("Number of the case"), max_length=40,
            help_text=_("Such as K7M2-9QXA-5. Blanks, dashes and small letters do not matter."),
            widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "characters"}),
        )  # fmt: skip

    def clean(self, value: Any) -> str:
        text = str(super().clean(value))
        number = numbers.understood(text)
        if not number:
            raise forms.ValidationError(
                gettext(
                    "This number has a slip in it: its last sign does not fit the others. Please compare sign by sign."
                )
            )
        return number


class NumberForm(forms.Form):
    number = NumberField()


class IdentitySearchForm(forms.Form):
    """What is known of a person: names with a year, or the number of a paper, or a telephone number."""

    purpose = forms.ChoiceField(label=_("Why you search"))
    surname = forms.CharField(label=_("Surname"), max_length=120, required=False)
    given = forms.CharField(label=_("Given name"), max_length=120, required=False)
    birth_year = forms.IntegerField(
        label=_("Year of birth, about"), required=False, min_value=1900, max_value=2100,
        widget=forms.TextInput(attrs={"inputmode": "numeric"}),
    )  # fmt: skip
    paper = forms.CharField(label=_("Number of a paper"), max_length=40, required=False)
    phone = forms.CharField(label=_("Telephone number"), max_length=40, required=False)

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        purpose: Any = self.fields["purpose"]
        purpose.choices = [(one.value, PURPOSE_WORDS[one]) for one in PURPOSES_OF.get(role, ())]
        for field in self.fields.values():
            field.widget.attrs.setdefault("autocomplete", "off")

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        is_name = data.get("surname") and data.get("given")
        if not self.errors and not (is_name or data.get("paper") or data.get("phone")):
            raise forms.ValidationError(
                gettext("Give surname and given name together, or the number of a paper, or a telephone number.")
            )
        return data

    def query(self) -> Query:
        data = self.cleaned_data
        return Query(data["surname"], data["given"], data["birth_year"], data["paper"], data["phone"])

    def asked(self) -> list[str]:
        """The names of the fields that were filled, for the record of events."""
        return [name for name in ("surname", "given", "birth_year", "paper", "phone") if self.cleaned_data.get(name)]


class CaseForm(forms.Form):
    """The facts of a case."""

    is_child = forms.ChoiceField(label=_("Is the person a child?"), choices=CHILD_CHOICES, initial="doubt")
    place = forms.ModelChoiceField(
        label=_("Place"), queryset=Place.objects.none(), required=False, empty_label=_("not known"),
        help_text=_("Where the person was found or lives now. Never the address of a shelter."),
    )  # fmt: skip
    summary = forms.CharField(
        label=_("Summary"), widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}), required=False,
        max_length=8000, help_text=_("What is known in a few sentences. It is sealed, and read only by who works on the case."),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        place: Any = self.fields["place"]
        place.queryset = places()
        place.choices = [("", gettext("not known")), *by_name(place.queryset)]

    def facts(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"is_child": CHILD[data["is_child"]], "place": data["place"], "summary": data["summary"].strip()}


def places() -> Any:
    """Where a case can lie: qarks, municipalities and crossing points."""
    return Place.objects.filter(kind__in=["qark", "municipality", "crossing"])


def child_code(is_child: bool | None) -> str:
    return next(code for code, value in CHILD.items() if value is is_child)


class OpenForm(CaseForm):
    """A new case: what kind it is, and its facts."""

    kind = forms.ChoiceField(label=_("Kind of case"), choices=Case.Kind.choices, widget=forms.RadioSelect)
    field_order = ("kind", "is_child", "place")


class EditForm(CaseForm):
    version = forms.IntegerField(widget=forms.HiddenInput)


class NoteForm(forms.Form):
    text = forms.CharField(
        label=_("Note"), widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}), max_length=8000,
        help_text=_("It is sealed, and not changed afterwards; a correction is a new note."),
    )  # fmt: skip


class UntilForm(forms.Form):
    until = forms.DateField(label=_("Until"), widget=DateInput(), help_text=_("Access ends by itself after this day."))

    def __init__(self, *args: Any, today: date, days: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = today + timedelta(days=days - 1)  # its end lies within the days that are given at most
        self.fields["until"].initial = last
        self.fields["until"].widget.attrs |= {"min": str(today), "max": str(last)}

    def until_at(self) -> datetime:
        return end_of(self.cleaned_data["until"])


class TeamForm(UntilForm):
    membership = forms.ModelChoiceField(label=_("Member"), queryset=Membership.objects.none())
    is_lead = forms.BooleanField(
        label=_("Leads the case"), required=False, help_text=_("Makes up the team, shares the case, closes it.")
    )
    field_order = ("membership", "is_lead", "until")

    def __init__(self, *args: Any, case: Case, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["membership"]
        workers = SEALED_WORKERS if case.compartment_id else WORKERS
        field.queryset = Membership.objects.active_on(kwargs["today"]).filter(role__in=workers)
        rows = field.queryset.select_related("user", "agency")
        named = [(row.pk, f"{row.user.name}, {row.get_role_display()}, {row.agency.name}") for row in rows]
        field.choices = [("", "—"), *sorted(named, key=lambda choice: folded(choice[1]))]


class ConflictForm(forms.Form):
    user = forms.ModelChoiceField(label=_("Person"), queryset=User.objects.filter(is_active=True))
    reason = forms.ChoiceField(label=_("Reason"), choices=Conflict.Reason.choices)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["user"]
        workers = Membership.objects.active_on(today).filter(
            role__in=WORKERS | SEALED_WORKERS | {"rcat", "data_protection"}
        )
        field.queryset = User.objects.filter(is_active=True, pk__in=workers.values("user"))
        field.choices = [("", "—"), *by_name(field.queryset)]


class MoveForm(forms.Form):
    verb = forms.ChoiceField(choices=[(verb, verb) for verb in ("activate", "monitor", "close", "reopen")])
    closing = forms.ChoiceField(label=_("Why it is closed"), choices=[("", "—"), *Case.Closing.choices], required=False)


class GlassForm(forms.Form):
    """The number of the case, a reason from the list, and a sentence."""

    number = NumberField()
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *Glass.Reason.choices])
    words = forms.CharField(
        label=_("Why it cannot wait"), widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off"}), max_length=2000,
        help_text=_("A sentence or two. They are sealed and read by who reviews the opening."),
    )  # fmt: skip

    def clean_words(self) -> str:
        """Too few are refused before the number is looked at, so that nobody tries out numbers without opening a case."""
        words = str(self.cleaned_data["words"]).strip()
        if len(words) < LEAST_WORDS:
            raise forms.ValidationError(_("Say in a sentence why this cannot wait."))
        return words


class FindingForm(forms.Form):
    finding = forms.ChoiceField(label=_("Finding"), choices=Glass.Finding.choices, widget=forms.RadioSelect)


class HoldForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=Hold.Reason.choices)


class ErasureForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=Erasure.Reason.choices)


class CompartmentForm(forms.Form):
    code = forms.SlugField(label=_("Code"), max_length=40, help_text=_("Short; tells nothing about who is in it."))
    name_en = forms.CharField(label=_("Name in English"), max_length=120)
    name_sq = forms.CharField(label=_("Name in Albanian"), max_length=120)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"])
        if Compartment.objects.filter(code=code).exists():
            raise forms.ValidationError(gettext("There is a compartment with this code already."))
        return code


class CustodianForm(UntilForm):
    membership = forms.ModelChoiceField(label=_("Member"), queryset=Membership.objects.none())
    field_order = ("membership", "until")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["membership"]
        field.queryset = Membership.objects.active_on(kwargs["today"]).filter(
            role__in=SEALED_WORKERS | {"responsible_authority"}
        )
        rows = field.queryset.select_related("user", "agency")
        field.choices = [("", "—"), *((row.pk, f"{row.user.name}, {row.get_role_display()}") for row in rows)]


class SealForm(forms.Form):
    compartment = forms.ModelChoiceField(label=_("Compartment"), queryset=Compartment.objects.none())

    def __init__(self, *args: Any, member: Membership, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["compartment"]
        held = {"custodians__membership": member, "custodians__state": "active"}
        field.queryset = Compartment.objects.filter(
            **held, custodians__from_at__lte=at, custodians__until_at__gt=at
        ).distinct()
        field.label_from_instance = lambda row: row.name
