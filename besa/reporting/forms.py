"""Forms of rounds, returns and review."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from besa.documents.models import Document
from besa.lib.periods import Period
from besa.plan.models import Plan
from besa.reporting import rules
from besa.reporting.models import Entry

_DATE = {"type": "date"}
LONGEST_REASON = 1000  # characters


class _Writing(forms.ModelForm[Entry]):
    """A form on an entry that leaves the instance as it is stored; the action changes it."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("revision", self.instance.revision)
        for name in set(self.fields) - {"revision", *rules.fields_of(self.instance)}:
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        given = {name: value for name, value in data.items() if name != "revision"}
        for name, text in rules.value_problems(self.instance, given):
            self.add_error(name if name in self.fields else None, text)  # type: ignore[arg-type]
        return data

    def _post_clean(self) -> None:
        """Nothing is written into the instance here."""

    @property
    def values(self) -> dict[str, Any]:
        """The fields that could be read, without those that have an error."""
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class EntryForm(_Writing):
    """What an institution says of one activity; a partner sees its fields only."""

    class Meta:
        model = Entry
        fields = rules.FULL_FIELDS
        widgets = {
            "status": forms.RadioSelect,
            "done": forms.Textarea(attrs={"rows": 4}),
            "outputs": forms.Textarea(attrs={"rows": 3}),
            "obstacle": forms.Textarea(attrs={"rows": 2}),
            "way_forward": forms.Textarea(attrs={"rows": 2}),
            "next_plan": forms.Textarea(attrs={"rows": 3}),
            "next_due_on": forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
        }
        help_texts = {
            "done": _("In the quarter only; two or three sentences are enough."),
            "outputs": _("What there is now that was not there before: numbers, documents, places."),
            "spent": _("Leave empty if it is not known; write 0 only if nothing was spent."),
            "obstacle_type": _("Needed where the activity is delayed, constrained or dropped."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "status" in self.fields:
            self.fields["status"].choices = Entry.Status.choices  # type: ignore[attr-defined]
            self.fields["status"].required = False


class GridForm(_Writing):
    """A line of the grid: the three fields that say most. It carries what the writer saw, so that only what she changed is saved."""

    stale = False  # somebody else has saved the entry since the page was made

    class Meta:
        model = Entry
        fields = ("status", "done", "outputs")
        widgets = {
            "status": forms.Select(attrs={"class": "form-select"}),
            "done": forms.Textarea(attrs={"rows": 3, "cols": 24, "class": "form-control"}),
            "outputs": forms.Textarea(attrs={"rows": 3, "cols": 24, "class": "form-control"}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in set(self.fields) - {"revision"}:
            self.fields[name].show_hidden_initial = True

    @property
    def written(self) -> dict[str, Any]:
        """The fields that the writer has changed since the page was made."""
        return {name: value for name, value in self.values.items() if name in self.changed_data}


class SummaryForm(forms.Form):
    summary = forms.CharField(
        label=_("General remarks of the institution"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class EvidenceForm(forms.Form):
    """A document that proves what an entry says. It stands inside the form of the entry, so that nothing written there is lost."""

    use_required_attribute = False
    kind = forms.ChoiceField(label=_("Kind of document"), choices=Document.Kind.choices)
    title = forms.CharField(label=_("Title"), max_length=200)
    dated_on = forms.DateField(label=_("Date of the document"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"))
    language = forms.ChoiceField(label=_("Language"), choices=[("sq", _("Albanian")), ("en", _("English"))])
    file = forms.FileField(
        label=_("File"), help_text=_("PDF, Word, Excel, OpenDocument, picture or text; 25 MB at most.")
    )


class RoundForm(forms.Form):
    """Open a round."""

    plan = forms.ModelChoiceField(label=_("Plan"), queryset=Plan.objects.filter(is_active=True), to_field_name="code")
    period = forms.CharField(label=_("Quarter"), max_length=8, help_text=_("Such as 2009Q2."))
    due_on = forms.DateField(
        label=_("Returns due on"),
        required=False,
        widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"),
        help_text=_("Twenty days after the quarter if left empty."),
    )

    def clean_period(self) -> Period:
        try:
            return Period.parse(self.cleaned_data["period"])
        except ValueError as error:
            raise forms.ValidationError(_("This is not a quarter. Write it as 2009Q2.")) from error


class LockForm(forms.Form):
    """Needed only where returns are missing."""

    is_acknowledged = forms.BooleanField(
        label=_("Lock the round without the returns that were not accepted; they stay listed as missing."),
        required=False,
    )


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("Why must the round be reopened?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class RemarksForm:
    """The reasons that a reviewer has written at fields: `reason-<entry>-<field>`, empty where a field is in order.

    For a field that the institution left empty: `reason-<entry>-other` with the field's name in `field-<entry>`.
    """

    def __init__(self, data: Mapping[str, Any], entries: Iterable[Entry]) -> None:
        known = {str(entry.pk): entry for entry in entries}
        self.remarks: list[tuple[Entry, str, str]] = []
        for key, value in data.items():
            prefix, _dash, rest = key.partition("-")
            pk, _dash, field = rest.partition("-")
            reason = str(value).strip()
            if field == "other":
                field = str(data.get(f"field-{pk}", ""))
            if prefix == "reason" and reason and pk in known and field in (*rules.fields_of(known[pk]), rules.EVIDENCE):
                self.remarks.append((known[pk], field, reason[:LONGEST_REASON]))


class UploadForm(forms.Form):
    file = forms.FileField(label=_("The form, filled in (.xlsx)"))
