"""Handing in a file, asking for an export."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from besa.cases import numbers
from besa.cases.models import Export
from besa.cases.words import GROUP_WORDS
from besa.directory.case_policy import PURPOSE_WORDS, PURPOSES_OF, Group, Purpose
from besa.lib.files.kinds import MEDIA_TYPES


class AttachmentForm(forms.Form):
    file = forms.FileField(
        label=_("File"), widget=forms.ClearableFileInput(attrs={"accept": ",".join(sorted(MEDIA_TYPES))})
    )
    title = forms.CharField(
        label=_("Title"),
        max_length=200,
        required=False,
        help_text=_("Left empty, it is the name of the file. It is sealed."),
    )


class ExportForm(forms.Form):
    """An export of the cases that the asker leads."""

    numbers = forms.CharField(
        label=_("Numbers of the cases"), widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("One or more, separated by blanks, commas or lines."),
    )  # fmt: skip
    groups = forms.MultipleChoiceField(label=_("Parts of the identity"), widget=forms.CheckboxSelectMultiple)
    purpose = forms.ChoiceField(label=_("Purpose"))
    recipient = forms.CharField(
        label=_("Recipient"), max_length=120, help_text=_("The office or person who opens the file.")
    )
    recipient_key = forms.CharField(
        label=_("Public key of the recipient"), max_length=80,
        help_text=_("Made by the recipient with the program age; it begins with “age1”. Only the recipient can open the file."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )  # fmt: skip
    kind = forms.ChoiceField(label=_("Format"), choices=Export.Kind.choices)

    def __init__(self, *args: Any, role: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        groups: Any = self.fields["groups"]
        groups.choices = [(group.value, GROUP_WORDS[group]) for group in Group]
        purpose: Any = self.fields["purpose"]
        purpose.choices = [(item.value, PURPOSE_WORDS[Purpose(item)]) for item in PURPOSES_OF.get(role, ())]

    def clean_numbers(self) -> list[str]:
        """The numbers, understood; each slip is named."""
        words = self.cleaned_data["numbers"].replace(",", " ").replace(";", " ").split()
        wrong = [word for word in words if not numbers.understood(word)]
        if wrong:
            raise forms.ValidationError(_("There is a slip in: %(words)s") % {"words": ", ".join(wrong)})
        return list(dict.fromkeys(numbers.understood(word) for word in words))
