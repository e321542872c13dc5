"""Columns and filters of the record of events and of what was noticed in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any, ClassVar

import django_filters
import django_tables2 as tables
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import anomalies
from besa.audit.models import Anomaly, Event
from besa.audit.queries import number_of_events, values_of
from besa.directory.forms import DateInput
from besa.directory.models import Membership, User


def actor_names(actors: Iterable[str]) -> dict[str, str]:
    """How these actors are called, by their name in the record, as the directory has them today."""
    keys: dict[str, list[int]] = {"user": [], "membership": []}
    for actor in set(actors):
        kind, _colon, key = actor.partition(":")
        if kind in keys and key.isdecimal():
            keys[kind].append(int(key))
    people = User.objects.filter(pk__in=keys["user"]).values_list("pk", "name")
    members = Membership.objects.filter(pk__in=keys["membership"]).order_by("pk").values_list("pk", "user__name")
    return {f"user:{pk}": name for pk, name in people} | {f"membership:{pk}": name for pk, name in members}


class _WithNames(tables.Table):  # type: ignore[misc]
    """A table with a column `actor`; names are read for the shown page only."""

    @cached_property
    def names(self) -> dict[str, str]:
        page = getattr(self, "page", None)
        if page is None:  # the whole list as a file
            return actor_names(self.data.data.order_by().values_list("actor", flat=True).distinct())
        return actor_names(row.record.actor for row in page.object_list)

    def render_actor(self, value: str) -> str:
        return self.names.get(value, value)


class CountedPaginator(Paginator):  # type: ignore[type-arg]
    """Takes the number of all events from the heads of the chain; only what is filtered is counted."""

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        query = getattr(getattr(getattr(rows, "data", None), "data", None), "query", None)
        return number_of_events() if query is not None and not query.where else len(rows)


class EventTable(_WithNames):
    at = tables.DateTimeColumn(verbose_name=_("When"), format="Y-m-d H:i:s", order_by=("id",))
    actor = tables.Column(verbose_name=_("Who"))
    agency = tables.Column(verbose_name=_("Agency"))
    verb = tables.Column(verbose_name=_("What"))
    object_type = tables.Column(verbose_name=_("Kind of thing"))
    object_id = tables.Column(verbose_name=_("Thing"), orderable=False)
    fields = tables.Column(verbose_name=_("Fields changed"), orderable=False)
    purpose = tables.Column(verbose_name=_("Purpose"))
    relation = tables.Column(verbose_name=_("Relation"), orderable=False)
    flags = tables.Column(verbose_name=_("Marks"), orderable=False)

    class Meta:
        model = Event
        fields = (
            "at", "actor", "agency", "verb", "object_type", "object_id", "fields", "purpose", "relation", "flags",
        )  # fmt: skip
        order_by = "-at"

    def paginate(self, paginator_class: type[Paginator[Any]] = CountedPaginator, **options: Any) -> None:
        super().paginate(paginator_class, **options)

    def render_fields(self, value: list[str]) -> str:
        return ", ".join(value)

    def render_flags(self, value: list[str]) -> str:
        return ", ".join(value)


def begin_of(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time()))


class EventFilter(django_filters.FilterSet):  # type: ignore[misc]
    private = ("actor",)
    private = ("actor",)

    actor = django_filters.CharFilter(label=_("Who (name or e-mail)"), method="by_actor")
    member = django_filters.CharFilter(label=_("Who (number in the record)"), field_name="actor", lookup_expr="exact")
    agency = django_filters.ChoiceFilter(label=_("Agency"), choices=lambda: _values("agency"))
    verb = django_filters.ChoiceFilter(label=_("What"), choices=lambda: _values("verb"))
    reading = django_filters.ChoiceFilter(
        label=_("Reading of files"), method="by_reading", choices=[("yes", _("only readings"))]
    )
    object_type = django_filters.ChoiceFilter(label=_("Kind of thing"), choices=lambda: _values("object_type"))
    object_id = django_filters.CharFilter(label=_("Thing (number)"))
    purpose = django_filters.ChoiceFilter(label=_("Purpose"), choices=lambda: _values("purpose"))
    mark = django_filters.ChoiceFilter(
        label=_("Mark"),
        method="by_mark",
        choices=[("canary", _("a case that is there to be watched")), ("own_name", _("own name or family name"))],
    )
    since = django_filters.DateFilter(label=_("From"), method="from_day", widget=DateInput())
    until = django_filters.DateFilter(label=_("Until"), method="until_day", widget=DateInput())

    class Meta:
        model = Event
        fields: ClassVar[list[str]] = []

    def by_actor(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        people = Q(user__name__icontains=value) | Q(user__email__icontains=value)
        found = Membership.objects.filter(people).values_list("pk", "user_id")
        names = {f"membership:{pk}" for pk, _user in found} | {f"user:{user}" for _pk, user in found}
        return rows.filter(actor__in=names | {value.strip()})

    def by_reading(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(verb__in=anomalies.READINGS)

    def by_mark(self, rows: QuerySet[Event], name: str, value: str) -> QuerySet[Event]:
        return rows.filter(flags__icontains=f'"{value}"')

    def from_day(self, rows: QuerySet[Event], name: str, value: date) -> QuerySet[Event]:
        return rows.filter(at__gte=begin_of(value))

    def until_day(self, rows: QuerySet[Event], name: str, value: date) -> QuerySet[Event]:
        return rows.filter(at__lt=begin_of(value + timedelta(days=1)))


def _values(name: str) -> list[tuple[str, str]]:
    return [(value, value) for value in values_of(name)]


class AnomalyTable(_WithNames):
    day = tables.DateColumn(verbose_name=_("Day"))
    rule = tables.Column(verbose_name=_("What was noticed"), linkify=("audit:anomaly", {"pk": tables.A("pk")}))
    actor = tables.Column(verbose_name=_("Who"))
    agency = tables.Column(verbose_name=_("Agency"))
    count = tables.Column(verbose_name=_("How often"), attrs={"td": {"class": "number"}, "th": {"class": "number"}})
    note = tables.Column(verbose_name=_("Answer"))

    class Meta:
        model = Anomaly
        fields = ("day", "rule", "actor", "agency", "count", "note")
        order_by = "-day"


class AnomalyFilter(django_filters.FilterSet):  # type: ignore[misc]
    rule = django_filters.ChoiceFilter(label=_("What was noticed"), choices=Anomaly.Rule.choices)
    answered = django_filters.ChoiceFilter(
        label=_("Answer"), method="by_answer", choices=[("no", _("not answered")), ("yes", _("answered"))]
    )
    since = django_filters.DateFilter(label=_("From"), field_name="day", lookup_expr="gte", widget=DateInput())
    until = django_filters.DateFilter(label=_("Until"), field_name="day", lookup_expr="lte", widget=DateInput())

    class Meta:
        model = Anomaly
        fields: ClassVar[list[str]] = []

    def by_answer(self, rows: QuerySet[Anomaly], name: str, value: str) -> QuerySet[Anomaly]:
        return rows.filter(note="") if value == "no" else rows.exclude(note="")


def events_of(anomaly: Anomaly) -> dict[str, Any]:
    """The filter that shows the events in which the anomaly was noticed."""
    rule = Anomaly.Rule
    asked = {"since": anomaly.day.isoformat(), "until": anomaly.day.isoformat()}
    if anomaly.rule == rule.BRIEF_ROLE:
        return asked | {
            "since": (anomaly.day - timedelta(days=1)).isoformat(),
            "object_type": anomaly.object_type,
            "object_id": anomaly.object_id,
        }
    asked |= {"member": anomaly.actor}
    if anomaly.rule in (rule.CANARY, rule.OWN_NAME):
        return asked | {"mark": anomaly.rule}
    if anomaly.rule == rule.REFUSED:
        if not anomaly.object_id:
            return asked | {"verb": "case_not_found"}
        return asked | {"verb": "sign_in_failed", "object_type": anomaly.object_type, "object_id": anomaly.object_id}
    return asked | {"reading": "yes"}
