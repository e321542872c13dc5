"""What hangs on one case is not found under the number of another: swept over every address with a number and a further key."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, reverse

from besa.cases.models import Case
from besa.cases.tests.factory import make_case
from besa.directory.models import Membership
from besa.lib import clock
from conftest import ClientOf, MakeMember
from tests.architecture.endpoints import Endpoint, endpoints
from tests.rights import things

WORDS = {"verb": "confirm", "part": "copy"}  # what an argument says that is no key
VERBS = {
    **{"cases:move_clock": "extend", "cases:end_task": "done", "cases:decide_match": "different"},
    "cases:decide_merge": "refuse",
}  # where it is another verb
ROLES = (
    "municipality",
    "data_protection",
    "responsible_authority",
)  # together they may do everything with a running case


DIRECT = {
    model
    for model in apps.get_models()
    for field in model._meta.concrete_fields
    if field.name == "case" and field.related_model is Case
}
"""The models of which each row belongs to one case."""


def addresses() -> list[Endpoint]:
    """Every address of a case that names a part of it."""
    found = [end for end in endpoints() if "number" in end.arguments and len(end.arguments) > 1]
    return [end for end in found if "/cases/" in end.route]


def parts(case: Case) -> Iterator[tuple[str, Any]]:
    """The kind and the key of every row that hangs on the case, of whatever model, or on such a row."""
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if field.related_model is Case:
                yield from _keys(model, {field.name: case})
            elif field.related_model in DIRECT and model not in DIRECT:
                yield from _keys(model, {f"{field.name}__case": case})


def _keys(model: type[Model], where: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key in model._default_manager.filter(**where).order_by().values_list("pk", flat=True):
        yield model._meta.label_lower, key


def address(end: Endpoint, case: Case, key: object) -> str:
    """The address with the key; empty where such a key does not fit."""
    unknown = [name for name in end.arguments if name not in ("number", "pk", *WORDS)]
    assert not unknown, f"say in WORDS what {unknown} of {end.name} can be"
    said = WORDS | ({"verb": VERBS[end.name]} if end.name in VERBS else {})
    words = {name: said.get(name, key) for name in end.arguments}
    try:
        return reverse(end.name, kwargs=words | {"number": case.number})
    except NoReverseMatch:
        return ""


def asked(client: Client, path: str) -> int:
    """What the address answers to a form, which is then undone; 0 without an address."""
    if not path:
        return 0
    with transaction.atomic():
        status: int = client.post(path).status_code
        if status == 405:  # a page that is only read
            status = client.get(path).status_code
        transaction.set_rollback(True)
    cache.clear()
    return status


@pytest.fixture
def cases(make_member: MakeMember) -> tuple[list[Membership], Case, Case]:
    """People who may do everything, and two cases of theirs with everything on them."""
    members = [make_member(role) for role in ROLES]
    both = [make_case(members[0]) for _turn in range(2)]
    cast, now = things.Cast.come(), clock.now()
    for case in both:
        things.hang(case, cast, now)
    return members, both[0], both[1]


def test_there_are_such_addresses() -> None:
    assert len(addresses()) >= 5


@pytest.mark.parametrize("end", addresses(), ids=lambda end: end.name)
def test_a_part_of_another_case_is_not_found(
    end: Endpoint, cases: tuple[list[Membership], Case, Case], client_of: ClientOf
) -> None:
    members, case, other = cases
    own, fits, wrong = set(parts(case)), set(), []
    for member in members:
        client = client_of(member)
        for kind, key in (*own, *parts(other)):
            status = asked(client, address(end, case, key))
            if status in (0, 403, 404):
                continue
            if (kind, key) in own:
                fits.add(kind)
            else:
                wrong.append((member.role, kind, status))
    assert wrong == []
    assert fits, "no row of the case fits here: hang one on it in tests/rights/things.py"
