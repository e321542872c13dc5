"""A person with one sealed name, and what would give the name or its ciphertext away in any text."""

from __future__ import annotations

import base64
import uuid
from datetime import UTC, datetime

from django.db import transaction

from besa.people.models import Person
from besa.vault import cells, envelope, keystore
from besa.vault.fields import Sealed

AT = datetime(2009, 7, 6, 10, tzinfo=UTC)
NAME = "Kanarinë-Zezë"
PIECE = 9  # bytes of ciphertext that nobody meets by accident


def held() -> Person:
    """A person in memory, whose surname is sealed as the vault does it."""
    box = b"\0\1" + envelope.seal(envelope.new_key(), NAME.encode(), context=b"a place")
    return Person(scope=uuid.uuid4(), created_at=AT, surname=Sealed(box))


def stored() -> Person:
    """A person as the database gives her back."""
    with transaction.atomic():
        row = Person(scope=keystore.new_scope(at=AT), created_at=AT)
        cells.seal(row, surname=NAME)
        row.save(force_insert=True)
    return Person.objects.get(pk=row.pk)


def given_away(text: str | bytes, box: bytes) -> list[str]:
    """What of the name or the ciphertext stands in the text, in whatever spelling."""
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    pieces = [box[at : at + PIECE] for at in range(0, len(box) - PIECE)]
    spellings = {
        "the name": [NAME, NAME.upper(), NAME[::-1], ascii(NAME)[1:-1], "Kanarin", NAME.encode().hex()],
        "ciphertext": [piece.decode("latin-1") for piece in pieces],
        "ciphertext, as Python writes it": [repr(piece)[2:-1] for piece in pieces],
        "ciphertext in hexadecimal": [piece.hex() for piece in pieces],
        "ciphertext in base64": [base64.b64encode(piece).decode() for piece in pieces],
        "ciphertext as numbers": [", ".join(str(byte) for byte in piece) for piece in pieces],
    }
    low = text.lower()
    return [what for what, ways in spellings.items() if any(way.lower() in low for way in ways)]
