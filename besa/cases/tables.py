"""Columns and filters of the list of cases: pseudonyms, no names."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.cases import codes, queries
from besa.cases.models import Case
from besa.directory.models import Place
from besa.lib import clock
from besa.ui.lists import StatusColumn

WHOSE = [("mine", _("on whose team I am")), ("unit", _("of my institution")), ("shared", _("shared with us"))]
CHILD = [("yes", _("child")), ("no", _("adult")), ("doubt", _("in doubt"))]


class CaseTable(tables.Table):  # type: ignore[misc]
    number = tables.Column(
        verbose_name=_("Number"),
        linkify=("cases:file", {"number": tables.A("number")}),
        attrs={"td": {"class": "code"}},
    )
    kind = tables.Column(verbose_name=_("Kind"), orderable=False)
    state = StatusColumn(verbose_name=_("State"), orderable=False)
    is_child = tables.Column(verbose_name=_("Child"), orderable=False, empty_values=())
    owner = tables.Column(
        verbose_name=_("Institution"), accessor="owner__name", orderable=False, attrs={"td": {"class": "long-name"}}
    )
    qark = tables.Column(verbose_name=_("Qark"), accessor="qark__name", orderable=False)
    opened_at = tables.DateColumn(verbose_name=_("Opened"))
    relation = tables.Column(
        verbose_name=_("You"), empty_values=(), orderable=False, attrs={"td": {"class": "text-nowrap"}}
    )

    class Meta:
        model = Case
        fields = ("number", "kind", "state", "is_child", "owner", "qark", "opened_at", "relation")

    def render_is_child(self, value: bool | None) -> Promise:
        return CHILD[{True: 0, False: 1, None: 2}[value]][1]

    def render_relation(self, record: Case) -> Promise:
        return queries.relation_words(record)


class CaseFilter(django_filters.FilterSet):  # type: ignore[misc]
    whose = django_filters.ChoiceFilter(
        label=_("Cases"), choices=WHOSE, method="by_whose", empty_label=_("all that I may see")
    )
    state = django_filters.ChoiceFilter(label=_("State"), choices=Case.State.choices)
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Case.Kind.choices)
    status = django_filters.ChoiceFilter(label=_("Status of the person"), choices=codes.Status.choices)
    risk = django_filters.ChoiceFilter(label=_("Risk"), choices=codes.Risk.choices)
    child = django_filters.ChoiceFilter(label=_("Child"), choices=CHILD, method="by_child")
    qark = django_filters.ModelChoiceFilter(
        label=_("Qark"), queryset=lambda _request: Place.objects.filter(kind=Place.Kind.QARK).order_by("name_sq")
    )

    class Meta:
        model = Case
        fields: ClassVar[list[str]] = []

    def by_whose(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        member: Any = self.request.member
        return queries.whose(rows, member, clock.now(), value)

    def by_child(self, rows: QuerySet[Case], name: str, value: str) -> QuerySet[Case]:
        return (
            rows.filter(is_child={"yes": True, "no": False, "doubt": None}[value])
            if value != "doubt"
            else (rows.filter(is_child__isnull=True))
        )
