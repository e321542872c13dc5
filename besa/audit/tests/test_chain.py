"""The chain: whole as recorded; every tampering past the triggers is found, also one with the key, by the anchors."""

from __future__ import annotations

import threading
from pathlib import Path
from random import Random

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from besa.audit import actions, anchoring, guard, verification
from besa.audit.chain import Broken
from besa.audit.models import Event, Head
from besa.audit.tests import tampering
from besa.lib import clock
from besa.vault import keystore
from conftest import MakeMember


def write(count: int = 1, verb: str = "head_looked_at") -> None:
    with transaction.atomic():
        for number in range(count):
            thing = Head(stream=number % 3)
            actions.record(
                verb, thing, by=actions.SYSTEM, at=clock.now(), fields=["b", "a"], flags=["own_name"] * (number % 2)
            )


def whole(anchors: Path | None = None, *, is_with_data: bool = False) -> verification.Whole:
    key = anchoring.public_key() if anchors else None
    return verification.verify(anchors=anchors, key=key, is_with_data=is_with_data)


def is_caught(way: tampering.Way, random: Random, anchors: Path | None) -> bool:
    """Tamper in a transaction that is undone."""
    with transaction.atomic():
        guard.remove(connection)
        way(random)
        guard.install(connection)
        try:
            whole(anchors)
            found = False
        except Broken:
            found = True
        transaction.set_rollback(True)
    return found


@pytest.fixture
def anchors(db: None, tmp_path: Path) -> Path:
    """A chain of forty events with three anchors."""
    for count in (20, 19, 1):
        write(count)
        anchoring.give(to=str(tmp_path), at=clock.now())
    return tmp_path


def test_what_is_recorded_is_whole(anchors: Path) -> None:
    found = whole(anchors, is_with_data=True)
    assert (found.events, found.streams, found.anchors, found.declared_lost) == (40, 1, 3, 0)
    assert list(Event.objects.order_by("id").values_list("sequence", flat=True)) == list(range(1, 41))
    assert Event.objects.filter(fields=["a", "b"]).count() == 40


@pytest.mark.parametrize("name", tampering.CHAIN_WAYS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_tampering_without_the_key_is_found(name: str, seed: int, anchors: Path) -> None:
    assert is_caught(tampering.CHAIN_WAYS[name], tampering.seeded(seed), anchors)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_writing_anew_with_the_key_is_found_by_the_anchors_alone(seed: int, anchors: Path) -> None:
    secret = keystore.named("audit")

    def rewrite(random: Random) -> str:
        return tampering.rewrite(random, secret)

    assert is_caught(rewrite, tampering.seeded(seed), anchors)
    assert not is_caught(rewrite, tampering.seeded(seed), None)


def test_a_savepoint_rolled_back_leaves_no_gap(db: None) -> None:
    write(2)
    with transaction.atomic():
        write(1)
        with transaction.atomic():
            write(3)
            transaction.set_rollback(True)
        write(1)
    assert whole().events == 4


@pytest.mark.usefixtures("db")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor = 'nobody'",
        "DELETE FROM audit_event",
        "INSERT INTO audit_event SELECT * FROM audit_event WHERE sequence = 1",
    ],
)
def test_the_database_refuses_to_change_an_event(statement: str) -> None:
    write(2)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    is_postgres = connection.vendor == "postgresql"
    sharper = "TRUNCATE audit_event" if is_postgres else statement.replace("INSERT", "INSERT OR REPLACE")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sharper)
    assert whole().events == 2


@pytest.mark.usefixtures("db")
def test_a_guard_that_was_taken_off_is_found() -> None:
    write()
    name = next(iter(guard.triggers(connection)))
    tampering.sql(f"DROP TRIGGER {name}" + (" ON audit_event" if connection.vendor == "postgresql" else ""))
    with pytest.raises(Broken, match=name):
        whole()
    guard.install(connection)
    assert whole().events == 1


@pytest.mark.usefixtures("transactional_db")
def test_flush_empties_and_leaves_the_guard(monkeypatch: pytest.MonkeyPatch) -> None:
    write(3)
    call_command("flush", interactive=False, verbosity=0)
    assert (Event.objects.count(), Head.objects.count(), guard.missing(connection)) == (0, 0, [])
    assert whole().events == 0
    write(2)
    assert whole().events == 2
    monkeypatch.setattr("django.conf.settings.PRODUCTION", True)
    with pytest.raises(CommandError, match="never emptied"):
        call_command("flush", interactive=False, verbosity=0)
    assert Event.objects.count() == 2


@pytest.mark.usefixtures("transactional_db")
def test_writers_at_the_same_moment_each_find_a_stream() -> None:
    """On PostgreSQL they do not wait for each other; on SQLite one waits. Nowhere does a stream fork."""
    keystore.named("audit")
    write()
    together = threading.Barrier(4, timeout=20)
    is_postgres = connection.vendor == "postgresql"

    def writer() -> None:
        try:
            for _turn in range(5):
                with transaction.atomic():
                    write(2)
                    if is_postgres:
                        together.wait()  # four transactions hold a stream each
        finally:
            connections.close_all()

    threads = [threading.Thread(target=writer) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = whole()
    assert (found.events, found.streams) == (41, 4 if is_postgres else 1)


@pytest.mark.usefixtures("db")
def test_a_membership_changed_added_or_deleted_past_the_actions_is_found(make_member: MakeMember) -> None:
    member = make_member("coordinator")
    with pytest.raises(Broken, match="is in no event"):
        whole(is_with_data=True)
    with transaction.atomic():
        actions.record("membership_installed", member, by=actions.SYSTEM, at=clock.now())
    rows = type(member).objects.filter(pk=member.pk)
    assert whole(is_with_data=True).rows == 1
    rows.update(role="auditor")
    with pytest.raises(Broken, match=f"directory.membership {member.pk}: is not as it was last recorded"):
        whole(is_with_data=True)
    rows.update(role="coordinator")
    assert whole(is_with_data=True).rows == 1
    with transaction.atomic():
        rows.delete()
        with pytest.raises(Broken, match="deleted past the actions"):
            whole(is_with_data=True)
        transaction.set_rollback(True)
    with transaction.atomic():
        actions.record("membership_removed", member, by=actions.SYSTEM, at=clock.now(), flags=["deleted"])
        with pytest.raises(Broken, match="was deleted and is back"):
            whole(is_with_data=True)
        member.delete()
    assert whole(is_with_data=True).rows == 0


@pytest.mark.usefixtures("db")
def test_a_reading_does_not_vouch_for_a_row(make_member: MakeMember) -> None:
    member = make_member("coordinator")
    with transaction.atomic():
        actions.record("membership_installed", member, by=actions.SYSTEM, at=clock.now())
        type(member).objects.filter(pk=member.pk).update(role="auditor")
        actions.record("membership_read", member, by=actions.SYSTEM, at=clock.now(), is_reading=True)
    with pytest.raises(Broken, match="not as it was last recorded"):
        whole(is_with_data=True)


def test_unreadable_rows_are_named_and_do_not_raise(anchors: Path) -> None:
    if connection.vendor == "postgresql":
        pytest.skip("PostgreSQL keeps to its types")
    tampering.sql("PRAGMA ignore_check_constraints = ON")
    for column, value in [
        ("fields", "{"),
        ("at", "never"),
        ("verb", b"\xff\xfe"),
        ("sequence", "many"),
        ("id", 10**12),
    ]:

        def spoil(random: Random, column: str = column, value: object = value) -> str:
            tampering.sql(f"UPDATE audit_event SET {column} = %s WHERE id = 7", value)  # noqa: S608
            return column

        assert is_caught(spoil, tampering.seeded(1), anchors), column
    tampering.sql("PRAGMA ignore_check_constraints = OFF")


def test_the_commands_tell_and_keep_what_they_find(anchors: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("audit_verify", anchors=anchors, data=True)
    assert "whole: 40 events in 1 streams" in capsys.readouterr().out
    assert (anchoring.state().is_whole, anchoring.state().verified_events) == (True, 40)
    guard.remove(connection)
    tampering.sql("UPDATE audit_event SET actor = 'membership:9' WHERE sequence = 7")
    guard.install(connection)
    with pytest.raises(CommandError, match=r"NOT whole: event .*place 7.*content") as failure:
        call_command("audit_verify", json=True)
    assert failure.value.returncode == 1
    assert '"whole": false' in capsys.readouterr().out
    assert anchoring.state().is_whole is False
    assert "place 7" in anchoring.state().problem
