"""Columns and filters of the lists of referrals and providers."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from besa.assistance.models import Provider, Referral
from besa.cases.codes import Need
from besa.directory.models import Place
from besa.ui.lists import StatusColumn

WHICH = [("in", _("to us")), ("out", _("from us"))]
TAKES = [
    ("women", _("women")),
    ("men", _("men")),
    ("children", _("children alone")),
    ("with_children", _("parents with children")),
]


class ReferralTable(tables.Table):  # type: ignore[misc]
    number = tables.Column(
        verbose_name=_("Referral"),
        linkify=("assistance:referral", {"pk": tables.A("pk")}),
        attrs={"td": {"class": "code"}},
    )
    from_agency = tables.Column(
        verbose_name=_("From"), accessor="from_agency__name", orderable=False, attrs={"td": {"class": "long-name"}}
    )
    to_agency = tables.Column(
        verbose_name=_("To"), accessor="to_agency__name", orderable=False, attrs={"td": {"class": "long-name"}}
    )
    services = tables.Column(verbose_name=_("Services"), orderable=False)
    urgency = tables.Column(verbose_name=_("Urgency"), orderable=False)
    state = StatusColumn(verbose_name=_("State"), orderable=False)
    reply_by = tables.DateTimeColumn(verbose_name=_("Answer due"))
    offered_at = tables.DateTimeColumn(verbose_name=_("Offered"))

    class Meta:
        model = Referral
        fields = ("number", "state", "reply_by", "from_agency", "to_agency", "services", "urgency", "offered_at")

    def render_services(self, value: list[str]) -> str:
        return ", ".join(str(Need(code).label) for code in value)


class ReferralFilter(django_filters.FilterSet):  # type: ignore[misc]
    which = django_filters.ChoiceFilter(label=_("Referrals"), choices=WHICH, method="by_which", empty_label=_("all"))
    state = django_filters.ChoiceFilter(label=_("State"), choices=Referral.State.choices)
    urgency = django_filters.ChoiceFilter(label=_("Urgency"), choices=Referral.Urgency.choices)

    class Meta:
        model = Referral
        fields: ClassVar[list[str]] = []

    def by_which(self, rows: QuerySet[Referral], name: str, value: str) -> QuerySet[Referral]:
        member: Any = self.request.member
        return rows.filter(**{"to_agency" if value == "in" else "from_agency": member.agency_id})


class ProviderTable(tables.Table):  # type: ignore[misc]
    name_en = tables.Column(
        verbose_name=_("Provider"), accessor="name", orderable=False,
        linkify=("assistance:provider", {"code": tables.A("code")}), attrs={"td": {"class": "long-name"}},
    )  # fmt: skip
    kind = tables.Column(verbose_name=_("Kind"), orderable=False)
    place = tables.Column(verbose_name=_("Qark"), accessor="place__name", orderable=False)
    services = tables.Column(verbose_name=_("Services"), orderable=False)
    capacity = tables.Column(verbose_name=_("Places"))
    free = tables.Column(verbose_name=_("Free"))
    accredited_until = tables.DateColumn(verbose_name=_("Accredited until"))

    class Meta:
        model = Provider
        fields = ("name_en", "kind", "place", "services", "capacity", "free", "accredited_until")

    def render_free(self, value: int, record: Provider) -> str:
        return str(value) if record.capacity else gettext("no places of its own")

    def render_services(self, value: list[str]) -> str:
        return ", ".join(str(Need(code).label) for code in value)


class ProviderFilter(django_filters.FilterSet):  # type: ignore[misc]
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Provider.Kind.choices)
    service = django_filters.ChoiceFilter(label=_("Service"), choices=Need.choices, method="by_service")
    takes = django_filters.ChoiceFilter(label=_("Takes"), method="by_takes", choices=TAKES)
    free = django_filters.ChoiceFilter(label=_("Places"), method="by_free", choices=[("yes", _("with a free place"))])
    place = django_filters.ModelChoiceFilter(
        label=_("Qark"), queryset=lambda _request: Place.objects.filter(kind=Place.Kind.QARK).order_by("name_sq")
    )

    class Meta:
        model = Provider
        fields: ClassVar[list[str]] = []

    def by_service(self, rows: QuerySet[Provider], name: str, value: str) -> QuerySet[Provider]:
        return rows.filter(services__icontains=f'"{value}"')

    def by_takes(self, rows: QuerySet[Provider], name: str, value: str) -> QuerySet[Provider]:
        return rows.filter(Q(**{f"takes_{value}": True}))

    def by_free(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(free__gt=0, is_open=True)
