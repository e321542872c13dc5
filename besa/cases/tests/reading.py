"""How the tests read pages of cases."""

from __future__ import annotations

from typing import Any

from besa.cases.models import Case

SECRETS = ("Gjonaj", "Lule", "J35402012X", "+355 69 000 0001", "Found at the border.")


def url(case: Case, end: str = "") -> str:
    return f"/cases/{case.number}/{end}"


def text(response: Any) -> str:
    return str(response.content.decode())


def shows_nothing_sealed(response: Any) -> bool:
    return not any(secret in text(response) for secret in SECRETS)
