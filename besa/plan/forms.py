"""Forms of the plan: deciding an amendment, loading a plan. Drafting an amendment is in `drafting`."""

from __future__ import annotations

from pathlib import Path

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from besa.directory.models import Body
from besa.plan.loading import format_of


class DecisionForm(forms.Form):
    """A body's decision on an amendment."""

    body = forms.ModelChoiceField(label=_("Body that has decided"), queryset=Body.objects.all())
    decision_number = forms.CharField(label=_("Number of the decision"), max_length=60)
    decided_on = forms.DateField(
        label=_("Date of the decision"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    refusal = forms.CharField(
        label=_("Reason of refusal"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Only if the body has refused."),
    )


class ImportForm(forms.Form):
    """A file that holds a plan."""

    file = forms.FileField(
        label=_("File"),
        help_text=_("An Excel workbook made from the template, or a YAML or JSON file."),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx,.yaml,.yml,.json"}),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if not format_of(Path(file.name or "")):
            raise forms.ValidationError(_("The ending of the name must be .xlsx, .yaml or .json."))
        return file
