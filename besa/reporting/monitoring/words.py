"""Words and keys that the parts of the report share."""

from __future__ import annotations

from django.utils.translation import gettext as _

from besa.lib.document.blocks import Status
from besa.plan.models import Activity
from besa.reporting.figures import NOT_REPORTED, REPORTED_STATES, RoundFigures
from besa.reporting.models import Entry

UNREPORTED = "not_reported"
ORDER = ("completed", "on_track", "not_due", "delayed", "constrained", "dropped", UNREPORTED)


def status_labels() -> dict[str, str]:
    """Every status with its words, in the order of charts and tables."""
    words = {str(key): str(label) for key, label in Entry.Status.choices} | {UNREPORTED: _("not reported")}
    return {key: words[key] for key in ORDER}


def key_of(status: str) -> str:
    return status or UNREPORTED


def status_cell(status: str) -> Status:
    key = key_of(status)
    return Status(key, status_labels()[key])


def short(text: str, limit: int = 160) -> str:
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rsplit(" ", 1)[0] + "…"


def reported_status(figures: RoundFigures, activity: Activity) -> str:
    """The status that counts: of the lead's entry in a submitted return, else NOT_REPORTED."""
    entry = figures.entries.get(activity.pk)
    return entry.status if entry is not None and entry.to.state in REPORTED_STATES else NOT_REPORTED
