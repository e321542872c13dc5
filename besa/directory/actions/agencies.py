"""The roster of agencies and the seats of bodies."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q

from besa.audit import actions as audit
from besa.directory.models import Agency, Body, Membership, Seat
from besa.directory.rules import check_may_add_seat, check_may_edit_agency, check_may_end_seat

EDITABLE = (
    "name_en", "name_sq", "kind", "parent", "place", "is_group", "is_reporting",
    "nrm_signatory_from", "nrm_signatory_to", "email", "note",
)  # fmt: skip


def add_agency(*, code: str, values: Mapping[str, Any], by: Membership, at: datetime) -> Agency:
    """Add an organisation to the roster."""
    with transaction.atomic():
        agency = Agency(code=code, **{name: values[name] for name in EDITABLE if name in values})
        check_may_edit_agency(by, agency, parent=agency.parent, above=())
        agency.save()
        audit.record("agency_added", agency, by=by, at=at, fields=["code", *EDITABLE])
        return agency


def edit_agency(*, agency: Agency, values: Mapping[str, Any], by: Membership, at: datetime) -> Agency:
    """Correct an organisation's entry; records the names of the fields that really changed, and nothing if none did."""
    with transaction.atomic():
        agency = Agency.objects.select_for_update().get(pk=agency.pk)
        changed = [name for name in EDITABLE if name in values and getattr(agency, name) != values[name]]
        for name in changed:
            setattr(agency, name, values[name])
        check_may_edit_agency(by, agency, parent=agency.parent, above=_above(agency.parent))
        if changed:
            agency.save(update_fields=changed)
            audit.record("agency_edited", agency, by=by, at=at, fields=changed)
        return agency


def _above(agency: Agency | None) -> set[int]:
    """Keys of all agencies over this one."""
    parents = dict(Agency.objects.values_list("pk", "parent_id"))
    found: set[int] = set()
    key = parents.get(agency.pk) if agency else None
    while key is not None and key not in found:
        found.add(key)
        key = parents.get(key)
    return found


def add_seat(
    *,
    body: Body,
    agency: Agency,
    function: str,
    from_on: date,
    by: Membership,
    at: datetime,
    holder: str = "",
    until_on: date | None = None,
) -> Seat:
    """Seat an agency in a body from a day on."""
    with transaction.atomic():
        body = Body.objects.select_for_update().get(pk=body.pk)
        same = Seat.objects.filter(body=body, agency=agency, function=function, holder=holder)
        taken = same.filter(Q(until_on__isnull=True) | Q(until_on__gte=from_on)).exists()
        check_may_add_seat(by, from_on=from_on, until_on=until_on, taken=taken)
        seat = Seat.objects.create(
            body=body, agency=agency, function=function, holder=holder, from_on=from_on, until_on=until_on
        )
        audit.record("seat_added", seat, by=by, at=at, fields=["body", "agency", "function", "holder", "from_on"])
        return seat


def end_seat(*, seat: Seat, until_on: date, by: Membership, at: datetime) -> Seat:
    """End a seat on a day; the row stays, so that the composition of the body at any day can be told."""
    with transaction.atomic():
        seat = Seat.objects.select_for_update().get(pk=seat.pk)
        check_may_end_seat(by, seat, until_on=until_on)
        seat.until_on = until_on
        seat.save(update_fields=["until_on"])
        audit.record("seat_ended", seat, by=by, at=at, fields=["until_on"])
        return seat
