"""Anchors: given to a folder or a receiver, linked, signed; and what an outsider can tell with them and the public key."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import connection

from besa.audit import anchor, anchoring, chain, guard, verifier
from besa.audit.chain import Broken
from besa.audit.models import ChainState, Event, Head
from besa.audit.tests import tampering
from besa.audit.tests.test_chain import whole, write
from besa.lib import clock
from besa.lib.refusal import Refused
from besa.vault import keystore

pytestmark = pytest.mark.usefixtures("db")
Document = dict[str, Any]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three anchors of a chain of twelve events."""
    found = tmp_path / "anchors"
    found.mkdir()
    for count in (5, 6, 1):
        write(count)
        give(found)
    return found


def give(folder: Path, **values: Any) -> Document:
    return anchoring.give(to=str(folder), at=clock.now(), **values)


def edit(folder: Path, number: int, change: Callable[[Document], Any], *, is_signed: bool = True) -> None:
    """Change what an anchor says; sign it again, as one can who has the key."""
    file = folder / anchor.file_name(number)
    document = json.loads(file.read_text())
    change(document["anchor"])
    if is_signed:
        document = anchor.signed(document["anchor"], anchoring.private_key())
    file.write_text(json.dumps(document))


def test_an_anchor_says_where_the_streams_end(folder: Path) -> None:
    said = anchor.read(folder / "anchor-000000003.json", anchoring.public_key())
    last = Event.objects.get(sequence=12)
    assert (said["number"], said["events"], said["erasures"]["count"]) == (3, 12, 0)
    assert {"stream": 0, "sequence": 12, "digest": last.digest} in said["heads"]
    assert (folder / anchor.KEY_FILE).read_text() == anchor.pem(anchoring.public_key())
    assert anchoring.state().anchor_number == 3


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda folder: edit(folder, 2, lambda said: said.update(events=1), is_signed=False), "signature"),
        (lambda folder: edit(folder, 2, lambda said: said.update(at="2001")), "does not name the anchor before"),
        (lambda folder: edit(folder, 3, lambda said: said["heads"][0].update(digest="0" * 64)), "another one than was"),
        (lambda folder: edit(folder, 3, lambda said: said["heads"][0].update(sequence=99)), "is not in the chain"),
        (lambda folder: edit(folder, 3, lambda said: said["heads"][0].update(sequence=1)), "is shorter"),
        (lambda folder: edit(folder, 3, lambda said: said.update(erasures={"count": 4, "digest": "0"})), "erasures"),
        (lambda folder: edit(folder, 3, lambda said: said.pop("heads")), "is not an anchor"),
        (lambda folder: edit(folder, 1, lambda said: said.update(number=0)), "number 0 where 1"),
        (lambda folder: (folder / "anchor-000000003.json").unlink(), "3 anchors were given, 2 are there"),
        (lambda folder: (folder / "anchor-000000002.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "anchor-000000003.json").rename(folder / "anchor-000000004.json"), "holds anchor 3"),
    ],
)
def test_a_spoiled_anchor_is_found(spoil: Callable[[Path], Any], words: str, folder: Path) -> None:
    assert whole(folder).anchors == 3
    spoil(folder)
    with pytest.raises(Broken, match=words):
        whole(folder)


def cut(folder: Path, kept: int) -> None:
    """Somebody with the key cuts the chain off and lets the head say so."""
    guard.remove(connection)
    Event.objects.filter(sequence__gt=kept)._raw_delete("default")
    guard.install(connection)
    digest = Event.objects.get(sequence=kept).digest
    mac = chain.mac_of(keystore.named("audit"), chain.head_text(0, kept, digest))
    Head.objects.filter(stream=0).update(sequence=kept, digest=digest, mac=mac)


def test_a_shorter_chain_is_not_anchored_unless_a_restore_is_declared(folder: Path) -> None:
    cut(folder, 8)
    assert whole().events == 8  # without anchors nothing is to be seen
    with pytest.raises(Broken, match="event 12 of stream 0 is anchored and is not in the chain"):
        whole(folder)
    with pytest.raises(Refused, match="events are lost"):
        give(folder)
    give(folder, is_after_restore=True)
    write(9)
    give(folder)
    found = whole(folder)
    assert (found.events, found.anchors, found.declared_lost) == (17, 5, 4)
    edit(folder, 2, lambda said: said["heads"][0].update(sequence=7))  # what was not lost must still be there
    with pytest.raises(Broken):
        whole(folder)


def test_a_head_that_is_not_ours_is_not_signed(folder: Path) -> None:
    Head.objects.filter(stream=0).update(sequence=11)
    with pytest.raises(CommandError, match="NOT whole, nothing was signed: stream 0"):
        call_command("audit_anchor", to=str(folder))
    assert len(anchor.files(folder)) == 3


def test_anchors_go_on_where_the_folder_ends(folder: Path) -> None:
    ChainState.objects.all().delete()  # as after a restore from an older backup
    assert give(folder)["number"] == 4
    ChainState.objects.update(anchor_number=9)
    with pytest.raises(Broken, match="ends before anchor 9, which was given"):
        give(folder)


def test_another_key_beside_the_anchors_is_found(folder: Path) -> None:
    (folder / anchor.KEY_FILE).write_text(anchor.pem(Ed25519PrivateKey.generate().public_key()))
    with pytest.raises(Broken, match="another key"):
        give(folder)


def test_due_after_ten_minutes_or_a_thousand_events(folder: Path) -> None:
    now = clock.now()
    ChainState.objects.update(anchored_at=now - timedelta(minutes=9))
    assert not anchoring.is_due(now)
    ChainState.objects.update(anchored_events=12 - 1000)
    assert anchoring.is_due(now)
    ChainState.objects.update(anchored_events=12, anchored_at=now - timedelta(minutes=10))
    assert anchoring.is_due(now)


def test_the_command_needs_a_place(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="say where to") as wrong:
        call_command("audit_anchor")
    assert wrong.value.returncode == 2
    with pytest.raises(CommandError, match="is not a folder"):
        call_command("audit_anchor", to="/nowhere/at/all")
    call_command("audit_anchor", public_key=True)
    assert capsys.readouterr().out == anchor.pem(anchoring.public_key())


# --- an outsider


def exported(tmp_path: Path) -> Path:
    file = tmp_path / "events.jsonl"
    call_command("audit_export", output=file)
    return file


def outsider(file: Path, folder: Path) -> int:
    return verifier.main([str(file), "--anchors", str(folder), "--public-key", str(folder / anchor.KEY_FILE)])


def test_an_outsider_verifies_with_the_public_key_alone(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = exported(tmp_path)
    assert outsider(file, folder) == 0
    assert "whole: 13 events in 1 streams, 3 anchors\nafter the last anchor: 1 events\n" in capsys.readouterr().out
    assert '"mac"' not in file.read_text()
    assert Event.objects.filter(verb="events_exported").count() == 1
    with pytest.raises(CommandError, match="could not be written"):
        exported(tmp_path)


@pytest.mark.parametrize(
    ("old", "new"),
    [('"actor":"system"', '"actor":"nobody"'), ('"sequence":7,', '"sequence":8,'), ("head_looked_at", "{"), ("{", "[")],
)
def test_an_outsider_finds_what_was_changed_in_the_file(old: str, new: str, folder: Path, tmp_path: Path) -> None:
    file = exported(tmp_path)
    lines = file.read_text().splitlines()
    place = next(number for number, line in enumerate(lines) if number and old in line)
    lines[place] = lines[place].replace(old, new)
    file.write_text("\n".join(lines))
    assert outsider(file, folder) == 1


@pytest.mark.parametrize("kept", [0, 1, 8, 12])
def test_an_outsider_finds_an_end_that_is_cut_off(kept: int, folder: Path, tmp_path: Path) -> None:
    file = exported(tmp_path)
    file.write_text("\n".join(file.read_text().splitlines()[: kept + 1]))
    assert outsider(file, folder) == (0 if kept == 12 else 1)


def test_an_outsider_finds_a_chain_written_anew(folder: Path, tmp_path: Path) -> None:
    guard.remove(connection)
    tampering.rewrite(tampering.seeded(7), keystore.named("audit"))
    guard.install(connection)
    assert outsider(exported(tmp_path), folder) == 1


# --- a receiver


class Institution(ThreadingHTTPServer):
    """A receiver of another institution: keeps what it is given, and can be told to misbehave."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.held: list[Document] = []
        self.receipt: Document | None = None
        self.status = 201

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/anchors"


class _Handler(BaseHTTPRequestHandler):
    server: Institution

    def do_GET(self) -> None:
        self._answer(200 if self.server.held else 404, self.server.held[-1] if self.server.held else {})

    def do_POST(self) -> None:
        document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        said = document["anchor"]
        if self.server.status == 201:
            self.server.held.append(document)
        receipt = self.server.receipt or {"number": said["number"], "digest": anchor.digest_of(said)}
        self._answer(self.server.status, receipt)

    def _answer(self, status: int, content: Document) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def institution() -> Iterator[Institution]:
    with Institution() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_a_receiver_takes_anchors_and_gives_receipts(institution: Institution) -> None:
    for number in (1, 2):
        write(number)
        call_command("audit_anchor", to=institution.url)
    assert [document["anchor"]["number"] for document in institution.held] == [1, 2]
    before = anchor.opened(institution.held[0], anchoring.public_key(), "one")
    anchor.check_follows(before, anchor.opened(institution.held[1], anchoring.public_key(), "two"), "two")
    institution.held.pop()
    with pytest.raises(Broken, match="ends before anchor 2"):
        anchoring.give(to=institution.url, at=clock.now())


@pytest.mark.parametrize(
    ("status", "receipt", "words"),
    [
        (500, None, "did not take the anchor; it answers 500"),
        (409, None, "answers 409"),
        (201, {"number": 1, "digest": "0"}, "no receipt"),
        (201, {"answer": "thanks"}, "no receipt"),
    ],
)
def test_without_a_true_receipt_nothing_was_given(
    status: int, receipt: Document | None, words: str, institution: Institution
) -> None:
    write()
    institution.status, institution.receipt = status, receipt
    with pytest.raises(Refused, match=words):
        anchoring.give(to=institution.url, at=clock.now())
    assert anchoring.state().anchor_number == 0


def test_a_receiver_that_is_not_there_is_named(institution: Institution) -> None:
    url = institution.url.replace("/anchors", "")
    institution.server_close()
    with pytest.raises(CommandError, match="cannot be reached"):
        call_command("audit_anchor", to=url)
