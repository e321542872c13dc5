"""Forms of the report."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from besa.directory.models import Body


class DecisionForm(forms.Form):
    """One decision asked of the committee, in both languages."""

    en = forms.CharField(
        label=_("In English"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000
    )
    sq = forms.CharField(
        label=_("In Albanian"), widget=forms.Textarea(attrs={"rows": 2}), required=False, max_length=1000
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if bool(data.get("en", "").strip()) != bool(data.get("sq", "").strip()):
            raise forms.ValidationError(_("Write the decision in both languages; the report goes out in both."))
        return data


_FormSet = forms.formset_factory(DecisionForm, extra=2, can_delete=True, max_num=40)


def decision_formset(data: Any, initial: list[dict[str, str]]) -> Any:
    """The decisions with two empty lines to add more."""
    return _FormSet(data, initial=initial, prefix="decision")


class AdoptForm(forms.Form):
    """By which body, with which decision, on which day."""

    body = forms.ModelChoiceField(label=_("Adopted by"), queryset=Body.objects.filter(level=Body.Level.NATIONAL))
    decision_number = forms.CharField(label=_("Number of the decision"), max_length=60)
    decided_on = forms.DateField(
        label=_("Date of the decision"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
