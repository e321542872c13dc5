"""Columns and filters of the directory's lists."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from besa.audit.models import Event
from besa.directory.access import ROLES
from besa.directory.forms import DateInput, by_name
from besa.directory.models import Agency, Body, Membership, Place
from besa.directory.queries import agencies_by_text
from besa.lib.text import folded
from besa.ui.lists import StatusColumn


class AgencyTable(tables.Table):  # type: ignore[misc]
    code = tables.Column(linkify=("directory:agency", {"code": tables.A("code")}), attrs={"td": {"class": "code"}})
    name = tables.Column(_("Name"), accessor="name", order_by=("name_en",))
    kind = tables.Column()
    parent = tables.Column(accessor="parent__name", order_by=("parent__code",), verbose_name=_("Belongs to"))
    nrm_signatory_from = tables.DateColumn(verbose_name=_("NRM signatory since"))
    is_reporting = tables.BooleanColumn(yesno=(_("yes"), _("no")), verbose_name=_("Makes returns"))

    class Meta:
        model = Agency
        fields = ("code", "name", "kind", "parent", "nrm_signatory_from", "is_reporting")
        order_by = "code"


class AgencyFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(label=_("Name or code"), method="by_text")
    kind = django_filters.ChoiceFilter(label=_("Kind"), choices=Agency.Kind.choices)
    parent = django_filters.ChoiceFilter(label=_("Belongs to"), choices=lambda: _parents(), field_name="parent")
    signatory = django_filters.ChoiceFilter(
        label=_("NRM agreement"), method="by_signature", choices=[("yes", _("signatory")), ("no", _("not a signatory"))]
    )

    class Meta:
        model = Agency
        fields: ClassVar[list[str]] = []

    def by_text(self, rows: QuerySet[Agency], name: str, value: str) -> QuerySet[Agency]:
        return rows.filter(agencies_by_text(value)) if value.strip() else rows

    def by_signature(self, rows: QuerySet[Agency], name: str, value: str) -> QuerySet[Agency]:
        return rows.filter(nrm_signatory_from__isnull=value == "no")


def _parents() -> list[tuple[int, str]]:
    return by_name(Agency.objects.filter(units__isnull=False).distinct())


class CrossingTable(tables.Table):  # type: ignore[misc]
    name = tables.Column(_("Crossing point"), accessor="name", order_by=("name_sq",))
    crossing_kind = tables.Column(verbose_name=_("Kind"))
    neighbour = tables.Column(verbose_name=_("Neighbour"))
    parent = tables.Column(accessor="parent__name", verbose_name=_("Qark"), order_by=("parent__name_sq",))

    class Meta:
        model = Place
        fields = ("name", "crossing_kind", "neighbour", "parent")


class BodyTable(tables.Table):  # type: ignore[misc]
    name = tables.Column(
        _("Name"), accessor="name", linkify=("directory:body", {"code": tables.A("code")}), order_by=("name_en",)
    )
    level = tables.Column()
    parent = tables.Column(accessor="parent__name", verbose_name=_("Under"), order_by=("parent__code",))
    place = tables.Column(accessor="place__name", verbose_name=_("Place"), order_by=("place__name_sq",))
    meets = tables.Column()
    taken = tables.Column(_("Seats taken"), attrs={"td": {"class": "number"}, "th": {"class": "number"}})

    class Meta:
        model = Body
        fields = ("name", "level", "parent", "place", "meets", "taken")


class BodyFilter(django_filters.FilterSet):  # type: ignore[misc]
    level = django_filters.ChoiceFilter(label=_("Level"), choices=Body.Level.choices)

    class Meta:
        model = Body
        fields: ClassVar[list[str]] = []


class MembershipTable(tables.Table):  # type: ignore[misc]
    person = tables.Column(
        _("Person"),
        accessor="user__name",
        linkify=("directory:membership", {"pk": tables.A("pk")}),
        order_by=("user__name",),
    )
    email = tables.Column(_("E-mail"), accessor="user__email")
    role = tables.Column(verbose_name=_("Role"))
    agency = tables.Column(accessor="agency__name", verbose_name=_("Agency"), order_by=("agency__code",))
    place = tables.Column(accessor="place__name", verbose_name=_("Place"), order_by=("place__name_sq",))
    state = StatusColumn(verbose_name=_("State"))
    until_on = tables.DateColumn(verbose_name=_("Until"))

    class Meta:
        model = Membership
        fields = ("person", "email", "role", "agency", "place", "state", "until_on")

    def value_state(self, record: Membership) -> str:
        return str(record.get_state_display())


class MembershipFilter(django_filters.FilterSet):  # type: ignore[misc]
    q = django_filters.CharFilter(label=_("Name or e-mail"), method="by_text")
    agency = django_filters.ChoiceFilter(
        label=_("Agency"), choices=lambda: by_name(Agency.objects.filter(memberships__isnull=False).distinct())
    )
    role = django_filters.ChoiceFilter(label=_("Role"), choices=[(role.code, role.name) for role in ROLES.values()])
    state = django_filters.ChoiceFilter(label=_("State"), choices=Membership.State.choices)

    class Meta:
        model = Membership
        fields: ClassVar[list[str]] = []

    def by_text(self, rows: QuerySet[Membership], name: str, value: str) -> QuerySet[Membership]:
        wanted = folded(value.strip())
        people = rows.values_list("user_id", "user__name", "user__email").distinct()
        return rows.filter(user_id__in=[pk for pk, *texts in people if wanted in folded(" ".join(texts))])


class EventTable(tables.Table):  # type: ignore[misc]
    at = tables.DateTimeColumn(verbose_name=_("When"), format="Y-m-d H:i:s")
    actor = tables.Column(verbose_name=_("Who"))
    agency = tables.Column(verbose_name=_("Agency"))
    verb = tables.Column(verbose_name=_("What"))
    object_type = tables.Column(verbose_name=_("Kind of thing"))
    object_id = tables.Column(verbose_name=_("Thing"))
    fields = tables.Column(verbose_name=_("Fields changed"), orderable=False)
    purpose = tables.Column(verbose_name=_("Purpose"))

    class Meta:
        model = Event
        fields = ("at", "actor", "agency", "verb", "object_type", "object_id", "fields", "purpose")
        order_by = "-at"

    def __init__(self, *args: Any, names: dict[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.names = names or {}

    def render_actor(self, value: str) -> str:
        return self.names.get(value, value)

    def render_fields(self, value: list[str]) -> str:
        return ", ".join(value)


class EventFilter(django_filters.FilterSet):  # type: ignore[misc]
    verb = django_filters.ChoiceFilter(label=_("What"), choices=lambda: _values("verb"))
    actor = django_filters.CharFilter(label=_("Who (name or e-mail)"), method="by_actor")
    agency = django_filters.ChoiceFilter(label=_("Agency"), choices=lambda: _values("agency"))
    object_type = django_filters.ChoiceFilter(label=_("Kind of thing"), choices=lambda: _values("object_type"))
    object_id = django_filters.CharFilter(label=_("Thing (number)"))
    since = django_filters.DateFilter(label=_("From"), field_name="at", lookup_expr="date__gte", widget=DateInput())
    until = django_filters.DateFilter(label=_("Until"), field_name="at", lookup_expr="date__lte", widget=DateInput())

    class Meta:
        model = Event
        fields: ClassVar[list[str]] = []

    def by_actor(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        people = Q(user__name__icontains=value) | Q(user__email__icontains=value)
        found = Membership.objects.filter(people).values_list("pk", "user_id")
        names = {f"membership:{pk}" for pk, _user in found} | {f"user:{user}" for _pk, user in found}
        return rows.filter(actor__in=names | {value.strip()})


def _values(name: str) -> list[tuple[str, str]]:
    found = Event.objects.exclude(**{name: ""}).order_by(name).values_list(name, flat=True).distinct()
    return [(value, value) for value in found]
