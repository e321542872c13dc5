"""Besa on a database with the roles of a country, in a process of its own: `python -m tests.rights.real_roles fill|walk`.

Prints one JSON document. What it does, it does as whoever BESA_DATABASE_URL signs in as.
"""

from __future__ import annotations

import json
import sys
from datetime import date
from typing import Any

import django
from django.db import transaction
from django.test.utils import setup_test_environment

django.setup()

from besa.audit import actions as audit  # noqa: E402  (models can be imported only now)
from besa.cases.actions import files, glass  # noqa: E402
from besa.cases.middleware import reader_of  # noqa: E402
from besa.cases.models import Case  # noqa: E402
from besa.cases.tests.factory import make_case  # noqa: E402
from besa.directory.models import Agency, Membership, User  # noqa: E402
from besa.lib import clock  # noqa: E402
from besa.vault.row_context import reading_as  # noqa: E402
from tests.rights.over_http import signed_in  # noqa: E402

NOTE, SURNAME = "She has slept.", "Gjonaj"
ROLES = ("municipality", "data_protection", "police", "border_police")


def _member(role: str) -> Membership:
    agency = Agency.objects.create(code=role.upper(), name_en=role, name_sq=role, kind="municipality")
    user = User.objects.create_user(f"{role}@example.org", name=role)
    with transaction.atomic():
        made = Membership.objects.create(
            user=user, agency=agency, role=role, from_on=date(2008, 7, 1), state="active", proposed_at=clock.now(),
            decided_at=clock.now(),
        )  # fmt: skip
        audit.record("membership_approved", made, by=audit.SYSTEM, at=clock.now(), fields=["state"])
    return made


def fill() -> dict[str, Any]:
    """Members, and a case with a note that the municipality leads and the border police has opened in an emergency."""
    members = {role: _member(role) for role in ROLES}
    worker = members["municipality"]
    with reading_as(reader_of(worker), clock.now()):
        case = make_case(worker)
        files.add_note(case=case, text=NOTE, by=worker, at=clock.now())
    with reading_as(reader_of(members["border_police"]), clock.now()):
        glass.break_glass(
            case=case, reason="danger", words="He is on the way to her.", by=members["border_police"], at=clock.now()
        )
    return {"number": case.number, "without a reader": Case.objects.count()}


def walk(number: str) -> dict[str, Any]:
    """What each role is answered on the pages of the case: the status, and whether the sealed name or note stands there."""
    found: dict[str, Any] = {}
    for role in ROLES:
        client = signed_in(Membership.objects.get(role=role))
        for method, end, data in (
            ("get", "/", {}), ("get", "/cases/", {}), ("get", "/cases/glass/", {}), ("get", "/cases/waiting/", {}),
            ("get", f"/cases/{number}/", {}), ("post", f"/cases/{number}/read/", {}),
            ("post", f"/cases/{number}/reveal/", {"purpose": "emergency" if role == "border_police" else "contact"}),
            ("post", f"/cases/{number}/notes/add/", {"text": "Another."}),
        ):  # fmt: skip
            answer = getattr(client, method)(end, data)
            text = answer.content.decode(errors="replace")
            key = f"{role} {method} {end.replace(number, 'NUMBER')}"
            found[key] = [answer.status_code, number in text, SURNAME in text or NOTE in text]
    return found


if __name__ == "__main__":
    setup_test_environment(debug=False)
    sys.stdout.write(json.dumps(fill() if sys.argv[1] == "fill" else walk(sys.argv[2])))
