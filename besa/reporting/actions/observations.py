"""Figures that were counted elsewhere arrive here, beside the returns that they belong to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from besa.audit import actions as audit
from besa.reporting.models import Counting, Observation


@dataclass(frozen=True)
class Counted:
    """A figure as it arrives: `agency` by its key, texts by language, no value with the reason why."""

    measure: str
    method: int
    title: dict[str, str]
    unit: dict[str, str]
    value: Decimal | None
    base: int
    agency: int | None = None
    dimension: str = ""
    code: str = ""
    words: dict[str, str] | None = None
    missing: str = ""


def record_counting(
    *, period: str, known_at: datetime, figures: Sequence[Counted], by: audit.Actor, at: datetime
) -> Counting:
    """Keep a run with its figures; what was counted before stays, and the newest run is shown."""
    lines = [[f.measure, f.method, f.agency, f.dimension, f.code, str(f.value), f.base, f.missing] for f in figures]
    with transaction.atomic():
        run = Counting.objects.create(
            period=period, known_at=known_at, counted_at=at,
            digest=hashlib.sha256(json.dumps(lines, separators=(",", ":")).encode()).hexdigest(),
        )  # fmt: skip
        Observation.objects.bulk_create(
            [
                Observation(
                    counting=run, measure=f.measure, method=f.method, agency_id=f.agency, dimension=f.dimension, code=f.code,
                    value=f.value, base=f.base, missing=f.missing, title=f.title, unit=f.unit, words=f.words or {},
                )
                for f in figures
            ],
            batch_size=500,
        )  # fmt: skip
        audit.record("indicators_counted", run, by=by, at=at, fields=["period", "known_at"])
        return run
