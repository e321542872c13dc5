"""Handing in a document."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.documents.models import Document
from besa.lib.files.kinds import ENDINGS, LABELS


class DocumentForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=LABELS,
        widget=forms.ClearableFileInput(attrs={"accept": ",".join(ENDINGS)}),
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Document.Kind.choices)
    number = forms.CharField(label=_("Number"), max_length=60, required=False)
    title = forms.CharField(label=_("Title"), max_length=200)
    dated_on = forms.DateField(
        label=_("Date of the document"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )
    language = forms.ChoiceField(label=_("Language"), choices=[("sq", _("Albanian")), ("en", _("English"))])

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if file.size and file.size > settings.DOCUMENT_MAX_BYTES:
            limit = settings.DOCUMENT_MAX_BYTES // (1024 * 1024)
            raise forms.ValidationError(gettext("The file is larger than %(limit)s MB.") % {"limit": limit})
        return file
