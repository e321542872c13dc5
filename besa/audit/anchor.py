"""Anchors: signed heads of the chain, kept by another institution. Needs no Django and no database, so that it can verify by itself.

A chain alone shows neither that its end was cut off nor that somebody with the key wrote it anew. An anchor outside shows both.
The format is described in `docs/security/anchors.md`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

from besa.audit.chain import BEGIN, Broken, canonical

FORMAT = "besa-anchor-1"
KEY_FILE = "public-key.pem"
Statement = Mapping[str, Any]
Heads = dict[int, tuple[int, str]]  # stream -> sequence and digest of its last event


@dataclass(frozen=True)
class Summary:
    """What a folder of anchors says: how many, the last one, and events that a restore lost, as declared in an anchor."""

    count: int
    last: Statement | None
    declared_lost: int


def statement(
    *, number: int, previous: str, at: str, heads: Heads, erasures: tuple[int, str], is_after_restore: bool
) -> dict[str, Any]:
    """What an anchor says. `previous` is the digest of the anchor before, 64 zeros for the first one."""
    return {
        "format": FORMAT,
        "number": number,
        "previous": previous,
        "at": at,
        "events": sum(sequence for sequence, _digest in heads.values()),
        "heads": [
            {"stream": stream, "sequence": heads[stream][0], "digest": heads[stream][1]} for stream in sorted(heads)
        ],
        "erasures": {"count": erasures[0], "digest": erasures[1]},
        "after_restore": is_after_restore,
    }


def digest_of(said: Statement) -> str:
    """By which the next anchor names this one."""
    return hashlib.sha256(canonical(dict(said)).encode()).hexdigest()


def signed(said: Statement, key: Ed25519PrivateKey) -> dict[str, Any]:
    """The document of an anchor: what it says and the signature over that, as canonical JSON."""
    signature = key.sign(canonical(dict(said)).encode())
    return {"anchor": dict(said), "signature": base64.b64encode(signature).decode()}


def opened(document: Any, key: Ed25519PublicKey, name: str) -> dict[str, Any]:
    """What an anchor says, if the key has signed it. Raises Broken, with the anchor's name."""
    try:
        said, signature = document["anchor"], base64.b64decode(document["signature"], validate=True)
        key.verify(signature, canonical(said).encode())
        heads_of(said)
        known = said["format"] == FORMAT and isinstance(said["number"], int) and isinstance(said["previous"], str)
        known = known and isinstance(said["erasures"]["count"], int) and isinstance(said["after_restore"], bool)
    except InvalidSignature:
        raise Broken(f"{name}: the signature is not of this key") from None
    except (KeyError, TypeError, ValueError, binascii.Error):
        raise Broken(f"{name} is not an anchor") from None
    if not known:
        raise Broken(f"{name} is not an anchor of the format {FORMAT}")
    return dict(said)


def heads_of(said: Statement) -> Heads:
    return {int(head["stream"]): (int(head["sequence"]), str(head["digest"])) for head in said["heads"]}


def check_follows(before: Statement | None, said: Statement, name: str) -> None:
    """Each anchor is numbered and names the one before; no stream gets shorter unless a restore is declared. Raises Broken."""
    number, link = (before["number"], digest_of(before)) if before else (0, BEGIN)
    if said["number"] != number + 1:
        raise Broken(f"{name}: is number {said['number']} where {number + 1} is expected")
    if said["previous"] != link:
        raise Broken(f"{name}: does not name the anchor before it")
    if before is None:
        return
    shorter = shortened(heads_of(before), heads_of(said))
    if shorter and not said["after_restore"]:
        raise Broken(f"{name}: stream {shorter[0]} is shorter than in the anchor before")
    if said["erasures"]["count"] < before["erasures"]["count"]:
        raise Broken(f"{name}: the ledger of erasures is shorter than in the anchor before")


def shortened(before: Heads, now: Heads) -> list[int]:
    """The streams that end earlier than they did."""
    return [stream for stream, (sequence, _digest) in before.items() if now.get(stream, (0, ""))[0] < sequence]


# --- a folder of anchors


def file_name(number: int) -> str:
    return f"anchor-{number:09}.json"


def files(folder: Path) -> list[Path]:
    """The anchors of a folder, the oldest first."""
    return sorted(folder.glob("anchor-*.json"))


def read(path: Path, key: Ed25519PublicKey) -> dict[str, Any]:
    """What the anchor in this file says. Raises Broken."""
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError):
        raise Broken(f"{path.name} cannot be read") from None
    return opened(document, key, path.name)


def last_in(folder: Path, key: Ed25519PublicKey) -> dict[str, Any] | None:
    found = files(folder)
    return read(found[-1], key) if found else None


def write_file(folder: Path, name: str, content: str) -> None:
    """Write a file whole or not at all, never over another one: raises FileExistsError."""
    draft = folder / f".{name}.{secrets.token_hex(4)}"
    with draft.open("x") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(draft, folder / name)
    finally:
        draft.unlink()


def pem(key: Ed25519PublicKey) -> str:
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def public_key(text: bytes) -> Ed25519PublicKey:
    """The public key in a PEM file. Raises Broken."""
    try:
        key = load_pem_public_key(text)
    except ValueError:
        raise Broken("the public key cannot be read") from None
    if not isinstance(key, Ed25519PublicKey):
        raise Broken("the public key is none of Ed25519")
    return key


# --- verifying


def check_links(paths: list[Path], key: Ed25519PublicKey) -> Iterator[dict[str, Any]]:
    """What each anchor says, the oldest first; raises Broken at the first that is not signed, or does not follow the one before."""
    before: dict[str, Any] | None = None
    for path in paths:
        said = read(path, key)
        check_follows(before, said, path.name)
        if path.name != file_name(said["number"]):
            raise Broken(f"{path.name}: holds anchor {said['number']}")
        yield said
        before = said


def wanted_heads(paths: list[Path], key: Ed25519PublicKey) -> Iterator[tuple[str, int, int, str]]:
    """The ends that the chain must still hold, the newest anchor first: name of the anchor, stream, sequence, digest.

    What a declared restore has cut off is not asked for.
    """
    above: Heads = {}
    floors: dict[int, int] = {}
    for path in reversed(paths):
        said = read(path, key)
        heads = heads_of(said)
        for stream, (sequence, digest) in heads.items():
            if sequence and sequence <= floors.get(stream, sequence) and above.get(stream) != (sequence, digest):
                yield path.name, stream, sequence, digest
        if said["after_restore"]:
            for stream, (sequence, _digest) in heads.items():
                floors[stream] = min(sequence, floors.get(stream, sequence))
        above = heads


def check(
    paths: list[Path],
    key: Ed25519PublicKey,
    digest_at: Callable[[int, int], str | None],
    look: Callable[[Statement], None] = lambda said: None,
) -> Summary:
    """Signatures and links of all anchors, and that each anchored end is in the chain. `digest_at(stream, sequence)` asks the chain,
    `look` is shown each anchor. Raises Broken.
    """
    count, lost, last = 0, 0, None
    for said in check_links(paths, key):
        if last and said["after_restore"]:
            lost += _lost(heads_of(last), heads_of(said))
        count, last = count + 1, said
        look(said)
    for name, stream, sequence, digest in wanted_heads(paths, key):
        found = digest_at(stream, sequence)
        if found is None:
            raise Broken(f"{name}: event {sequence} of stream {stream} is anchored and is not in the chain")
        if found != digest:
            raise Broken(f"{name}: event {sequence} of stream {stream} is another one than was anchored")
    return Summary(count, last, lost)


def _lost(before: Heads, after: Heads) -> int:
    return sum(max(0, sequence - after.get(stream, (0, ""))[0]) for stream, (sequence, _digest) in before.items())
