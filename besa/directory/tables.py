"""Columns and filters of the directory's lists."""

from __future__ import annotations

from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from besa.directory.access import ROLES
from besa.directory.forms import by_name
from besa.directory.models import Agency, Body, Closing, Membership, Place, User
from besa.directory.queries import agencies_by_text
from besa.lib.text import folded
from besa.ui.lists import StatusColumn
from besa.ui.templatetags.besa import status


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
    private = ("q",)

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


class AccountTable(tables.Table):  # type: ignore[misc]
    name = tables.Column(_("Person"), linkify=("directory:account", {"pk": tables.A("pk")}))
    email = tables.Column(_("E-mail"))
    state = StatusColumn(verbose_name=_("State"))
    roles = tables.Column(verbose_name=_("Roles in force"), attrs={"td": {"class": "text-end"}})
    last_login = tables.DateColumn(verbose_name=_("Last signed in"))

    class Meta:
        model = User
        fields = ("name", "email", "state", "roles", "last_login")
        order_by = "name"

    def render_state(self, value: str) -> str:
        return status(value, Closing.State(value).label)

    def value_state(self, value: str) -> str:
        return str(Closing.State(value).label)


class AccountFilter(django_filters.FilterSet):  # type: ignore[misc]
    private = ("q",)

    q = django_filters.CharFilter(label=_("Name or e-mail"), method="by_text")
    state = django_filters.ChoiceFilter(label=_("State"), choices=Closing.State.choices)
    roles = django_filters.ChoiceFilter(
        label=_("Roles"),
        method="by_roles",
        choices=[("some", _("with a role in force")), ("none", _("without a role"))],
    )

    class Meta:
        model = User
        fields: ClassVar[list[str]] = []

    def by_text(self, rows: QuerySet[User], name: str, value: str) -> QuerySet[User]:
        wanted = folded(value.strip())
        people = User.objects.values_list("pk", "name", "email")
        return rows.filter(pk__in=[pk for pk, *texts in people if wanted in folded(" ".join(texts))])

    def by_roles(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(roles=0) if value == "none" else rows.filter(roles__gt=0)
