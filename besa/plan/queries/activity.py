"""Everything about one activity."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from besa.audit.models import Event
from besa.audit.queries import history_of
from besa.directory.models import Agency, AgencyAlias, Membership
from besa.directory.queries import alias_key
from besa.plan.hooks import LatestStatus, latest_statuses
from besa.plan.models import Activity, Aim, Amendment, CrossReference, Duty, Line, Objective, Plan
from besa.plan.queries.plans import Standing, activities_of


@dataclass(frozen=True)
class Named:
    """A string of the *responsible* column, the agencies that it names, or why it names none."""

    printed: str
    agencies: tuple[Agency, ...]
    reason: str = ""


@dataclass(frozen=True)
class Link:
    """Another activity, or an aim or objective, that is referred to; `text` is empty if the plan has no such thing."""

    code: str
    text: str
    is_activity: bool


@dataclass(frozen=True)
class Touch:
    """What an adopted amendment changed in the activity."""

    amendment: Amendment
    version: int | None
    changes: tuple[dict[str, object], ...]


@dataclass(frozen=True)
class Happened:
    event: Event
    actor: str


@dataclass(frozen=True)
class ActivityPage:
    """What the page of an activity shows."""

    activity: Activity
    status: LatestStatus | None
    is_late: bool
    duties: tuple[Duty, ...]
    named: tuple[Named, ...]
    outputs: tuple[Line, ...]
    targets: tuple[Line, ...]
    refers_to: tuple[Link, ...]
    referred_from: tuple[Link, ...]
    touched: tuple[Touch, ...]
    happened: tuple[Happened, ...]
    previous: Activity | None
    next: Activity | None

    @property
    def lead(self) -> Agency | None:
        return next((duty.agency for duty in self.duties if duty.is_lead), None)


def activity_page(plan: Plan, identifier: str, today: date) -> ActivityPage | None:
    """The activity of the plan with this identifier, also one that an amendment has removed; None if there is none."""
    rows = Activity.objects.filter(plan=plan, identifier=identifier).defer("search_en", "search_sq")
    duties = Prefetch("duties", Duty.objects.select_related("agency"))
    activity = (
        rows.select_related("objective__aim__component", "parent", "plan")
        .prefetch_related(duties, "timeline", "lines", "responsible", "resources__agencies", "see_also", "parts")
        .first()
    )
    if activity is None:
        return None
    standing = Standing(latest_statuses([activity.pk]), today)
    lines = list(activity.lines.all())
    neighbours = activities_of(plan).defer("search_en", "search_sq")
    return ActivityPage(
        activity=activity,
        status=standing.of(activity),
        is_late=standing.is_late(activity),
        duties=tuple(activity.duties.all()),
        named=_named(activity),
        outputs=tuple(line for line in lines if line.kind != Line.Kind.TARGET),
        targets=tuple(line for line in lines if line.kind == Line.Kind.TARGET),
        refers_to=_refers_to(plan, [reference.target for reference in activity.see_also.all()]),
        referred_from=_referred_from(activity),
        touched=_touched(plan, identifier),
        happened=_happened(activity),
        previous=neighbours.filter(position__lt=activity.position).order_by("-position").first(),
        next=neighbours.filter(position__gt=activity.position).order_by("position").first(),
    )


def _named(activity: Activity) -> tuple[Named, ...]:
    """The printed names by the alias table; a code or full name stands for itself."""
    names = list(activity.responsible.all())
    keys = [alias_key(name.printed) for name in names]
    aliases = {alias.key: alias for alias in AgencyAlias.objects.filter(key__in=keys).prefetch_related("agencies")}
    itself = {
        alias_key(text): agency
        for agency in (duty.agency for duty in activity.duties.all())
        for text in (agency.code, agency.name_en, agency.name_sq)
    }
    found = []
    for name, key in zip(names, keys, strict=True):
        if key in aliases:
            found.append(Named(name.printed, tuple(aliases[key].agencies.all()), aliases[key].reason))
        else:
            found.append(Named(name.printed, (itself[key],) if key in itself else ()))
    return tuple(found)


def _refers_to(plan: Plan, targets: list[str]) -> tuple[Link, ...]:
    if not targets:
        return ()
    activities = {row.identifier: row for row in Activity.objects.filter(plan=plan, identifier__in=targets)}
    headings: dict[str, Aim | Objective] = {
        **{aim.code: aim for aim in Aim.objects.filter(component__plan=plan, code__in=targets)},
        **{found.code: found for found in Objective.objects.filter(aim__component__plan=plan, code__in=targets)},
    }
    found = []
    for target in targets:
        if target in activities:
            found.append(Link(target, activities[target].text, True))
        else:
            found.append(Link(target, headings[target].title if target in headings else "", False))
    return tuple(found)


def _referred_from(activity: Activity) -> tuple[Link, ...]:
    """Activities that refer to this one, to its objective or to its aim."""
    objective = activity.objective
    references = (
        CrossReference.objects.filter(
            activity__plan=activity.plan,
            activity__last_version__isnull=True,
            target__in=[activity.identifier, objective.code, objective.aim.code],
        )
        .exclude(activity=activity)
        .select_related("activity")
        .order_by("activity__position")
    )
    seen = {reference.activity_id: reference.activity for reference in references}
    return tuple(Link(row.identifier, row.text, True) for row in seen.values())


def _touched(plan: Plan, identifier: str) -> tuple[Touch, ...]:
    adopted = Amendment.objects.filter(plan=plan, state=Amendment.State.ADOPTED).select_related("body", "version")
    found = []
    for amendment in adopted.order_by("-number"):
        changes = tuple(change for change in amendment.changes if change["target"] == identifier)
        if changes:
            version = getattr(amendment, "version", None)
            found.append(Touch(amendment, version.number if version else None, changes))
    return tuple(found)


def _happened(activity: Activity) -> tuple[Happened, ...]:
    events = history_of(activity)
    return tuple(Happened(event, name) for event, name in zip(events, actor_names(events), strict=True))


def actor_names(events: Iterable[Event]) -> list[str]:
    """Who did each thing, as a person's name and agency."""
    actors = [event.actor for event in events]
    numbers = {int(actor.removeprefix("membership:")) for actor in actors if actor.startswith("membership:")}
    members = Membership.objects.filter(pk__in=numbers).select_related("user", "agency")
    names = {member.audit_name: f"{member.user.name}, {member.agency.name}" for member in members}
    return [names.get(actor, str(_("the system")) if actor == "system" else actor) for actor in actors]
