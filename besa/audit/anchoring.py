"""Giving anchors away: signing the heads of the chain and bringing them to another institution, a folder or a receiver."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from besa.audit import anchor, chain
from besa.audit.chain import Broken
from besa.audit.models import ChainState, Event, Head
from besa.audit.verification import snapshot
from besa.lib.refusal import Refused
from besa.vault import erasures, keystore

EVERY_EVENTS = 1_000
EVERY = timedelta(minutes=10)
TIMEOUT = 20  # seconds that a receiver may take


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A receiver that leads elsewhere is not the receiver: what was to be anchored goes to no other address."""

    def redirect_request(self, *args: Any, **kwargs: Any) -> None:
        return None


OPENER = urllib.request.build_opener(_NoRedirect)
Document = dict[str, Any]


@dataclass(frozen=True)
class Receipt:
    """What the other institution holds: number of the anchor and digest of what it says."""

    number: int
    digest: str


def private_key() -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keystore.named("anchor"))


def public_key() -> Ed25519PublicKey:
    return private_key().public_key()


def state() -> ChainState:
    """What was last verified and anchored; a fresh one where nothing was."""
    return ChainState.objects.filter(pk=1).first() or ChainState(pk=1)


def is_due(at: datetime) -> bool:
    """A thousand events, or ten minutes, since the last anchor."""
    last = state()
    if last.anchored_at is None or not timedelta(0) <= at - last.anchored_at < EVERY:
        return True
    return sum(Head.objects.values_list("sequence", flat=True)) - last.anchored_events >= EVERY_EVENTS


def heads() -> anchor.Heads:
    """The ends of all streams at this moment; raises Broken rather than sign what this installation did not write."""
    secret, found = keystore.named("audit"), {}
    with snapshot():
        for head in Head.objects.all():
            if chain.mac_of(secret, chain.head_text(head.stream, head.sequence, head.digest)) != head.mac:
                raise Broken(f"stream {head.stream}: its head was not written by this installation")
            last = (
                Event.objects.filter(stream=head.stream).order_by("-sequence").values_list("sequence", "digest").first()
            )
            if (last or (0, chain.BEGIN)) != (head.sequence, head.digest):
                raise Broken(f"stream {head.stream}: its head is not its last event")
            found[head.stream] = (head.sequence, head.digest)
    return found


def give(*, to: str, at: datetime, is_after_restore: bool = False) -> Document:
    """Sign the heads and bring them to the folder or the receiver `to`; gives the anchor.

    Raises Broken where the chain or the anchors there are not whole, Refused where the receiver does not take it or the chain is
    shorter than it was.
    """
    place: Receiver | Folder = Receiver(to) if to.startswith(("https://", "http://")) else Folder(Path(to))
    before = place.last()
    now = heads()
    if before and (shorter := anchor.shortened(anchor.heads_of(before), now)) and not is_after_restore:
        raise Refused(
            f"stream {shorter[0]} is shorter than in anchor {before['number']}: events are lost; find out why before you anchor"
            " (after a restore from a backup: --after-restore)"
        )
    erased = erasures.head()
    said = anchor.statement(
        number=before["number"] + 1 if before else 1,
        previous=anchor.digest_of(before) if before else chain.BEGIN,
        at=chain.moment(at),
        heads=now,
        erasures=(erased.number, erased.digest),
        is_after_restore=is_after_restore,
    )
    place.take(anchor.signed(said, private_key()))
    _note(said, to, at)
    return said


def _check_not_shorter(last: Document | None, to: str) -> None:
    given = state()
    if given.anchored_to == to and (last["number"] if last else 0) < given.anchor_number:
        raise Broken(f"{to} ends before anchor {given.anchor_number}, which was given")


def _note(said: Document, to: str, at: datetime) -> None:
    values = {
        "anchored_to": to,
        "anchored_at": at,
        "anchor_number": said["number"],
        "anchored_events": said["events"],
        "anchor_digest": anchor.digest_of(said),
    }
    ChainState.objects.update_or_create(pk=1, defaults=values)


class Folder:
    """A folder that another institution holds, as it is mounted here."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def last(self) -> Document | None:
        """The last anchor there; it says where to go on, also when this database was restored. Raises Broken, Refused."""
        if not self.path.is_dir():
            raise Refused(f"{self.path} is not a folder")
        shown = self.path / anchor.KEY_FILE
        if shown.exists() and shown.read_text() != anchor.pem(public_key()):
            raise Broken(f"{shown} holds another key than this installation signs with")
        last = anchor.last_in(self.path, public_key())
        _check_not_shorter(last, str(self.path))
        return last

    def take(self, document: Document) -> None:
        try:
            anchor.write_file(
                self.path, anchor.file_name(document["anchor"]["number"]), chain.canonical(document) + "\n"
            )
            if not (self.path / anchor.KEY_FILE).exists():
                anchor.write_file(self.path, anchor.KEY_FILE, anchor.pem(public_key()))
        except OSError as error:
            raise Refused(f"{self.path}: the anchor could not be written ({error.strerror})") from error


class Receiver:
    """A server of another institution: GET gives the last anchor that it holds (404 for none), POST takes the next one."""

    def __init__(self, url: str) -> None:
        self.url = url

    def last(self) -> Document | None:
        status, answer = self._ask("GET", None)
        if status not in (200, 404):
            raise Refused(f"{self.url} answers {status}")
        last = anchor.opened(answer, public_key(), self.url) if status == 200 else None
        _check_not_shorter(last, self.url)
        return last

    def take(self, document: Document) -> None:
        """Send the anchor; it counts only with a receipt that names its number and digest."""
        status, answer = self._ask("POST", chain.canonical(document).encode())
        if status not in (200, 201):
            raise Refused(f"{self.url} did not take the anchor; it answers {status}")
        wanted = Receipt(document["anchor"]["number"], anchor.digest_of(document["anchor"]))
        if not isinstance(answer, dict) or Receipt(answer.get("number", 0), str(answer.get("digest"))) != wanted:
            raise Refused(f"{self.url} gave no receipt for anchor {wanted.number}")

    def _ask(self, method: str, content: bytes | None) -> tuple[int, Any]:
        request = urllib.request.Request(self.url, data=content, method=method)  # noqa: S310  (http and https only, see give)
        request.add_header("Content-Type", "application/json")
        try:
            with OPENER.open(request, timeout=TIMEOUT) as response:
                return response.status, json.loads(response.read(1_000_000))
        except urllib.error.HTTPError as error:
            error.close()
            return error.code, None
        except (OSError, ValueError) as error:
            raise Refused(f"{self.url} cannot be reached ({type(error).__name__})") from error
