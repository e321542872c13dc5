"""An identity as people write it down: the person, and rows for her other names, papers, contacts, languages and guardian.

Rows are added by a button that sends the form back with one more; nothing is saved by it and no script is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.directory.case_policy import Group
from besa.directory.forms import DateInput
from besa.lib import lands
from besa.people.identity import PARTS, PERSON_FIELDS, Identity, Part, Revealed
from besa.people.models import Alias, Contact, Guardian, Language, Paper, Person

MORE = "more"  # the button that adds a row; its value names the part
MOST_ROWS = 20
LANGUAGES = (
    ("sq", _("Albanian")), ("rom", _("Romani")), ("el", _("Greek")), ("mk", _("Macedonian")), ("sr", _("Serbian")),
    ("it", _("Italian")), ("en", _("English")), ("ro", _("Romanian")), ("uk", _("Ukrainian")), ("ru", _("Russian")),
    ("tr", _("Turkish")), ("ar", _("Arabic")), ("zh", _("Chinese")), ("other", _("other")),
)  # fmt: skip


def _short(label: Any, length: int = 120, help_text: Any = "", *, is_required: bool = False) -> forms.CharField:
    quiet = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    return forms.CharField(label=label, max_length=length, required=is_required, help_text=help_text, widget=quiet)


class CountriesField(forms.Field):
    """Countries written by their names in either language, or by their codes, apart by commas; gives the codes, shows the names."""

    words = staticmethod(lands.name_of)

    def __init__(self, *, length: int = 120, **kwargs: Any) -> None:
        quiet = forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "maxlength": length})
        super().__init__(required=False, widget=quiet, **kwargs)

    def to_python(self, value: Any) -> list[str]:
        words = [word.strip() for word in re.split(r"[,;\n]+", str(value or "")) if word.strip()]
        found = {word: lands.find(word) for word in words}
        if unknown := [word for word, code in found.items() if not code]:
            raise forms.ValidationError(
                gettext("There is no such country: %(names)s. Write names apart by commas, such as Albania, Italy.")
                % {"names": ", ".join(unknown)}
            )
        return list(dict.fromkeys(found.values()))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "").strip() != str(data or "").strip()

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(map(lands.name_of, value)) if isinstance(value, list) else value


class PersonForm(forms.Form):
    """The person herself. Every field may stay empty: who is in shock says little on the first day."""

    surname = _short(_("Surname"))
    given_names = _short(_("Given names"))
    father_name = _short(_("Father's name"))
    birth_date = _short(
        _("Date of birth"), 10, _("Year-month-day, such as 1993-04-02; the year alone if only that is known.")
    )
    is_birth_estimated = forms.BooleanField(label=_("The date of birth is an estimate"), required=False)
    birth_place = _short(_("Place of birth"))
    sex = forms.ChoiceField(label=_("Sex"), choices=Person.Sex.choices, initial=Person.Sex.UNKNOWN)
    citizenships = CountriesField(
        label=_("Citizenships"), help_text=_("Countries apart by commas, such as Albania, Italy.")
    )
    registration = forms.ChoiceField(
        label=_("Civil registration"), choices=Person.Registration.choices, initial=Person.Registration.UNKNOWN
    )

    def __init__(self, *args: Any, groups: Iterable[Group] = tuple(Group), today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        for group in set(Group) - set(groups):
            for name in (*PERSON_FIELDS[group], *(["is_birth_estimated"] if group is Group.BIRTH else [])):
                del self.fields[name]

    def clean_birth_date(self) -> str:
        text = str(self.cleaned_data["birth_date"]).strip()
        try:
            day = date(int(text), 1, 1) if re.fullmatch(r"\d{4}", text) else date.fromisoformat(text) if text else None
        except ValueError:
            raise forms.ValidationError(gettext("Write the date as year-month-day, or the year alone.")) from None
        if day is not None and not date(1900, 1, 1) <= day <= self.today:
            raise forms.ValidationError(gettext("This date cannot be right."))
        return text


class RowForm(forms.Form):
    """A row of a part; one in which nothing is written is no row. `told` are the fields of which one must be filled."""

    told: tuple[str, ...] = ()

    def is_blank(self) -> bool:
        return not any(str(self.cleaned_data.get(name) or "").strip() for name in self.told)

    def as_part(self) -> Part:
        return Part({name: value for name, value in self.cleaned_data.items() if name != "DELETE"})


class AliasForm(RowForm):
    told = ("surname", "given_names")
    kind = forms.ChoiceField(label=_("Kind of name"), choices=Alias.Kind.choices)
    surname = _short(_("Surname"))
    given_names = _short(_("Given names"))


class PaperForm(RowForm):
    told = ("number",)
    kind = forms.ChoiceField(label=_("Kind of paper"), choices=Paper.Kind.choices)
    country = CountriesField(label=_("Issued by"), length=60, help_text=_("A country, such as Albania."))
    number = _short(_("Number"), 40)
    valid_until = forms.DateField(label=_("Valid until"), required=False, widget=DateInput())

    def clean_country(self) -> str:
        found: list[str] = self.cleaned_data["country"]
        if len(found) > 1:
            raise forms.ValidationError(gettext("Write one country."))
        return found[0] if found else ""

    def clean_valid_until(self) -> str:
        day: date | None = self.cleaned_data["valid_until"]
        return day.isoformat() if day else ""


class ContactForm(RowForm):
    told = ("value",)
    kind = forms.ChoiceField(label=_("Kind of contact"), choices=Contact.Kind.choices)
    value = _short(_("Number or address"), 200)
    is_safe = forms.ChoiceField(
        label=_("Is it safe to use?"), choices=Contact.Safe.choices, initial=Contact.Safe.UNKNOWN
    )
    hours = _short(_("Safe hours"), 80, _("When she can speak freely."))
    caution = _short(_("Caution"), 200, _("Who else may answer, what never to say."))


class LanguageForm(RowForm):
    told = ("code",)
    code = forms.ChoiceField(label=_("Language"), choices=(("", "—"), *LANGUAGES), required=False)
    level = forms.ChoiceField(label=_("How well"), choices=Language.Level.choices)
    needs_interpreter = forms.BooleanField(label=_("Needs an interpreter"), required=False)


class GuardianForm(RowForm):
    told = ("name",)
    kind = forms.ChoiceField(label=_("Who it is"), choices=Guardian.Kind.choices)
    name = _short(_("Name"))
    contact = _short(_("Contact"), 200)
    is_excluded = forms.BooleanField(
        label=_("Excluded: suspected or in conflict"), required=False, help_text=_("Is told nothing about the person.")
    )
    from_on = forms.DateField(label=_("From"), required=False, widget=DateInput())
    until_on = forms.DateField(label=_("Until"), required=False, widget=DateInput())


ROWS: dict[str, tuple[type[RowForm], Promise, Promise]] = {
    "aliases": (AliasForm, _("Other names"), _("Add another name")),
    "papers": (PaperForm, _("Papers"), _("Add another paper")),
    "contacts": (ContactForm, _("Ways to reach the person"), _("Add another contact")),
    "languages": (LanguageForm, _("Languages"), _("Add another language")),
    "guardians": (GuardianForm, _("Guardian, for a child"), _("Add another guardian")),
}


class Rows:
    """The rows of one part."""

    def __init__(self, name: str, data: Any = None, initial: Any = None, extra: int = 1) -> None:
        form, self.title, self.add = ROWS[name]
        self.name = name
        made: Any = forms.formset_factory(form, extra=extra, max_num=MOST_ROWS, absolute_max=MOST_ROWS)
        self.formset = made(data, initial=initial, prefix=name)

    def parts(self) -> tuple[Part, ...]:
        """The rows in which something is written."""
        filled = [form for form in self.formset if form.has_changed() or form.initial]
        return tuple(form.as_part() for form in filled if not form.is_blank())


class IdentityForms:
    """The forms of an identity, as far as the groups go: bound to what was sent, or filled with what was opened."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        today: date,
        groups: Iterable[Group] = tuple(Group),
        initial: Mapping[str, Any] | None = None,
    ) -> None:
        self.groups = frozenset(groups)
        names = [name for group in Group if group in self.groups for name in PARTS[group]]
        wanted = data.get(MORE, "") if data is not None else ""
        self.is_growing = wanted in names
        known = initial or {}
        if self.is_growing and data is not None:
            known, data = _as_written(data, names), None
        self.person = PersonForm(data, groups=self.groups, today=today, initial=known)
        self.rows = [Rows(name, data, known.get(name), 1) for name in ROWS if name in names]

    @property
    def all(self) -> list[Any]:
        return [self.person, *(form for rows in self.rows for form in rows.formset)]

    def is_valid(self) -> bool:
        """Whether everything is in order; a form that only asks for one more row never is."""
        return not self.is_growing and all([self.person.is_valid(), *(rows.formset.is_valid() for rows in self.rows)])

    def identity(self) -> Identity:
        return Identity(self.person.cleaned_data, **{rows.name: rows.parts() for rows in self.rows})


def _as_written(data: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """What was sent, as a form shows it again before it is complete."""
    known: dict[str, Any] = {name: _value(data, name, field) for name, field in PersonForm.base_fields.items()}
    for name in names:
        fields = ROWS[name][0].base_fields
        count = data.get(f"{name}-TOTAL_FORMS", "")
        total = min(int(count), MOST_ROWS) if count.isdigit() else 0
        rows = [
            {key: _value(data, f"{name}-{number}-{key}", field) for key, field in fields.items()}
            for number in range(total)
        ]
        known[name] = rows
    return known


def _value(data: Mapping[str, Any], name: str, field: forms.Field) -> Any:
    return name in data if isinstance(field, forms.BooleanField) else data.get(name, "")


def as_initial(person: Person, found: Revealed) -> dict[str, Any]:
    """What was opened, as the forms show it for editing."""
    clear = {name: getattr(person, name) for name in ("sex", "registration", "is_birth_estimated")}
    papers = [row | {"country": lands.name_of(str(row["country"]))} for row in found.parts.get("papers", ())]
    return {**clear, "citizenships": person.citizenships, **found.fields, **found.parts, "papers": papers}
