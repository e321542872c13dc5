"""The gallery: every component in all its states, for those who build pages and for the tests of what is accessible."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_tables2
from django import forms
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from besa.ui.lists import PAGE_SIZES, Chip
from besa.ui.templatetags.besa import STATUSES

TABS = ("pieces", "lists", "forms")


class GalleryForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(label=_("Name"), help_text=_("As it is written in the order."))
    kind = forms.ChoiceField(label=_("Kind"), choices=[("", "—"), ("a", _("ministry")), ("b", _("shelter"))])
    due = forms.DateField(label=_("Date"), widget=forms.DateInput(attrs={"type": "date"}))
    amount = forms.DecimalField(label=_("Amount in lek"), required=False, min_value=0)
    text = forms.CharField(label=_("Remarks"), widget=forms.Textarea(attrs={"rows": 3}), required=False)
    level = forms.ChoiceField(
        label=_("Level"), widget=forms.RadioSelect, choices=[("n", _("national")), ("r", _("regional"))]
    )
    file = forms.FileField(label=_("File"), required=False)
    sure = forms.BooleanField(label=_("I have checked this"))


class GalleryTable(django_tables2.Table):  # type: ignore[misc]
    """A list as `list_page` shows it."""

    code = django_tables2.Column(verbose_name=_("Number"), attrs={"td": {"class": "code"}})
    text = django_tables2.Column(verbose_name=_("Activity"))
    due = django_tables2.DateColumn(verbose_name=_("Due"), attrs={"td": {"class": "text-nowrap"}})
    spent = django_tables2.Column(
        verbose_name=_("Lek"), attrs={"td": {"class": "number"}, "th": {"class": "number"}}, orderable=False
    )

    class Meta:
        order_by = "code"


def rows() -> list[dict[str, Any]]:
    """Made-up activities, enough for several pages of a list."""
    text = str(_("Train officers of the border and migration police to recognise and refer victims"))
    return [
        {
            "code": f"II.1.(a).{n}",
            "text": text,
            "due": date(2009, 1 + n % 12, 28),
            "spent": n * 12_500 if n % 3 else None,
        }
        for n in range(1, 131)
    ]


def gallery(request: HttpRequest) -> HttpResponse:
    """Every component in all its states, on three tabs; production has no pages for those who build."""
    if settings.PRODUCTION:
        raise Http404
    tab = request.GET.get("tab", TABS[0])
    table = GalleryTable(rows(), request=request)
    django_tables2.RequestConfig(request, paginate={"per_page": 25}).configure(table)
    table.sizes = PAGE_SIZES
    nothing = GalleryTable([], request=request, prefix="none-")
    django_tables2.RequestConfig(request, paginate={"per_page": 25}).configure(nothing)
    nothing.label = _("Empty list")
    context = {
        "tab": tab if tab in TABS else TABS[0],
        "form": GalleryForm(auto_id="good_%s"),
        "broken": GalleryForm({"name": "", "due": "31.31.2009", "level": "x"}),
        "statuses": [(status, status.replace("_", " ")) for status in STATUSES],
        "table": table,
        "nothing": nothing,
        "filter": None,
        "chips": [Chip("Kind", "ministry", "?tab=lists"), Chip("Due", "2009-01-01 – 2009-06-30", "?tab=lists")],
        "day": date(2009, 7, 6),
    }
    return render(request, "ui/gallery.html", context)
