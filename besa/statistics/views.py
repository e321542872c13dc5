"""Figures: what may be counted, and one figure that opens down to what it was counted from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from besa.directory.access import Permission
from besa.directory.forms import DateInput
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Agency
from besa.lib import clock
from besa.lib.hooks import hooked
from besa.lib.measures import MOST_DIMENSIONS, TOTAL, Figure, Measure, Row, table
from besa.lib.periods import Period
from besa.plan.models import CountedIndicator
from besa.statistics import counting

MOST_OPENED = 200


class FigureForm(forms.Form):
    """Of which period, by what, as known when."""

    period = forms.CharField(label=_("Period"), max_length=8, help_text=_("Such as 2009Q2, 2009H1 or 2009."))
    by = forms.MultipleChoiceField(label=_("Broken down by"), required=False, widget=forms.CheckboxSelectMultiple)
    agency = forms.CharField(
        label=_("Institution"), required=False, max_length=40, help_text=_("Its code; left empty, all.")
    )
    known_on = forms.DateField(
        label=_("As known on"), required=False, widget=DateInput(), help_text=_("Left empty, as it is known now.")
    )

    def __init__(self, *args: Any, measure: Measure, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by: Any = self.fields["by"]
        by.choices = [(one.code, one.title) for one in measure.dimensions]

    def clean_period(self) -> Period:
        try:
            return Period.parse(self.cleaned_data["period"])
        except ValueError:
            raise forms.ValidationError(gettext("Write 2009Q2, 2009H1 or 2009.")) from None

    def clean_by(self) -> list[str]:
        chosen = list(self.cleaned_data["by"])
        if len(chosen) > MOST_DIMENSIONS:
            raise forms.ValidationError(gettext("Choose three at most."))
        return chosen

    def clean_known_on(self) -> date | None:
        day: date | None = self.cleaned_data["known_on"]
        if day is not None and day > clock.today():
            raise forms.ValidationError(gettext("This day has not come yet."))
        return day

    def clean_agency(self) -> str:
        code = str(self.cleaned_data["agency"]).strip().upper()
        if code and not Agency.objects.filter(code=code).exists():
            raise forms.ValidationError(gettext("There is no institution with this code."))
        return code


@needs(Permission.MEASURE_VIEW)
@require_GET
def measures(request: MemberRequest) -> HttpResponse:
    """Everything that may be counted, with what asks for it."""
    asked: dict[str, list[str]] = {}
    for heading, code in CountedIndicator.objects.order_by("heading").values_list("heading", "measure"):
        asked.setdefault(code, []).append(heading)
    period = Period.containing(clock.today())
    last = period.next(-1)
    rows = [(one, asked.get(code, [])) for code, one in counting.measures().items()]
    return render(request, "statistics/measures.html", {"rows": rows, "period": str(last)})


@needs(Permission.MEASURE_VIEW)
@require_GET
def measure(request: MemberRequest, code: str) -> HttpResponse:
    """One figure: what it means, the number, by up to three dimensions, and what it was counted from, as far as the reader may see."""
    found = counting.measures().get(code)
    if found is None:
        raise Http404
    last = str(Period.containing(clock.today()).next(-1))
    form = FigureForm(request.GET if "period" in request.GET else {"period": last}, measure=found)
    context: dict[str, Any] = {"measure": found, "form": form}
    if form.is_valid():
        data, at = form.cleaned_data, clock.now()
        known_at = counting.known_by(data["known_on"], at)
        rows = counting.rows_of(found, data["period"], known_at, data["agency"])
        context |= _shown(found, rows, data["by"]) | _opened(request, found, rows, at)
        context |= {"known_at": known_at, "period": data["period"], "agency": data["agency"]}
    return render(request, "statistics/measure.html", context, status=200 if form.is_valid() else 422)


def _shown(found: Measure, rows: list[Row], by: list[str]) -> dict[str, Any]:
    cells, dimensions = table(found, rows, by), counting.dimensions_of(found, by)
    words = counting.named(dimensions, cells, gettext("all"))
    lines: list[tuple[list[str], Figure]] = list(zip(words, cells.values(), strict=True))
    return {"whole": cells[(TOTAL,) * len(by)], "lines": lines if by else [], "dimensions": dimensions}


def _opened(request: MemberRequest, found: Measure, rows: Iterable[Row], at: datetime) -> dict[str, Any]:
    """The records behind the figure that the reader may know of, and how many she may not."""
    keys = list(dict.fromkeys(row.key for row in rows))
    seen: list[Any] = []
    for give in hooked("opened_figures"):
        seen += give(kind=found.opens, keys=keys, member=request.member, at=at)
    return {"seen": seen[:MOST_OPENED], "hidden": len(keys) - len(seen), "number": len(keys)}
