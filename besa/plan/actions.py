"""What happens to a plan as a whole: it is loaded, it is replaced while nothing hangs on it. Changes go by amendment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _

from besa.audit import actions as audit
from besa.directory.models import Agency, AgencyAlias
from besa.directory.queries import alias_key
from besa.lib.refusal import Refused
from besa.plan.content.shape import Content, Row
from besa.plan.models import Aim, Amendment, CountedIndicator, Objective, Plan, PlanVersion
from besa.plan.rules import check_may_import, check_may_replace
from besa.plan.spread import spread

ADDED, REPLACED, UNCHANGED = "added", "replaced", "unchanged"


def sha256_of(content: Content) -> str:
    """The hash of a content, independent of the order of its keys."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@transaction.atomic
def load_plan(content: Content, *, by: audit.Actor, at: datetime, replace: bool = False) -> tuple[Plan, str]:
    """Load a checked plan as its first version: rows, version, agencies that the file brings. Says what was done.

    A plan that is there already with the same content is left alone (`unchanged`); with another content it is refused, or
    replaced as a whole if `replace` and nothing hangs on it yet.
    """
    check_may_import(by)
    plan = Plan.objects.select_for_update().filter(code=content["plan"]["code"]).first()
    said = ADDED
    if plan is not None:
        if plan.versions.filter(number=plan.current_version, sha256=sha256_of(content)).exists():
            return plan, UNCHANGED
        check_may_replace(plan, replace)
        _delete(plan)
        said = REPLACED
    _add_agencies(content["agencies"], by=by, at=at)
    plan = Plan(code=content["plan"]["code"], loaded_at=at, current_version=content["plan"]["version"])
    plan.period_start, plan.period_end = (
        date.fromisoformat(content["plan"][key]) for key in ("period_start", "period_end")
    )
    plan.save()
    spread(plan, content, plan.current_version)
    plan.save()
    in_force = content["plan"]["endorsed_on"] or content["plan"]["period_start"]
    keep_version(plan, content, in_force_from=date.fromisoformat(in_force), at=at)
    audit.record("plan_imported" if said == ADDED else "plan_replaced", plan, by=by, at=at)
    return plan, said


@transaction.atomic
def set_measures(*, plan: Plan, told: Mapping[str, Sequence[str]], by: audit.Actor, at: datetime) -> int:
    """Say which aims and objectives (by code) are counted by which measures. Gives how many; the same again changes nothing."""
    known = {*Aim.objects.filter(component__plan=plan).values_list("code", flat=True)}
    known |= {*Objective.objects.filter(aim__component__plan=plan).values_list("code", flat=True)}
    if unknown := sorted(set(told) - known):
        raise Refused(f"the plan has no aim or objective {', '.join(unknown)}")
    wanted = [(heading, code, place) for heading, codes in told.items() for place, code in enumerate(codes)]
    if sorted(wanted) != sorted(plan.counted.values_list("heading", "measure", "position")):
        plan.counted.all().delete()
        CountedIndicator.objects.bulk_create(
            CountedIndicator(plan=plan, heading=heading, measure=code, position=place)
            for heading, code, place in wanted
        )
        audit.record("plan_measures_set", plan, by=by, at=at, fields=["measures"])
    return len(wanted)


def keep_version(
    plan: Plan, content: Content, *, in_force_from: date, at: datetime, amendment: Amendment | None = None
) -> PlanVersion:
    """Keep `content` as the version that the plan stands at."""
    return PlanVersion.objects.create(
        plan=plan,
        number=plan.current_version,
        content=content,
        sha256=sha256_of(content),
        in_force_from=in_force_from,
        amendment=amendment,
        created_at=at,
    )


def _delete(plan: Plan) -> None:
    """Take the plan away with its versions; refused if anything outside refers to it."""
    try:
        with transaction.atomic():
            plan.versions.all().delete()
            plan.activities.update(parent=None)
            plan.delete()
    except ProtectedError as error:
        raise Refused(_("The plan is in use: there are reporting rounds on it. Change it by an amendment.")) from error


def _add_agencies(rows: list[Row], *, by: audit.Actor, at: datetime) -> None:
    """Add the agencies that a file brings and the roster lacks, and the names by which its plan calls them."""
    known = {agency.code: agency for agency in Agency.objects.filter(code__in=[row["code"] for row in rows])}
    kinds = set(Agency.Kind.values)
    for row in rows:
        if row["code"] in known:
            continue
        kind = (
            row["kind"] if row["kind"] in kinds else Agency.Kind.GROUP if row["is_group"] else Agency.Kind.STATE_AGENCY
        )
        known[row["code"]] = agency = Agency.objects.create(
            code=row["code"],
            name_en=row["name"],
            name_sq=row["name_sq"] or row["name"],
            kind=kind,
            is_group=row["is_group"],
            is_reporting=not row["is_group"],
        )
        audit.record("agency_added", agency, by=by, at=at)
    for row in rows:
        agency = known[row["code"]]
        if row["parent"] and agency.parent_id is None:
            agency.parent = Agency.objects.filter(code=row["parent"]).first()
            agency.save(update_fields=["parent"])
        for printed in row["printed"]:
            alias, is_new = AgencyAlias.objects.get_or_create(key=alias_key(printed), defaults={"printed": printed})
            if is_new:
                alias.agencies.add(agency)
