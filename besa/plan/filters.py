"""By what a list of activities can be narrowed; the state is kept in the address."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from besa.directory.models import Agency
from besa.lib.text import folded
from besa.plan.models import Activity, Aim, Component, Objective, Plan
from besa.plan.queries.plans import Standing, due_soon, has_duty, late
from besa.plan.queries.search import words_of

Choices = list[tuple[str, Any]]
NOT_REPORTED = "not_reported"
DUE: list[tuple[str, Promise]] = [
    ("late", _("late now")),
    ("soon", _("due in 90 days")),
    ("year", _("due this year")),
    ("none", _("without a date")),
    ("recurring", _("recurring")),
]


class ActivityFilter(django_filters.FilterSet):  # type: ignore[misc]
    """Filters of activities `with_standing` of one plan."""

    text = django_filters.CharFilter(label=_("Text"), method="by_text")
    component = django_filters.ChoiceFilter(label=_("Component"), method="by_component", empty_label=_("all"))
    under = django_filters.ChoiceFilter(label=_("Aim or objective"), method="by_heading", empty_label=_("all"))
    agency = django_filters.ChoiceFilter(label=_("Institution"), method="by_agency", empty_label=_("all"))
    role = django_filters.ChoiceFilter(
        label=_("As"), method="by_role", choices=[("lead", _("lead"))], empty_label=_("lead or partner")
    )
    due = django_filters.ChoiceFilter(label=_("Due"), method="by_due", choices=DUE, empty_label=_("any time"))
    status = django_filters.ChoiceFilter(label=_("Status"), method="by_status", empty_label=_("any"))

    class Meta:
        model = Activity
        fields: list[str] = []

    def __init__(
        self, *args: Any, plan: Plan, standing: Standing, without: tuple[str, ...] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        self.standing = standing
        choices: dict[str, Choices] = {
            "component": _components(plan),
            "under": _headings(plan),
            "agency": _agencies(plan),
            "status": [*standing.choices, (NOT_REPORTED, _("not reported"))],
        }
        for name, found in choices.items():
            self.filters[name].extra["choices"] = found
        for name in without:
            del self.filters[name]

    def by_text(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        for word in words_of(value):
            rows = rows.filter(
                Q(search_en__contains=word) | Q(search_sq__contains=word) | Q(identifier__icontains=word)
            )
        return rows

    def by_component(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        return rows.filter(objective__aim__component__code=value)

    def by_heading(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        return rows.filter(Q(objective__code=value) | Q(objective__aim__code=value))

    def by_agency(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        return rows.filter(has_duty(value, leads=self.form.cleaned_data.get("role") == "lead"))

    def by_role(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        return rows  # narrows the institution, see `by_agency`

    def by_due(self, rows: QuerySet[Activity], name: str, value: str) -> QuerySet[Activity]:
        conditions = {
            "late": late(self.standing),
            "soon": due_soon(self.standing),
            "year": Q(due_on__year=self.standing.today.year),
            "none": Q(due_on__isnull=True),
            "recurring": Q(is_recurrent=True),
        }
        return rows.filter(conditions[value])

    def by_status(self, rows: QuerySet[Any], name: str, value: str) -> QuerySet[Any]:
        return rows.filter(status_code="" if value == NOT_REPORTED else value)


def _short(title: str) -> str:
    return title if len(title) <= 90 else title[:88].rstrip() + "…"


def _components(plan: Plan) -> Choices:
    return [(found.code, f"{found.code} {_short(found.title)}") for found in Component.objects.filter(plan=plan)]


def _headings(plan: Plan) -> Choices:
    objectives: dict[int, Choices] = {}
    for objective in Objective.objects.filter(aim__component__plan=plan):
        shown = (objective.code, f"{objective.code} {_short(objective.title)}")
        objectives.setdefault(objective.aim_id, []).append(shown)
    aims = Aim.objects.filter(component__plan=plan).order_by("component__position", "position")
    return [(aim.code, [(aim.code, f"{aim.code} {_short(aim.title)}"), *objectives.get(aim.pk, [])]) for aim in aims]


def _agencies(plan: Plan) -> Choices:
    agencies = Agency.objects.filter(duties__activity__plan=plan).distinct()
    found = [(agency.code, f"{agency.name} ({agency.code})") for agency in agencies]
    return sorted(found, key=lambda item: folded(item[1]))


class TimelineFilter(ActivityFilter):
    """The same for the timeline view, with how its rows are grouped."""

    by = django_filters.ChoiceFilter(
        label=_("Grouped by"),
        method="by_role",
        choices=[("agency", _("leading institution"))],
        empty_label=_("objective"),
    )
