"""Writing a country's files into the directory; again and again with the same result."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import models, transaction

from besa.audit import actions as audit
from besa.directory.load import Country
from besa.directory.models import Agency, AgencyAlias, Body, Place, Seat
from besa.lib.loading import Tally, Unloadable

M = TypeVar("M", bound=models.Model)
PLURALS = {"agency": "agencies", "body": "bodies", "agencyalias": "aliases"}


def load_country(*, country: Country, by: audit.Actor, at: datetime) -> Tally:
    """Add what is new, change what differs, leave the rest. Raises Unloadable, having written nothing, if there is a problem.

    What is in the database and not in the files stays: it was added by people.
    """
    if country.problems:
        raise Unloadable(country.problems)
    tally = Tally()
    with transaction.atomic():
        places = _write(Place, country.places, {}, tally, by, at)
        agencies = _write(Agency, country.agencies, {"place": places}, tally, by, at)
        bodies = _write(Body, country.bodies, {"place": places}, tally, by, at)
        _write_aliases(country, agencies, tally, by, at)
        _write_seats(country, bodies, agencies, tally, by, at)
    return tally


def _write(
    model: type[M],
    rows: list[dict[str, Any]],
    references: Mapping[str, Mapping[str, models.Model]],
    tally: Tally,
    by: audit.Actor,
    at: datetime,
) -> dict[str, M]:
    """Rows by code. Parents are set when all rows are there, so that the order of a file does not matter."""
    manager: models.Manager[M] = model._default_manager
    there: dict[str, M] = {getattr(row, "code"): row for row in manager.all()}  # noqa: B009 (any model with a code)
    known = set(there)
    changed: dict[str, list[str]] = {}
    for values in rows:
        plain = {name: value for name, value in values.items() if name not in ("parent", *references)}
        plain |= {name: found.get(values[name]) for name, found in references.items()}
        obj = there.setdefault(values["code"], model(**plain))
        if values["code"] in known:
            changed[values["code"]] = _set(obj, plain)
        else:
            obj.save(force_insert=True)
    for values in rows:
        obj = there[values["code"]]
        fields = changed.get(values["code"], []) + _set(obj, {"parent": there.get(values["parent"])})
        if fields:
            obj.save(update_fields=fields)
        _account(obj, values["code"] not in known, fields, tally, by, at)
    return there


def _set(obj: models.Model, values: Mapping[str, Any]) -> list[str]:
    """Set what differs; answers the names of the fields."""
    changed = []
    for name, value in values.items():
        is_link = isinstance(value, models.Model) or (value is None and hasattr(obj, f"{name}_id"))
        before = getattr(obj, f"{name}_id") if is_link else getattr(obj, name)
        if before != (value.pk if isinstance(value, models.Model) else value):
            setattr(obj, name, value)
            changed.append(name)
    return changed


def _account(obj: models.Model, is_new: bool, fields: list[str], tally: Tally, by: audit.Actor, at: datetime) -> None:
    name = str(obj._meta.model_name)
    what = "added" if is_new else "changed" if fields else "left"
    if what != "left":
        audit.record(f"{name}_{what}", obj, by=by, at=at, fields=[] if is_new else fields, purpose="load_country")
    tally.note(PLURALS.get(name, f"{name}s"), what)


def _write_aliases(
    country: Country, agencies: Mapping[str, Agency], tally: Tally, by: audit.Actor, at: datetime
) -> None:
    there = {alias.key: alias for alias in AgencyAlias.objects.prefetch_related("agencies")}
    for values in country.aliases:
        alias = there.get(values["key"])
        plain = {name: values[name] for name in ("key", "printed", "reason")}
        wanted = [agencies[code] for code in values["agencies"]]
        is_new = alias is None
        if alias is None:
            alias = AgencyAlias.objects.create(**plain)
            fields: list[str] = []
            alias.agencies.set(wanted)
        else:
            fields = _set(alias, plain)
            if fields:
                alias.save(update_fields=fields)
            if {agency.pk for agency in alias.agencies.all()} != {agency.pk for agency in wanted}:
                alias.agencies.set(wanted)
                fields.append("agencies")
        _account(alias, is_new, fields, tally, by, at)


def _write_seats(
    country: Country,
    bodies: Mapping[str, Body],
    agencies: Mapping[str, Agency],
    tally: Tally,
    by: audit.Actor,
    at: datetime,
) -> None:
    for values in country.seats:
        links = {"body": bodies[values["body"]], "agency": agencies[values["agency"]]}
        seat, is_new = Seat.objects.get_or_create(**(values | links))
        _account(seat, is_new, [], tally, by, at)
