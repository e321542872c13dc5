"""The hash chain of events: how a digest is made. Nothing but the standard library, so that an outsider can follow it.

    digest = SHA-256( previous digest, a line end, the event's other fields as canonical JSON )

Canonical JSON: keys in order, no blanks, UTF-8, the moment in UTC with six decimals. The first event of a stream has 64 zeros
as its previous digest. `docs/security/anchors.md` says the same in words.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

BEGIN = "0" * 64
CHAINED = (
    "id", "stream", "sequence", "at", "actor", "agency", "verb", "object_type", "object_id", "fields", "purpose", "relation",
    "flags", "request_id", "witness",
)  # fmt: skip


class Broken(Exception):
    """The chain, an anchor or a row is not what it must be. Says in words where."""


canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode


def moment(at: datetime) -> str:
    """A moment in the one spelling that the chain knows: 2009-07-06T08:15:00.000000+00:00."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def digest_of(previous: str, event: Mapping[str, Any]) -> str:
    """The digest of an event given as its fields in plain JSON values, `at` as text."""
    text = f"{previous}\n{canonical({name: event[name] for name in CHAINED})}"
    return hashlib.sha256(text.encode()).hexdigest()


def mac_of(key: bytes, digest: str) -> str:
    """What only the holder of the key can write beside a digest: HMAC-SHA256, in hexadecimal."""
    return hmac.digest(key, digest.encode(), "sha256").hex()


def head_text(stream: int, sequence: int, digest: str) -> str:
    """What a head's code is made over; no digest of an event looks like it."""
    return f"head {stream} {sequence} {digest}"
