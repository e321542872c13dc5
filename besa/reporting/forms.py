"""Forms of rounds, returns and review."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from besa.documents.models import Document
from besa.lib.periods import Period
from besa.plan.models import Plan
from besa.reporting import rules
from besa.reporting.models import Entry

_DATE = {"type": "date"}


class EntryForm(forms.ModelForm):  # type: ignore[type-arg]
    """What an institution says of one activity; a partner sees its fields only."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

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
        self.initial.setdefault("revision", self.instance.revision)
        if "status" in self.fields:
            self.fields["status"].choices = Entry.Status.choices  # type: ignore[attr-defined]
            self.fields["status"].required = False
        for name in set(rules.FULL_FIELDS) - set(rules.fields_of(self.instance)):
            del self.fields[name]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("spent") is not None and not data.get("currency"):
            self.add_error("currency", _("Say in which currency."))
        if data.get("spent") is None:
            data["currency"] = ""
        return data

    def _post_clean(self) -> None:
        """The instance stays as it is stored; the action changes it."""

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class GridForm(forms.ModelForm):  # type: ignore[type-arg]
    """A line of the grid: the three fields that say most."""

    revision = forms.IntegerField(widget=forms.HiddenInput)

    class Meta:
        model = Entry
        fields = ("status", "done", "outputs")
        widgets = {"done": forms.Textarea(attrs={"rows": 2}), "outputs": forms.Textarea(attrs={"rows": 2})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("revision", self.instance.revision)
        if not self.instance.is_lead:
            del self.fields["status"]

    def _post_clean(self) -> None:
        """The instance stays as it is stored; the action changes it."""

    @property
    def values(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}


class SummaryForm(forms.Form):
    summary = forms.CharField(
        label=_("General remarks of the institution"),
        required=False,
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class EvidenceForm(forms.Form):
    """A document that proves what an entry says."""

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
    is_acknowledged = forms.BooleanField(
        label=_("Lock the round without the returns that were not accepted; they stay listed as missing."),
        required=False,
    )


class ReopenForm(forms.Form):
    reason = forms.CharField(
        label=_("Why must the round be reopened?"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )


class UploadForm(forms.Form):
    file = forms.FileField(label=_("The form, filled in (.xlsx)"))
