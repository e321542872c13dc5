"""What was erased stays erased: the ledger comes first, is never changed unseen, and is replayed before anything is served."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import Client
from pytest_django import Settings

from besa.lib import checks
from besa.vault import erasures, keystore
from besa.vault.models import WrappedKey

pytestmark = pytest.mark.django_db(databases=["default", "keystore"])
AT = datetime(2009, 7, 6, 10, tzinfo=UTC)


@pytest.fixture(autouse=True)
def ledger(settings: Settings, tmp_path: Path) -> Path:
    """A ledger and a VAR of this test; the secret is made anew, since each test rolls the keystore back."""
    settings.ERASURES, settings.VAR = tmp_path / "apart" / "erasures.jsonl", tmp_path
    keystore.named.cache_clear()
    return tmp_path / "apart" / "erasures.jsonl"


def scopes(count: int) -> list[uuid.UUID]:
    return [keystore.new_scope(at=AT) for _ in range(count)]


def erase(*wanted: uuid.UUID) -> int:
    return erasures.erase(wanted, by="membership:7", at=AT, reason="retention_over")


def test_erasing_writes_the_ledger_and_destroys_the_keys() -> None:
    gone, kept = scopes(2)
    assert erase(gone) == 1
    assert [(entry.scope, entry.by, entry.at, entry.reason) for entry in erasures.entries()] == [
        (gone, "membership:7", AT, "retention_over")
    ]
    assert (keystore.exists(gone), keystore.exists(kept)) == (False, True)
    with pytest.raises(keystore.KeyGone):
        keystore.data_key(gone)


def test_a_scope_stands_once_and_destroys_all_versions_of_its_key() -> None:
    (gone,) = scopes(1)
    keystore.new_version(gone, at=AT)
    assert (erase(gone), erase(gone)) == (2, 0)
    assert len(erasures.entries()) == 1


def test_a_crash_between_ledger_and_key_is_finished_by_the_replay(capsys: pytest.CaptureFixture[str]) -> None:
    gone, kept = scopes(2)
    erasures.record([gone], by="system", at=AT, reason="court_order")
    assert erasures.unreplayed() == [gone]
    call_command("replay_erasures")
    call_command("replay_erasures")
    assert capsys.readouterr().out.splitlines() == [
        "1 erasures in the ledger, 1 keys destroyed now",
        "1 erasures in the ledger, 0 keys destroyed now",
    ]
    assert (erasures.unreplayed(), keystore.exists(gone), keystore.exists(kept)) == ([], False, True)


def test_a_restored_keystore_does_not_serve_before_the_replay(client: Client) -> None:
    (gone,) = scopes(1)
    row = WrappedKey.objects.get(owner=keystore.scope_owner(gone))
    erase(gone)
    assert (client.get("/readyz").status_code, checks.refusals()) == (200, [])
    row.pk = None
    row.save(force_insert=True)  # as an older backup of the keystore brings it back
    assert client.get("/readyz").status_code == 503
    assert checks.refusals() == ["1 erased keys are back; run besa replay_erasures"]
    erasures.replay()
    assert client.get("/readyz").status_code == 200


def test_an_unfinished_restore_does_not_serve(client: Client) -> None:
    erasures.marker().write_text("")
    assert client.get("/readyz").status_code == 503
    with pytest.raises(CommandError, match="restore is not finished"):
        call_command("serve", bind="127.0.0.1:0")


def _changed(text: str) -> str:
    lines = text.splitlines(keepends=True)
    values = json.loads(lines[1])
    return (
        lines[0] + json.dumps(values | {"by": "membership:9"}, sort_keys=True, separators=(",", ":")) + "\n" + lines[2]
    )


BREAKS: dict[str, Callable[[str], str]] = {
    "a line taken out of the middle": lambda text: "".join(text.splitlines(keepends=True)[::2]),
    "the first line taken out": lambda text: "".join(text.splitlines(keepends=True)[1:]),
    "two lines swapped": lambda text: "".join(text.splitlines(keepends=True)[i] for i in (1, 0, 2)),
    "a line twice": lambda text: text + text.splitlines(keepends=True)[2],
    "a value changed": _changed,
    "a number spelt otherwise": lambda text: text.replace('"number":2', '"number":2.0'),
    "not JSON": lambda text: text + "{}\n[]\n",
}


@pytest.mark.parametrize("how", BREAKS)
def test_a_changed_ledger_destroys_nothing_and_forbids_serving(how: str, ledger: Path) -> None:
    wanted = scopes(3)
    erasures.record(wanted, by="system", at=AT, reason="court_order")
    ledger.write_text(BREAKS[how](ledger.read_text()))
    with pytest.raises(CommandError, match="refused: line"):
        call_command("replay_erasures")
    with pytest.raises(erasures.LedgerBroken):
        erasures.record(scopes(1), by="system", at=AT, reason="court_order")
    assert all(keystore.exists(scope) for scope in wanted)
    assert len(checks.not_yet()) == 1


def test_a_ledger_of_another_installation_is_not_replayed(ledger: Path) -> None:
    (scope,) = scopes(1)
    erasures.record([scope], by="system", at=AT, reason="court_order")
    WrappedKey.objects.filter(owner="named:erasures").delete()
    keystore.named.cache_clear()
    with pytest.raises(erasures.LedgerBroken, match="not written by this installation"):
        erasures.replay()


def test_half_a_last_line_was_never_acknowledged_and_gives_way(ledger: Path) -> None:
    one, other = scopes(2)
    erase(one)
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + b'{"at":"2009')
    assert len(erasures.entries()) == 1
    erase(other)
    assert [entry.scope for entry in erasures.entries()] == [one, other]
    assert ledger.read_bytes().startswith(whole)


def test_a_shortened_ledger_is_noticed_by_the_head_that_a_backup_keeps(ledger: Path) -> None:
    erase(*scopes(2))
    known = erasures.head()
    erase(*scopes(1))
    assert erasures.holds(known)
    lines = ledger.read_text().splitlines(keepends=True)
    ledger.write_text(lines[0])
    assert not erasures.holds(known)
    ledger.unlink()
    assert not erasures.holds(known)
    assert erasures.holds(erasures.Head(0, erasures.FIRST))


def test_two_copies_are_united_without_a_change_to_what_stands(ledger: Path, tmp_path: Path) -> None:
    first, second, here, there = scopes(4)
    erase(first, second)
    copy = tmp_path / "copy.jsonl"
    copy.write_bytes(ledger.read_bytes())
    longer = erasures.record([there], by="system", at=AT, reason="court_order")
    copy.write_bytes(ledger.read_bytes())
    before = ledger.read_bytes().splitlines(keepends=True)[:2]
    ledger.write_bytes(b"".join(before))
    erase(here)
    assert erasures.adopt(copy) == len(longer) == 1
    assert [entry.scope for entry in erasures.entries()] == [first, second, here, there]
    assert erasures.unreplayed() == [there]
    ledger.unlink()
    assert (erasures.adopt(copy), ledger.read_bytes()) == (3, copy.read_bytes())


@pytest.mark.parametrize(("by", "reason"), [("Arta Hoxha", "court_order"), ("system", "she asked for it"), ("", "x")])
def test_the_ledger_takes_no_free_text(by: str, reason: str) -> None:
    with pytest.raises(ValueError, match="no free text"):
        erasures.record(scopes(1), by=by, at=AT, reason=reason)
    assert erasures.entries() == []


def test_the_ledger_is_for_its_owner_alone(ledger: Path) -> None:
    erase(*scopes(1))
    assert ledger.stat().st_mode & 0o777 == 0o600


@pytest.mark.django_db(transaction=True, databases=["default", "keystore"])
def test_destroyed_keys_leave_the_files_of_the_keystore() -> None:
    """Outside a transaction the cleaning runs at once: VACUUM on PostgreSQL, an emptied write-ahead log on SQLite."""
    (gone,) = scopes(1)
    wrapped = bytes(WrappedKey.objects.get(owner=keystore.scope_owner(gone)).wrapped)
    files = _keystore_files()
    assert not files or any(wrapped in file.read_bytes() for file in files)
    erase(gone)
    assert not any(wrapped in file.read_bytes() for file in files if file.exists())
    assert _dead_rows() == 0


def _keystore_files() -> list[Path]:
    database = connections["keystore"]
    if database.vendor != "sqlite":
        return []
    return [Path(f"{database.settings_dict['NAME']}{end}") for end in ("", "-wal")]


def _dead_rows() -> int:
    """Row versions that lie in the table although nobody sees them."""
    database = connections["keystore"]
    if database.vendor != "postgresql":
        return 0
    with database.cursor() as cursor:
        cursor.execute("VACUUM (VERBOSE) vault_wrappedkey")
        cursor.execute("SELECT n_dead_tup FROM pg_stat_all_tables WHERE relname = 'vault_wrappedkey'")
        return int(cursor.fetchone()[0])
