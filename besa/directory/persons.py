"""Who acts where nobody acts for an agency yet: at the door."""

from __future__ import annotations

from dataclasses import dataclass

from besa.directory.models import User


@dataclass(frozen=True)
class Person:
    """A person with an account, as herself."""

    user: User

    @property
    def audit_name(self) -> str:
        return f"user:{self.user.pk}"

    @property
    def audit_agency(self) -> str:
        return ""


class _Nobody:
    audit_name = "nobody"
    audit_agency = ""


NOBODY = _Nobody()
