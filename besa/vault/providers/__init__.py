"""Where the keys that wrap all other keys are: a folder, the environment (never in production), or a key management service."""

from __future__ import annotations

from functools import cache
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from besa.vault.providers.environment import EnvironmentProvider
from besa.vault.providers.file import FileProvider
from besa.vault.providers.kms import KmsProvider


class Provider(Protocol):
    """Holds key-encryption keys and never gives them away. All methods raise KeysUnavailable when it cannot be reached."""

    def current(self) -> str:
        """The id of the key that wraps from now on."""

    def ids(self) -> list[str]:
        """The ids of all keys that can still unwrap, the oldest first."""

    def add(self) -> str:
        """Make a new key, make it the current one, give its id."""

    def retire(self, kek: str) -> None:
        """Destroy a key that wraps nothing any more; raises ValueError for the current one."""

    def left_over(self) -> list[str]:
        """Names of what a change of keys that was broken off has left behind: nothing is wrapped by it."""

    def tidy(self) -> None:
        """Remove what is left over. Asked only by whoever changes keys, alone."""

    def wrap(self, kek: str, key: bytes, context: bytes) -> bytes:
        """The key sealed by the key-encryption key `kek`, bound to the context."""

    def unwrap(self, kek: str, wrapped: bytes, context: bytes) -> bytes:
        """The key again; raises Unopened if it was wrapped elsewhere or changed."""


@cache
def provider() -> Provider:
    """The provider that the settings name."""
    kind = settings.KEY_PROVIDER
    if kind == "file":
        return FileProvider(settings.KEYS, may_begin=not settings.PRODUCTION)
    if kind == "env":
        return EnvironmentProvider(settings.KEYS_FROM_ENVIRONMENT)
    if kind == "kms":
        return KmsProvider(settings.KMS_URL, settings.KMS_TOKEN)
    raise ImproperlyConfigured(f"BESA_KEY_PROVIDER is “{kind}”; it may be file, kms or env")
