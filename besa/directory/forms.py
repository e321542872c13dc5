"""Forms of the directory: they parse and shape; what is allowed, the rules say."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.directory.access import ROLES
from besa.directory.models import Agency, Closing, Place, Seat, User
from besa.directory.rules import latest_until
from besa.lib.text import folded


def by_name(rows: Any) -> list[tuple[int, str]]:
    """Choices in the reader's alphabetical order."""
    return sorted(((row.pk, row.name) for row in rows), key=lambda choice: folded(choice[1]))


class DateInput(forms.DateInput):
    """A date as browsers pick it, always written year-month-day inside."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AgencyForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Agency
        fields: ClassVar[list[str]] = [
            "name_en", "name_sq", "kind", "parent", "place", "is_group", "is_reporting",
            "nrm_signatory_from", "nrm_signatory_to", "email", "note",
        ]  # fmt: skip
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "nrm_signatory_from": DateInput(),
            "nrm_signatory_to": DateInput(),
            "note": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parents: Any = self.fields["parent"]
        parents.queryset = Agency.objects.exclude(pk=self.instance.pk).order_by("name_en")
        places: Any = self.fields["place"]
        places.queryset = Place.objects.exclude(kind=Place.Kind.COMMUNE).order_by("kind", "name_sq")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        start, end = values.get("nrm_signatory_from"), values.get("nrm_signatory_to")
        if end and not start:
            self.add_error("nrm_signatory_from", gettext("Say from when, since there is an end."))
        elif start and end and end < start:
            self.add_error("nrm_signatory_to", gettext("The end lies before the beginning."))
        return values


class NewAgencyForm(AgencyForm):
    code = forms.SlugField(
        label=_("code"),
        max_length=40,
        help_text=_("Short, in Latin capitals, such as MOI. It cannot be changed later."),
    )
    field_order = ("code",)

    def clean_code(self) -> str:
        code = str(self.cleaned_data["code"]).upper()
        if Agency.objects.filter(code=code).exists():
            raise forms.ValidationError(gettext("There is already an agency with this code."))
        return code


class ProposeForm(forms.Form):
    """Who (known, or new with name and e-mail), for whom, as what, until when."""

    user = forms.ModelChoiceField(
        User.objects.none(), label=_("Person"), required=False, empty_label=_("A new person"),
        help_text=_("Choose somebody who has an account, or fill in name and e-mail of a new person."),
    )  # fmt: skip
    new_name = forms.CharField(label=_("Name of the new person"), max_length=120, required=False)
    new_email = forms.EmailField(label=_("E-mail of the new person"), max_length=254, required=False)
    new_language = forms.ChoiceField(
        label=_("Language of the new person"), choices=[("sq", _("Albanian")), ("en", _("English"))]
    )
    agency = forms.ModelChoiceField(Agency.objects.none(), label=_("Agency"))
    role = forms.ChoiceField(label=_("Role"), choices=[(role.code, role.name) for role in ROLES.values()])
    place = forms.ModelChoiceField(
        Place.objects.none(), label=_("Place"), required=False, empty_label=_("the whole country")
    )
    from_on = forms.DateField(label=_("From"), widget=DateInput())
    until_on = forms.DateField(label=_("Until"), widget=DateInput(), help_text=_("At most two years from today."))

    def __init__(self, *args: Any, today: date, without: User, **kwargs: Any) -> None:
        kwargs["initial"] = {"from_on": today, "until_on": latest_until(today)} | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        users: Any = self.fields["user"]
        users.queryset = User.objects.filter(is_active=True).exclude(pk=without.pk).order_by("name")
        users.label_from_instance = lambda user: f"{user.name} ({user.email})"
        agencies: Any = self.fields["agency"]
        agencies.queryset = Agency.objects.filter(is_group=False).order_by("name_en")
        places: Any = self.fields["place"]
        kinds = [Place.Kind.QARK, Place.Kind.MUNICIPALITY, Place.Kind.CROSSING]
        places.queryset = Place.objects.filter(kind__in=kinds).order_by("kind", "name_sq")

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("user"):
            if values.get("new_name") or values.get("new_email"):
                self.add_error("user", gettext("Choose a person or fill in a new one, not both."))
        else:
            for name in ("new_name", "new_email"):
                if not values.get(name) and name not in self.errors:
                    self.add_error(name, gettext("Needed for a new person."))
        return values


class RefuseForm(forms.Form):
    reason = forms.CharField(label=_("Reason"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))


class CloseForm(forms.Form):
    reason = forms.ChoiceField(label=_("Reason"), choices=[("", "—"), *Closing.Reason.choices])


class SeatForm(forms.Form):
    """A seat of a body."""

    agency = forms.ModelChoiceField(Agency.objects.none(), label=_("Agency"))
    function = forms.ChoiceField(label=_("Function"), choices=Seat.Function.choices, initial=Seat.Function.MEMBER)
    holder = forms.CharField(
        label=_("Holder"), max_length=120, required=False, help_text=_("The person or the office that sits there.")
    )
    from_on = forms.DateField(label=_("From"), widget=DateInput())
    until_on = forms.DateField(label=_("Until"), widget=DateInput(), required=False)

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs | {"initial": {"from_on": today}})
        agencies: Any = self.fields["agency"]
        agencies.queryset = Agency.objects.order_by("name_en")


class EndSeatForm(forms.Form):
    until_on = forms.DateField(label=_("Last day"), widget=DateInput())


class LanguageForm(forms.Form):
    language = forms.ChoiceField(label=_("Language"), choices=[("en", _("English")), ("sq", _("Albanian"))])


class DayForm(forms.Form):
    """A day to look at the country's parts of; 1912 is older than any part that is kept."""

    on = forms.DateField(label=_("As of"), widget=DateInput(), required=False)

    def clean_on(self) -> date | None:
        day: date | None = self.cleaned_data["on"]
        if day is not None and not 1912 <= day.year <= 2100:
            raise forms.ValidationError(gettext("Choose a day between 1912 and 2100."))
        return day
