"""Keys are changed while what they seal stays readable, and go only when nothing needs them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from pytest_django import Settings

from besa.audit import keys
from besa.audit.actions import SYSTEM
from besa.audit.models import Event
from besa.people.models import Person
from besa.vault import cells, keystore, rotation
from besa.vault.fields import Sealed
from besa.vault.models import Rotation, WrappedKey
from besa.vault.providers import provider

AT = datetime(2009, 7, 6, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def installation(db: None, settings: Settings, tmp_path: Path) -> None:
    """Keys of this test alone."""
    settings.KEYS, settings.VAR = str(tmp_path / "keys"), tmp_path
    provider.cache_clear()
    keystore.named.cache_clear()


def person(surname: str = "Hoxha") -> Person:
    row = Person(scope=keystore.new_scope(at=AT), created_at=AT)
    cells.seal(row, surname=surname)
    row.save(force_insert=True)
    return row


def surname_of(row: Person) -> str:
    return cells.open_cells(Person.objects.get(pk=row.pk), ["surname"])["surname"]


def said(*words: str, **options: object) -> str:
    out = StringIO()
    call_command("keys", *words, stdout=out, **options)
    return out.getvalue()


def test_a_rotation_wraps_every_key_anew_and_the_old_one_can_go() -> None:
    row, old = person(), provider().current()
    said("rotate")
    assert old != provider().current()
    assert not WrappedKey.objects.exclude(kek=provider().current()).exists()
    assert surname_of(row) == "Hoxha"
    said("retire", old)
    assert provider().ids() == [provider().current()]
    assert surname_of(row) == "Hoxha"
    assert set(Event.objects.values_list("verb", flat=True)) >= {"key_rotation_begun", "key_rotated", "key_retired"}


def test_a_key_that_wraps_something_is_not_retired() -> None:
    person()
    old = provider().current()
    new = provider().add()
    assert new != old
    with pytest.raises(CommandError, match="still wraps"):
        said("retire", old)
    with pytest.raises(CommandError, match="wraps now"):
        said("retire", new)


def test_new_data_keys_seal_every_cell_anew_and_the_older_go() -> None:
    row = person()
    assert "1 rows sealed anew" in said("rotate", "--data")
    kept = WrappedKey.objects.filter(owner=keystore.scope_owner(row.scope)).values_list("version", flat=True)
    assert list(kept) == [2]
    assert surname_of(row) == "Hoxha"
    event = Event.objects.get(verb="cells_resealed")
    assert (event.object_id, event.fields, event.witness) == (
        str(row.pk), ["surname"], cells.witness(Person.objects.get(pk=row.pk))
    )  # fmt: skip
    assert not Rotation.objects.filter(finished_at=None).exists()


def test_a_reader_who_holds_an_older_row_reads_it_and_does_not_bring_it_back() -> None:
    row = person()
    held = Person.objects.get(pk=row.pk)
    other = Person.objects.get(pk=row.pk)
    keys.rotate_data(by=SYSTEM, at=AT)
    assert cells.open_cells(held, ["surname"]) == {"surname": "Hoxha"}
    other.sex = Person.Sex.FEMALE
    other.save()
    assert surname_of(row) == "Hoxha"


def test_a_broken_off_rotation_makes_no_third_key() -> None:
    person()
    Rotation.objects.create(kind="keys", target=provider().current(), began_at=AT)
    new = provider().add()
    said("rotate")
    assert provider().current() == new
    assert len(provider().ids()) == 2


def test_keys_of_files_seal_on(monkeypatch: pytest.MonkeyPatch) -> None:
    row = person()
    monkeypatch.setattr(Person, "keeps_files", True)
    assert "0 rows sealed anew" in said("rotate", "--data")
    assert keystore.data_key(row.scope).version == 1
    assert surname_of(row) == "Hoxha"


def test_the_attachment_is_known_to_keep_a_file() -> None:
    assert rotation.keeps_files(apps.get_model("cases", "Attachment"))


def test_a_changed_cell_is_named_and_its_key_is_kept() -> None:
    row, other = person(), person()
    box = Person.objects.get(pk=other.pk).surname.box
    Person.objects.filter(pk=row.pk).update(surname=Sealed(box))
    with pytest.raises(CommandError, match=str(row.pk)):
        said("rotate", "--data")
    assert WrappedKey.objects.filter(owner=keystore.scope_owner(row.scope), version=1).exists()
    assert surname_of(other) == "Hoxha"


def test_status_says_what_there_is() -> None:
    person()
    found = json.loads(said("status", json=True))
    assert (found["scopes"], found["is_whole"], found["current"]) == (1, True, provider().current())
    assert f"{provider().current()}" in said("status")


def test_the_first_key_is_begun_once() -> None:
    said("begin")
    with pytest.raises(CommandError, match="keystore holds"):
        said("begin")


# --- what happens while keys change


def test_a_key_made_while_another_takes_over_is_wrapped_by_the_new_one(monkeypatch: pytest.MonkeyPatch) -> None:
    person()
    old = provider().current()
    hold = keystore._hold

    def late(kek: str, at: datetime) -> str:
        """Whoever makes a key has asked for the current one; now it is replaced, up to its end."""
        monkeypatch.setattr(keystore, "_hold", hold)
        said("rotate")
        said("retire", old)
        return hold(kek, at)

    monkeypatch.setattr(keystore, "_hold", late)
    row = person("Dervishi")
    assert surname_of(row) == "Dervishi"
    assert not WrappedKey.objects.filter(kek=old).exists()
    old = provider().current()
    monkeypatch.setattr(keystore, "_hold", late)
    made = keystore.new_scopes(2, at=AT)
    assert {scope: keystore.data_key(scope).key for scope in made} == {scope: key.key for scope, key in made.items()}
    assert not WrappedKey.objects.filter(kek=old).exists()


def test_a_row_that_was_read_before_its_key_was_replaced_is_read_again() -> None:
    scope, old = keystore.new_scope(at=AT), provider().current()
    row = WrappedKey.objects.get(owner=keystore.scope_owner(scope))
    key = keystore.opened(row).key
    said("rotate")
    said("retire", old)
    provider.cache_clear()
    assert row.kek == old
    assert keystore.opened(row).key == key
    WrappedKey.objects.filter(pk=row.pk).delete()
    with pytest.raises(keystore.KeysUnavailable):
        keystore.opened(row)


def test_what_a_broken_off_change_has_left_is_told_and_goes(tmp_path: Path) -> None:
    """A draft that got no name, and a key that never became the current one."""
    row, old = person(), provider().current()
    draft, unused = tmp_path / "keys" / ".kek-0123abcd.key.4567cdef", tmp_path / "keys" / "kek-89abcdef.key"
    for file in (draft, unused):
        file.write_bytes(bytes(range(32)))
    found = json.loads(said("status", json=True))
    assert (found["left_over"], found["is_whole"]) == ([draft.name], True)
    assert "89abcdef  since unused  wraps 0" in said("status")
    assert f"left over  {draft.name}" in said("status")
    said("rotate")
    assert not draft.exists()
    for kek in ("89abcdef", old):
        said("retire", kek)
    assert provider().ids() == [provider().current()]
    assert surname_of(row) == "Hoxha"
