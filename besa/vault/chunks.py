"""Sealing files while they pass: chunks of AES-256-GCM of which none can be cut off, moved, changed or added.

A container is: format (1 byte), salt (32), then chunks of one length. Each container has a key of its own, derived from the
data key, the salt and the context (HKDF-SHA-256), so that a nonce is no more than the chunk's number and whether it is the
last one; this is the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár (2015). A chunk holds 65,536 bytes: how many
of them are used (4 bytes), the content, zeros. The number of chunks is rounded up as Padmé does (Nikitin and others, 2019), so
that the length of a file tells only its order of magnitude, for at most 12 % more room.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from typing import IO, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from besa.vault.envelope import KEY_BYTES, Unopened

FORMAT = b"\x02"
CHUNK = 65_536  # bytes of a chunk in the clear
_SALT = 32
_USED = 4
_TAG = 16
ROOM = CHUNK - _USED  # bytes of content in a chunk
_SEALED = CHUNK + _TAG


class Extent(NamedTuple):
    """How large the content is, in bytes, and its SHA-256 in hexadecimal."""

    size: int
    sha256: str


def _cipher(key: bytes, salt: bytes, context: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError("a data key has 32 bytes")
    derived = HKDF(hashes.SHA256(), KEY_BYTES, salt, b"besa file " + FORMAT + context).derive(key)
    return AESGCM(derived)


def _nonce(number: int, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def rounded(count: int) -> int:
    """The number of chunks that a container of `count` full ones has: rounded up, so that few numbers occur."""
    if count < 2:
        return 1
    exponent = count.bit_length() - 1
    step = 1 << (exponent - exponent.bit_length())
    return -(-count // step) * step


class Sealer:
    """Seals what is written to it, chunk by chunk, into `out`. Only after `close` is the container whole."""

    def __init__(self, out: IO[bytes], *, key: bytes, context: bytes) -> None:
        salt = os.urandom(_SALT)
        self._out = out
        self._context = context
        self._cipher = _cipher(key, salt, context)
        self._rest = bytearray()
        self._number = 0
        self._size = 0
        self._digest = hashlib.sha256()
        out.write(FORMAT + salt)

    def write(self, data: bytes) -> None:
        self._digest.update(data)
        self._size += len(data)
        self._rest += data
        while len(self._rest) > ROOM:  # the last chunk stays back: it is marked as such
            self._put(bytes(self._rest[:ROOM]), is_last=False)
            del self._rest[:ROOM]

    def _put(self, content: bytes, *, is_last: bool) -> None:
        text = len(content).to_bytes(_USED, "big") + content + bytes(ROOM - len(content))
        self._out.write(self._cipher.encrypt(_nonce(self._number, is_last), text, self._context))
        self._number += 1

    def close(self) -> Extent:
        """Seal what is left, fill up and say how much it was."""
        content = bytes(self._rest)
        self._rest.clear()
        while self._number + 1 < rounded(self._number + 1):
            self._put(content, is_last=False)
            content = b""
        self._put(content, is_last=True)
        return Extent(self._size, self._digest.hexdigest())


def seal_stream(chunks: Iterable[bytes], out: IO[bytes], *, key: bytes, context: bytes) -> Extent:
    """Seal the bytes while they arrive; nothing plain is written anywhere. `context` binds them to their place."""
    sealer = Sealer(out, key=key, context=context)
    for chunk in chunks:
        sealer.write(chunk)
    return sealer.close()


def open_stream(file: IO[bytes], *, key: bytes, context: bytes) -> Iterator[bytes]:
    """The content, each chunk verified before it is given. Raises Unopened at the first chunk that is not in its place.

    What was given before that is genuine, but not the whole: whoever must have the whole waits for the end or asks `verify`.
    """
    start = file.read(len(FORMAT) + _SALT)
    if len(start) != len(FORMAT) + _SALT or not start.startswith(FORMAT):
        raise Unopened
    cipher = _cipher(key, start[len(FORMAT) :], context)
    number, box = 0, file.read(_SEALED)
    while True:
        following = file.read(_SEALED)
        try:
            text = cipher.decrypt(_nonce(number, not following), box, context)
        except (InvalidTag, ValueError):
            raise Unopened from None
        used = int.from_bytes(text[:_USED], "big")
        if used:
            yield text[_USED : _USED + used]
        if not following:
            return
        number, box = number + 1, following


def verify(file: IO[bytes], *, key: bytes, context: bytes) -> Extent:
    """Read the container to its end. Raises Unopened when anything in it was cut off, moved, changed or added."""
    digest, size = hashlib.sha256(), 0
    for chunk in open_stream(file, key=key, context=context):
        digest.update(chunk)
        size += len(chunk)
    return Extent(size, digest.hexdigest())
