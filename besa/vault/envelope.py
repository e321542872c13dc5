"""Sealing bytes with a key: AES-256-GCM, bound to a context, padded so that the length tells little.

A box is: format (1 byte), nonce (12), ciphertext with tag (16 more than the padded text). Nonces are random; a key seals far
fewer boxes than the 2**32 after which that would be unsafe (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY_BYTES = 32
FORMAT = b"\x01"
_NONCE = 12
_LENGTH = 4
_SMALLEST = 64
_STEP = 1024


class Unopened(Exception):
    """The box does not open: another key, another place, or changed bytes. Says nothing about its content."""


def new_key() -> bytes:
    """A fresh key of 32 bytes."""
    return os.urandom(KEY_BYTES)


def padded(plain: bytes) -> bytes:
    """The bytes with their length in front, filled up to 64, 128, 256, 512, 1024 and then to multiples of 1024 bytes."""
    size = len(plain) + _LENGTH
    room = _SMALLEST
    while room < size and room < _STEP:
        room *= 2
    if size > room:
        room = -(-size // _STEP) * _STEP
    return len(plain).to_bytes(_LENGTH, "big") + plain + b"\0" * (room - size)


def _unpadded(text: bytes) -> bytes:
    return text[_LENGTH : _LENGTH + int.from_bytes(text[:_LENGTH], "big")]


def seal(key: bytes, plain: bytes, *, context: bytes) -> bytes:
    """Seal `plain` under a 32-byte key; the box opens only with the same key and the same context."""
    nonce = os.urandom(_NONCE)
    return FORMAT + nonce + AESGCM(key).encrypt(nonce, padded(plain), FORMAT + context)


def open_(key: bytes, box: bytes, *, context: bytes) -> bytes:
    """The bytes that were sealed. Raises Unopened."""
    if box[:1] != FORMAT:
        raise Unopened
    try:
        text = AESGCM(key).decrypt(box[1 : 1 + _NONCE], box[1 + _NONCE :], FORMAT + context)
    except (InvalidTag, ValueError):
        raise Unopened from None
    return _unpadded(text)


def context(*parts: object) -> bytes:
    """Associated data from parts, each with its length in front, so that no two lists of parts give the same bytes."""
    encoded = [str(part).encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)
