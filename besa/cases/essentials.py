"""What a reader of a file needs at once: status, danger, the next deadline, who leads, what is missing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from besa.cases.models import Case, TeamMember
from besa.cases.sight import Sight
from besa.cases.sops import Done
from besa.cases.time_limits import is_late, limit_of, span_of
from besa.cases.timeline import next_due


@dataclass(frozen=True)
class Essential:
    """One of the things: its name, what it is, a mark by a code of a status, a line below, where it leads."""

    name: str | Promise
    value: str | Promise
    code: str = ""
    note: str | Promise = ""
    href: str = ""


def essentials(
    case: Case, sight: Sight, team: Iterable[TeamMember] | None, steps: Iterable[Any] | None, at: datetime
) -> Iterator[Essential]:
    """The essentials that the reader may see. `team`: None where the names are not for her; `steps`: those of the procedures."""
    if sight.status:
        yield Essential(
            _("Status"), case.get_status_display() or _("not determined"), case.status or "none", "", "#status"
        )
    if sight.needs:
        yield Essential(_("Danger"), case.get_risk_display(), f"risk_{case.risk}")
    if sight.status:
        yield _deadline(case, at)
    leads = [row.membership.user.name for row in team or () if row.is_lead]
    if team is not None:
        yield Essential(_("Leads"), ", ".join(leads) or _("nobody"), "" if leads else "late", case.owner.name)
    else:
        yield Essential(_("Answers for it"), case.owner.name)
    if steps is not None:
        missing = sum(step.state == Done.MISSING for step in steps)
        words = ngettext("%(count)s step", "%(count)s steps", missing) % {"count": missing}
        yield Essential(
            _("Missing"), words if missing else _("nothing"), "late" if missing else "done", "", "#procedures"
        )


def _deadline(case: Case, at: datetime) -> Essential:
    clock = next_due(case)
    if clock is None:
        return Essential(_("Next deadline"), _("none runs"))
    due = date_format(timezone.localtime(clock.due_at), "SHORT_DATE_FORMAT")
    code = "late" if is_late(span_of(clock), at) else ""
    return Essential(_("Next deadline"), due, code, limit_of(clock.kind).words, "#clocks")
