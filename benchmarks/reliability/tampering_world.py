"""A database with sealed rows, a chain of some 200 events and its anchors, and the ways to tamper with them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import django
from django.core.management import call_command
from django.db import Error, connection, models, transaction

django.setup()

from besa.audit import anchoring, guard  # noqa: E402  (models can be imported only now)
from besa.audit.chain import Broken  # noqa: E402
from besa.audit.tests import tampering  # noqa: E402
from besa.audit.verification import verify  # noqa: E402
from besa.audit.witness import witnessed_models  # noqa: E402
from besa.cases.actions import files  # noqa: E402
from besa.cases.tests.factory import make_case  # noqa: E402
from besa.directory.actions.memberships import install  # noqa: E402
from besa.directory.models import Agency, Membership, User  # noqa: E402
from besa.lib import clock  # noqa: E402
from besa.vault import keystore  # noqa: E402
from besa.vault.cells import sealed_fields  # noqa: E402
from besa.vault.fields import Sealed, SealedField  # noqa: E402

CASES = 3
EDITS = 56
Cell = tuple[type[models.Model], Any, str, bytes]  # model, key, field, an older ciphertext


@dataclass
class World:
    """What is tampered with. `tamper` gives nothing when it was caught, else what was done."""

    anchors: Path
    older: list[Cell]
    events: int = 0
    rows: int = 0
    ways: dict[str, tampering.Way] = field(default_factory=dict)

    def verify(self) -> None:
        found = verify(anchors=self.anchors, key=anchoring.public_key(), is_with_data=True)
        self.events, self.rows = found.events, found.rows

    def tamper(self, kind: str, chance: Random) -> str:
        with transaction.atomic():
            connection.cursor().execute("PRAGMA defer_foreign_keys = ON")
            guard.remove(connection)
            what = self._done(kind, chance)
            guard.install(connection)
            try:
                self.verify()
            except Broken:
                what = ""
            transaction.set_rollback(True)
        return what

    def _done(self, kind: str, chance: Random) -> str:
        """One tampering; another one where a constraint of the database already forbids it."""
        while True:
            try:
                with transaction.atomic():
                    return self.ways[kind](chance)
            except Error:
                continue

    def roll_back_cell(self, chance: Random) -> str:
        """A sealed cell put back to what it was: it opens, and says what is no longer true."""
        model, key, name, box = chance.choice(self.older)
        model._base_manager.filter(pk=key).update(**{name: Sealed(box)})
        return f"{model._meta.label} {key} {name} put back"

    def edit_row(self, chance: Random) -> str:
        row = _some_row(chance)
        fields = [one for one in row._meta.concrete_fields if not one.primary_key and not one.is_relation]
        chosen = chance.choice(fields)
        old = chosen.value_from_object(row)
        new = Sealed(os.urandom(93)) if isinstance(chosen, SealedField) else _other(old)
        type(row)._base_manager.filter(pk=row.pk).update(**{chosen.name: new})
        return f"{row._meta.label} {row.pk} {chosen.name} edited"

    def delete_row(self, chance: Random) -> str:
        row = _some_row(chance)
        table, column = connection.ops.quote_name(row._meta.db_table), row._meta.pk.column
        key = row._meta.pk.get_db_prep_value(row.pk, connection)
        tampering.sql(f"DELETE FROM {table} WHERE {column} = %s", key)  # noqa: S608
        return f"{row._meta.label} {row.pk} deleted"

    def add_row(self, chance: Random) -> str:
        row = _some_row(chance)
        key = row._meta.pk.get_default() or 1_000_000
        row.pk = key
        for one in row._meta.concrete_fields:
            if one.unique and not one.primary_key and isinstance(one, models.CharField):
                setattr(row, one.name, f"{chance.getrandbits(40):x}"[: one.max_length])
        type(row)._base_manager.bulk_create([row])
        return f"{row._meta.label} {key} added"


def _some_row(chance: Random) -> models.Model:
    filled = [model for model in witnessed_models() if model._base_manager.exists()]
    return chance.choice(list(chance.choice(filled)._base_manager.all()))


def _other(old: Any) -> Any:
    """Another value of the same kind."""
    if isinstance(old, bool):
        return not old
    if isinstance(old, int):
        return old + 1
    if isinstance(old, datetime | date):
        return old + timedelta(days=1)
    if isinstance(old, list):
        return [*old, "x"]
    if isinstance(old, str):
        return f"x{old[1:]}" if old[:1] not in ("", "x") else "y"
    raise Error("nothing to change here")


def _member(role: str, agency: Agency) -> Membership:
    user = User.objects.create_user(f"{role}@example.org", name=role)
    day = clock.today()
    return install(user=user, agency=agency, role=role, from_on=day, until_on=day + timedelta(days=300), at=clock.now())


def prepare() -> World:
    """Make everything by real actions: cases, changes of their sealed cells, anchors in between and at the end."""
    call_command("migrate", verbosity=0, interactive=False)
    call_command("createcachetable", verbosity=0)
    anchors = Path(os.environ["BESA_VAR"]) / "anchors"
    anchors.mkdir()
    agency = Agency.objects.create(code="MOI", name_en="Ministry", name_sq="Ministria", kind="ministry")
    for role in ("auditor", "user_admin", "security_admin"):
        _member(role, agency)
    lead = _member("shelter", agency)
    older: list[Cell] = []
    cases = [make_case(lead) for _number in range(CASES)]
    for number in range(EDITS):
        for case in cases:
            case.refresh_from_db()
            older += [
                (type(case), case.pk, name, _box(case, name)) for name in sealed_fields(type(case)) if _box(case, name)
            ]
            files.edit_case(
                case=case, version=case.version, is_child=case.is_child, place=case.place, summary=f"version {number}",
                by=lead, at=clock.now(),
            )  # fmt: skip
        if number % 4 == 0:
            anchoring.give(to=str(anchors), at=clock.now())
    anchoring.give(to=str(anchors), at=clock.now())
    world = World(anchors, older)
    world.ways = {
        **tampering.CHAIN_WAYS,
        "rewrite with the key": partial(_rewritten, keystore.named("audit")),
        "cell rollback": world.roll_back_cell,
        "row edit": world.edit_row,
        "row delete": world.delete_row,
        "row add": world.add_row,
    }
    world.verify()
    return world


def _rewritten(secret: bytes, chance: Random) -> str:
    return tampering.rewrite(chance, secret)


def _box(row: models.Model, name: str) -> bytes:
    value = getattr(row, name)
    return value.box or b"" if isinstance(value, Sealed) else b""
