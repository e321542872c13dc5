"""By which codes cases are counted: now, and as it was known at a moment."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from besa.cases.models import Case, CountedAs
from besa.directory.models import Place
from besa.directory.queries import country_code
from besa.lib.measures import UNKNOWN

WHERE = ("place__code", "place__kind", "qark__code")
FOUND = ("channel", "crossing__code", "age_group", "reach", "body__code")
IDENTIFIED = tuple(f"identification__{name}" for name in FOUND)
FACTS = ("facts__forms", "facts__reach", "subject__sex", "subject__citizenships", "is_child", "owner__code")


def codes_now(cases: Collection[uuid.UUID]) -> dict[uuid.UUID, dict[str, str]]:
    """Codes by dimension of each case, as its file is; two queries. What is not known is `unknown`, never left out."""
    country = country_code()
    rows = Case.objects.filter(pk__in=list(cases)).order_by().values("pk", *WHERE, *IDENTIFIED, *FACTS)
    return {row["pk"]: _codes(row, country) for row in rows}


def codes_known(cases: Collection[uuid.UUID], known_at: datetime) -> dict[uuid.UUID, dict[str, str]]:
    """The same as it was known at the moment. A file of which nothing was kept by then is counted as it is."""
    kept = CountedAs.objects.filter(case__in=list(cases), recorded_at__lte=known_at).order_by("recorded_at", "id")
    known = dict(kept.values_list("case_id", "codes").iterator())  # the latest of each case
    missing = [case for case in cases if case not in known]
    return known | codes_now(missing) if missing else known


def _codes(row: Mapping[str, Any], country: str) -> dict[str, str]:
    forms, lands = row["facts__forms"] or [], row["subject__citizenships"] or []
    reach = row["facts__reach"] if row["facts__reach"] not in (None, UNKNOWN) else row["identification__reach"]
    is_town = row["place__kind"] == Place.Kind.MUNICIPALITY
    known = {
        "channel": row["identification__channel"], "crossing": row["identification__crossing__code"],
        "qark": row["qark__code"], "municipality": row["place__code"] if is_town else None, "sex": row["subject__sex"],
        "age_group": row["identification__age_group"], "form": forms[0] if forms else None, "reach": reach,
        "child": {True: "child", False: "adult"}.get(row["is_child"]),
        "citizenship": ("national" if country in lands else "foreign") if lands else None,
        "body": row["identification__body__code"] or row["owner__code"],
    }  # fmt: skip
    return {name: code or UNKNOWN for name, code in known.items()}
