"""Cases for tests, made by the real actions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from besa.cases.actions import consents, files
from besa.cases.models import Case, Consent
from besa.directory.models import Agency, Membership, Place
from besa.lib import clock
from besa.people.identity import Identity, Part


def identity(**person: object) -> Identity:
    """A made-up identity with one of each part."""
    fields: dict[str, object] = {
        "surname": "Gjonaj", "given_names": "Lule", "father_name": "Pal", "birth_date": "1993-04-02",
        "birth_place": "Pukë", "sex": "female", "citizenships": ["ALB"],
    }  # fmt: skip
    return Identity(
        person=fields | person,
        aliases=(Part({"kind": "nickname", "surname": "", "given_names": "Luli"}),),
        papers=(Part({"kind": "national_id", "country": "ALB", "number": "J35402012X", "valid_until": ""}),),
        contacts=(
            Part(
                {
                    "kind": "phone",
                    "value": "+355 69 000 0001",
                    "is_safe": "yes",
                    "hours": "18-20",
                    "caution": "ask for Luli",
                }
            ),
        ),
        languages=(Part({"code": "sq", "level": "mother", "needs_interpreter": False}),),
        guardians=(Part({"kind": "parent", "name": "Pal Gjonaj", "contact": "+355 69 000 0002", "is_excluded": True}),),
    )


def make_case(by: Membership, *, days_ago: int = 0, **values: Any) -> Case:
    """A case that `by` opens and leads."""
    usual: dict[str, Any] = {
        "kind": "victim",
        "identity": identity(),
        "is_child": True,
        "place": None,
        "summary": "Found at the border.",
    }
    return files.open_case(**usual | values, by=by, at=clock.now() - timedelta(days=days_ago))


def agree(
    case: Case, by: Membership, *groups: str, purpose: str = "assistance", to: Agency | None = None, days: int = 180,
    **values: Any,
) -> Consent:  # fmt: skip
    """It is agreed that these parts may be known for the purpose: by the person, or in the best interests of a child."""
    at = values.pop("at", None) or clock.now()
    usual = {"given_as": "person" if case.is_child is False else "best_interests", "form": "signed", "language": "sq"}
    return consents.give_consent(
        case=case, purpose=purpose, recipient=to, groups=groups, given_on=timezone.localdate(at),
        until_at=at + timedelta(days=days), by=by, at=at, **usual | values,
    )  # fmt: skip


def qark(code: str = "AL-VLORE") -> Place:
    return Place.objects.get_or_create(code=code, defaults={"kind": "qark", "name_en": code, "name_sq": code})[0]
