"""A backup restores whole or not at all, and what was erased since stays erased."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from benchmarks.reliability.backup_world import ROOT, World, copy_of, prepare
from besa.safekeeping import archive
from besa.safekeeping.archive import Contents, Failed, Member

ERASE = """
import sys, uuid, django
django.setup()
from besa.lib import clock
from besa.vault import erasures, keystore
if sys.argv[1] == "make":
    print(keystore.new_scope(at=clock.now()))
else:
    erasures.erase([uuid.UUID(sys.argv[1])], by="system", at=clock.now(), reason="court_order")
"""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An installation on SQLite with a scope, backed up; nothing of the environment of the tests reaches it."""
    kept = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("BESA_")]:
        del os.environ[name]
    world = prepare(tmp_path_factory.mktemp("restore") / "base", documents=2)
    scope = script(world, "make")
    (world.var / "scope").write_text(scope)
    done = world.besa("backup")
    assert done.returncode == 0, done.stderr
    yield world
    os.environ.clear()
    os.environ.update(kept)


@pytest.fixture
def world(base: World, tmp_path: Path) -> World:
    return copy_of(base, tmp_path / "var")


def script(world: World, word: str) -> str:
    """Make a scope, or erase one."""
    command = [sys.executable, "-c", ERASE, word]
    done = subprocess.run(command, cwd=ROOT, env=world.environment(), capture_output=True, text=True, check=True)  # noqa: S603
    return done.stdout.strip()


def pair(world: World) -> list[str]:
    return [str(next(world.backups.glob(f"*.{kind}.tar.age"))) for kind in ("data", "keystore")]


def restore(world: World, *words: str) -> tuple[int, str]:
    done = world.besa("restore", *pair(world), "--identity", str(world.var / "identity"), *words)
    return done.returncode, done.stdout + done.stderr


def rows(file: Path, query: str) -> list[tuple[object, ...]]:
    with sqlite3.connect(file) as opened:
        return opened.execute(query).fetchall()


def test_what_holds_data_is_replaced_only_by_its_name(world: World) -> None:
    code, said = restore(world, "--without-ledger")
    assert (code, "holds_data" in said) == (1, True)
    assert restore(world, "--without-ledger", "--replace", "other")[0] == 1
    code, said = restore(world, "--without-ledger", "--replace", "besa.sqlite3")
    assert code == 0, said
    assert rows(world.var / "besa.sqlite3", "SELECT count(*) FROM audit_event WHERE verb = 'restored'") == [(1,)]
    assert not (world.var / "restoring").exists()


def test_a_lost_machine_comes_back_and_what_was_erased_does_not(world: World) -> None:
    scope = (world.var / "scope").read_text()
    script(world, scope)
    for name in ("besa.sqlite3", "keystore.sqlite3"):
        (world.var / name).unlink()
    shutil.rmtree(world.var / "documents")
    code, said = restore(world)
    assert code == 0, said
    assert "1 erasures replayed, 1 keys destroyed again" in said
    query = f"SELECT count(*) FROM vault_wrappedkey WHERE owner = 'scope:{scope}'"  # noqa: S608
    assert rows(world.var / "keystore.sqlite3", query) == [(0,)]
    assert len([file for file in (world.var / "documents").rglob("*") if file.is_file()]) == 2
    assert world.besa("audit_verify", "--data").returncode == 0


def test_without_a_ledger_nothing_is_restored(world: World) -> None:
    code, said = restore(world, "--replace", "besa.sqlite3")
    assert (code, "no_ledger" in said) == (1, True)


def test_another_key_opens_nothing(world: World) -> None:
    (world.var / "identity").write_text(str(pyrage.x25519.Identity.generate()))
    code, said = restore(world, "--without-ledger", "--replace", "besa.sqlite3")
    assert (code, "not_opened" in said) == (1, True)
    assert not (world.var / "restoring").exists()


def test_an_archive_that_others_made_is_refused_and_nothing_serves(world: World) -> None:
    """Whoever knows the public key can seal an archive; the code in the manifest they cannot write."""
    identity = archive.identities_of([world.var / "identity"])
    data = Path(pair(world)[0])
    held: list[tuple[str, bytes]] = []
    manifest = archive.read(data, identity, lambda name, pieces: held.append((name, b"".join(pieces))))
    data.unlink()
    members = [Member(name, len(content), [content]) for name, content in held]
    contents = Contents(members, lambda seen: manifest | {"members": dict(seen), "mac": "0" * 64})
    archive.write(data, contents, [identity[0].to_public()])
    code, said = restore(world, "--without-ledger", "--replace", "besa.sqlite3")
    assert (code, "forged" in said) == (1, True)
    assert (world.var / "restoring").exists()
    assert "restore is not finished" in world.besa("serve", "--bind", "127.0.0.1:0").stderr


def test_a_pair_of_two_backups_is_refused(world: World) -> None:
    first = pair(world)
    assert world.besa("backup").returncode == 0
    second = sorted(str(file) for file in world.backups.glob("*.keystore.tar.age"))[1]
    words = ["--identity", str(world.var / "identity"), "--without-ledger", "--replace", "besa.sqlite3"]
    done = world.besa("restore", first[0], second, *words)
    assert (done.returncode, "not of one backup" in done.stderr) == (1, True)


def test_the_drill_restores_and_leaves_nothing(world: World) -> None:
    done = world.besa("restore_drill", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["files"] == 2
    assert not (world.var / "drill").exists()
    assert not (world.var / "backup-work").exists()
    assert rows(world.var / "besa.sqlite3", "SELECT count(*) FROM audit_event WHERE verb = 'restore_drilled'") == [(1,)]


def test_the_newest_backups_are_kept(world: World) -> None:
    world.changed["BESA_BACKUP_KEEP"] = "2"
    for _time in range(3):
        assert world.besa("backup").returncode == 0
    assert len(list(world.backups.glob("*.ok"))) == 2
    assert len(list(world.backups.iterdir())) == 6


def _sealed(tmp_path: Path, *members: Member) -> tuple[Path, list[archive.Identity]]:
    identity = pyrage.x25519.Identity.generate()
    file = tmp_path / "archive"
    contents = Contents(members, lambda seen: {"format": 1, "members": dict(seen)})
    archive.write(file, contents, [identity.to_public()])
    return file, [identity]


def test_a_member_must_have_the_size_that_it_says(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="had 3 bytes"):
        _sealed(tmp_path, Member("files/a", 3, [b"four"]))


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "files/../../outside", "files//a"])
def test_an_archive_reaches_nothing_outside(tmp_path: Path, name: str) -> None:
    file, identities = _sealed(tmp_path, Member(name, 1, [b"x"]))
    with pytest.raises(Failed, match="has no place"):
        archive.read(file, identities, lambda name, pieces: None)


def test_every_changed_byte_is_noticed(tmp_path: Path) -> None:
    file, identities = _sealed(tmp_path, Member("files/a", 5, [b"bytes"]))
    whole = file.read_bytes()
    for place in range(0, len(whole), 37):
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Failed):
            archive.read(file, identities, lambda name, pieces: None)
    for size in range(0, len(whole), 61):
        file.write_bytes(whole[:size])
        with pytest.raises(Failed):
            archive.read(file, identities, lambda name, pieces: None)
