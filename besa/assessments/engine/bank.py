"""Questions that several questionnaires share: a bank holds each once, with its strength for each profile.

A questionnaire that names a bank is written out in full before it is loaded, so that what was loaded depends on no other file.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from besa.assessments.engine.reading import Faulty

OWN = ("id", "text", "explanation", "sensitive", "dimension")


def written_out(data: Mapping[str, Any], banks: Mapping[str, Mapping[str, Any]], name: str) -> dict[str, Any]:
    """The data with the questions of the bank for its profile in place of `bank` and `profile`. Raises Faulty."""
    plain = {key: value for key, value in data.items() if key not in ("bank", "profile")}
    if "bank" not in data:
        return plain
    bank, profile = banks.get(str(data["bank"])), str(data.get("profile", ""))
    if bank is None:
        raise Faulty([f"{name}: there is no bank {data['bank']}"])
    wanted = [it for it in bank.get("indicators", []) if profile in it.get("strength", {})]
    if not wanted:
        raise Faulty([f"{name}: bank {data['bank']} has nothing for the profile {profile or 'that is not named'}"])
    known = {dimension.get("id") for dimension in bank.get("dimensions", [])}
    if lost := [str(it.get("id")) for it in wanted if it.get("dimension") not in known]:
        raise Faulty([f"{name}: bank {data['bank']}, indicator {it}: it has no dimension" for it in lost])
    plain["dimensions"] = [{key: it[key] for key in ("id", "title", "element")} for it in bank["dimensions"]]
    plain["sections"] = [
        {key: it[key] for key in ("id", "title", "intro")} | {"questions": _questions(wanted, it["id"], profile)}
        for it in bank["dimensions"]
    ] + list(data.get("sections", []))
    return plain


def _questions(indicators: list[Any], dimension: str, profile: str) -> list[dict[str, Any]]:
    mine = [it for it in indicators if it["dimension"] == dimension]
    return [{key: it[key] for key in OWN if key in it} | {"strength": it["strength"][profile]} for it in mine]
