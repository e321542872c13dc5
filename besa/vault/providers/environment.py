"""One key in a setting, for development: production refuses to start on it."""

from __future__ import annotations

import base64
import binascii
import hashlib

from besa.vault.providers.errors import KeysUnavailable
from besa.vault.providers.local import LocalProvider, checked


class EnvironmentProvider(LocalProvider):
    """Keys in base64, separated by commas, the current one last. It makes none and forgets none."""

    def __init__(self, text: str) -> None:
        try:
            keys = [base64.b64decode(part, validate=True) for part in text.split(",") if part]
        except binascii.Error:
            raise KeysUnavailable("BESA_KEYS_FROM_ENVIRONMENT is not base64") from None
        if not keys:
            raise KeysUnavailable("BESA_KEYS_FROM_ENVIRONMENT is empty")
        self._keys = {hashlib.sha256(checked(key, "the key")).hexdigest()[:8]: key for key in keys}

    def current(self) -> str:
        return list(self._keys)[-1]

    def ids(self) -> list[str]:
        return list(self._keys)

    def add(self) -> str:
        raise KeysUnavailable("keys in the environment are added there, by hand")

    def retire(self, kek: str) -> None:
        raise KeysUnavailable("keys in the environment are taken away there, by hand")

    def _key(self, kek: str) -> bytes:
        if kek not in self._keys:
            raise KeysUnavailable(f"the key {kek} is not in the environment")
        return self._keys[kek]
