"""Albania's own files, for tests of the real plan."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from besa.audit.actions import SYSTEM
from besa.directory.actions import load_country
from besa.directory.load import read
from besa.plan.loading import load_country_plans
from besa.plan.models import Plan

COUNTRY = Path(__file__).resolve().parents[3] / "countries" / "albania"
FOLDER = COUNTRY / "strategy-2008-2010"
AT = datetime(2009, 7, 6, 9, tzinfo=UTC)


def load_albania() -> Plan:
    """The country's agencies and its plan in the database."""
    load_country(country=read(COUNTRY), by=SYSTEM, at=AT)
    load_country_plans(COUNTRY, at=AT)
    return Plan.objects.get(code="ALB-2008-2010")
