"""Wrapping with keys that this process holds itself."""

from __future__ import annotations

from besa.vault import envelope
from besa.vault.providers.errors import KeysUnavailable


class LocalProvider:
    """Wraps with the key that `_key` finds; where keys lie, subclasses know."""

    def _key(self, kek: str) -> bytes:
        raise NotImplementedError

    def left_over(self) -> list[str]:
        return []

    def tidy(self) -> None:
        return None

    def wrap(self, kek: str, key: bytes, context: bytes) -> bytes:
        return envelope.seal(self._key(kek), key, context=envelope.context("kek", kek) + context)

    def unwrap(self, kek: str, wrapped: bytes, context: bytes) -> bytes:
        return envelope.open_(self._key(kek), wrapped, context=envelope.context("kek", kek) + context)


def checked(key: bytes, where: str) -> bytes:
    """The key if it is one; raises KeysUnavailable naming where it lies."""
    if len(key) != envelope.KEY_BYTES or len(set(key)) < 8:
        raise KeysUnavailable(f"{where} is not a key of {envelope.KEY_BYTES} random bytes")
    return key
