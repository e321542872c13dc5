"""What people fill in about the status log: a determination, an appeal and how it ended."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.cases.codes import Act, Basis, Form, Means, Status
from besa.cases.models import Appeal
from besa.cases.rules_status import BASES
from besa.directory.forms import DateInput, by_name
from besa.directory.models import Agency

STATUS_HELP: dict[str, Promise] = {
    Status.AT_RISK: _("At risk: not exploited, but in danger of it. Preventive help; never counted among victims."),
    Status.POTENTIAL: _("Potential: the first signs are there; the interview is still to come."),
    Status.PRESUMED: _("Presumed: there are reasonable grounds. Help and the reflection period begin."),
    Status.IDENTIFIED: _("Identified: the formal decision after the reflection period, or that of a court or another country."),
    Status.NOT_A_VICTIM: _("Not a victim: the formal decision; the person can appeal."),
    Status.WITHDRAWN: _("Withdrawn: an adult does not want it any more; she can come back at any time."),
}  # fmt: skip


def _criteria(name: str, choices: Any) -> list[tuple[str, Any]]:
    return [(f"{name}:{code}", label) for code, label in choices.choices]


def _boxes(label: Any, choices: Any, help_text: Any = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, required=False, choices=choices, widget=forms.CheckboxSelectMultiple, help_text=help_text
    )


def reason_field(label: Any, help_text: Any = "", *, is_required: bool = False) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 4, "autocomplete": "off"})
    return forms.CharField(label=label, widget=area, required=is_required, max_length=8000, help_text=help_text)


class DetermineForm(forms.Form):
    """What the person was found to be, on what, by whom."""

    status = forms.ChoiceField(label=_("Status"), widget=forms.RadioSelect)
    basis = forms.ChoiceField(label=_("On what it rests"), choices=[("", "—"), *Basis.choices[:-1]])
    decided_on = forms.DateField(label=_("Decided on"), widget=DateInput())
    body = forms.ModelChoiceField(
        label=_("Decided by"), queryset=Agency.objects.none(), required=False, empty_label=None,
        help_text=_("Your own institution, unless you write down what another one has decided."),
    )  # fmt: skip
    acts = _boxes(_("Act"), _criteria("act", Act))
    means = _boxes(_("Means"), _criteria("means", Means), _("Under 18 no means is needed."))
    purposes = _boxes(_("Purpose"), _criteria("form", Form))
    reason = reason_field(
        _("Reasons"),
        _(
            "Sealed. Needed for a correction, for “not a victim”, and when the person moves between “at risk” and “victim”."
        ),
    )

    def __init__(self, *args: Any, statuses: Sequence[str], agency: Agency, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        status: Any = self.fields["status"]
        status.choices = [(code, STATUS_HELP[code]) for code in Status.values if code in statuses]
        known = {basis for code in statuses for basis in BASES[code]} | (
            {Basis.WISH} if Status.WITHDRAWN in statuses else set()
        )
        basis: Any = self.fields["basis"]
        basis.choices = [
            ("", "—"),
            *((code, label) for code, label in Basis.choices if code in known and code != Basis.APPEAL),
        ]
        body: Any = self.fields["body"]
        body.queryset = Agency.objects.filter(Q(is_group=False) | Q(pk=agency.pk))
        body.choices = by_name(body.queryset)
        body.initial = agency.pk
        self.fields["decided_on"].initial = today
        self.fields["decided_on"].widget.attrs["max"] = str(today)

    def values(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {
            "status": data["status"], "basis": data["basis"], "decided_on": data["decided_on"], "body": data["body"],
            "criteria": [*data["acts"], *data["means"], *data["purposes"]], "reason": data["reason"],
        }  # fmt: skip

    @property
    def plain(self) -> list[Any]:
        """The fields that stand one below the other."""
        return [self[name] for name in ("status", "basis", "decided_on", "body")]


class AppealForm(forms.Form):
    lodged_on = forms.DateField(label=_("Lodged on"), widget=DateInput())

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["lodged_on"].initial = today
        self.fields["lodged_on"].widget.attrs["max"] = str(today)


class AppealDecisionForm(forms.Form):
    """How an appeal ended, and what holds in the place of a determination that was overturned."""

    outcome = forms.ChoiceField(label=_("Outcome"), widget=forms.RadioSelect)
    decided_on = forms.DateField(label=_("Decided on"), widget=DateInput())
    status = forms.ChoiceField(label=_("What holds in its place"), required=False)
    reason = reason_field(_("Reasons"), _("Sealed."))

    def __init__(self, *args: Any, was: str, today: Any, may_decide: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        outcome: Any = self.fields["outcome"]
        outcome.choices = [
            (code, label) for code, label in Appeal.Outcome.choices
            if code != Appeal.Outcome.OPEN and (may_decide or code == Appeal.Outcome.WITHDRAWN)
        ]  # fmt: skip
        status: Any = self.fields["status"]
        status.choices = [
            ("", "—"),
            *((code, label) for code, label in Status.choices if Basis.APPEAL in BASES[code] and code != was),
        ]
        self.fields["decided_on"].initial = today
        self.fields["decided_on"].widget.attrs["max"] = str(today)
        if not may_decide:
            del self.fields["status"], self.fields["reason"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("outcome") == Appeal.Outcome.OVERTURNED and not data.get("status"):
            self.add_error("status", gettext("Say what holds in the place of the determination that was overturned."))
        return data
