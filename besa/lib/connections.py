"""Connections that leave this machine must be encrypted, and the other side must show who it is."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator

from django.conf import settings

VERIFIED = ("verify-full", "verify-ca")


def is_here(host: str) -> bool:
    """Whether this machine, or a socket on it, is meant."""
    if not host or host.startswith("/") or host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def readable_connections() -> Iterator[tuple[str, str]]:
    """The variables that name a connection which others could read or answer, each with what is wrong with it."""
    for alias, name in (("default", "BESA_DATABASE_URL"), ("keystore", "BESA_KEYSTORE_URL")):
        database = settings.DATABASES[alias]
        options = database.get("OPTIONS", {})
        host = str(database.get("HOST") or options.get("host", ""))
        is_verified = options.get("sslmode") in VERIFIED
        if "sqlite" not in database["ENGINE"] and not is_here(host) and not is_verified:
            yield (
                name,
                f"leads to {host} unverified; end it with ?sslmode=verify-full&sslrootcert=/path/of/the/authority",
            )
    is_encrypted = settings.EMAIL_USE_TLS or settings.EMAIL_USE_SSL
    if "smtp" in settings.EMAIL_BACKEND and not is_here(settings.EMAIL_HOST) and not is_encrypted:
        yield "BESA_MAIL_URL", f"leads to {settings.EMAIL_HOST} in the clear; begin it with smtp+tls:// or smtp+ssl://"
