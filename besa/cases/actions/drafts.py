"""Reports that somebody has begun: kept sealed for their author alone, and gone when they expire."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from besa.audit import actions as audit
from besa.audit.witness import DELETED
from besa.cases import numbers
from besa.cases.models import Concern, Draft, Sheet
from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.directory.rules import check_permission
from besa.lib.refusal import Conflict, Refused
from besa.vault import cells, keystore

KEPT = timedelta(days=7)  # after the last word that was written
MOST = 30
LONGEST = 60_000  # characters of a report
SHEET_KEPT = timedelta(days=90)


def check_may_report(by: Membership) -> None:
    """Who keeps case files, and who reports concerns to them."""
    check_permission(by, Permission.CONCERN_REPORT)


@sensitive_variables()
def begin(
    *, instrument: str = "", answers: dict[str, Any] | None = None, sheet: str = "", by: Membership, at: datetime
) -> Draft:
    """Begin a report. A member has several at a time, within reason."""
    check_may_report(by)
    scope = keystore.new_scope(at=at)
    with transaction.atomic():
        if Draft.objects.filter(author=by, expires_at__gt=at).count() >= MOST:
            raise Refused(_("You have many unfinished reports. Send or throw away some of them first."))
        draft = Draft(
            scope=scope, author=by, instrument=instrument, sheet=sheet, created_at=at, updated_at=at, expires_at=at + KEPT
        )  # fmt: skip
        cells.seal(draft, content=json.dumps(answers or {}, ensure_ascii=False))
        draft.save(force_insert=True)
        audit.record("draft_begun", draft, by=by, at=at, fields=["content"])
        return draft


def answers_of(report: Draft | Concern) -> dict[str, Any]:
    """What stands in it; called for the author of a draft alone, and for who may read a concern. Raises KeyGone, KeysUnavailable."""
    return dict(json.loads(cells.open_cells(report, ["content"])["content"] or "{}"))


@sensitive_variables()
def save(
    *,
    draft: Draft,
    version: int,
    answers: dict[str, Any],
    step: str,
    instrument: str | None = None,
    by: Membership,
    at: datetime,
) -> Draft:
    """Keep what was written. Raises Conflict when another window of the same author has saved since `version` was read."""
    with transaction.atomic():
        row = _own(draft, by)
        if row.version != version:
            raise Conflict(_("You have changed this report in another window. Nothing was overwritten."))
        text = json.dumps(answers, ensure_ascii=False)
        if len(text) > LONGEST:
            raise Refused(_("The report is too long; please shorten it."))
        cells.seal(row, content=text)
        row.step, row.version = step, row.version + 1
        if instrument is not None:
            row.instrument = instrument
        row.updated_at, row.expires_at = at, at + KEPT
        row.save()
        audit.record("draft_saved", row, by=by, at=at, fields=["content"])
        return row


def _own(draft: Draft, by: Membership) -> Draft:
    row = Draft.objects.select_for_update(of=("self",)).filter(pk=draft.pk, author=by).first()
    if row is None:
        raise Refused(_("This report was sent or thrown away already."))
    return row


def discard(*, draft: Draft, by: Membership, at: datetime) -> None:
    """Throw a report away; its key is destroyed."""
    with transaction.atomic():
        _remove(_own(draft, by), "draft_discarded", by, at)


def _remove(row: Draft, verb: str, by: audit.Actor, at: datetime) -> None:
    audit.record(verb, row, by=by, at=at, flags=[DELETED])
    scope = row.scope
    row.delete()
    transaction.on_commit(lambda: keystore.destroy(scope))


def finish(draft: Draft, by: Membership, at: datetime) -> None:
    """The report has become a case or a concern; called in the transaction that makes it."""
    _remove(_own(draft, by), "draft_sent", by, at)


def expire(at: datetime) -> int:
    """Remove what has expired; gives how many."""
    number = 0
    for draft in Draft.objects.filter(expires_at__lte=at).order_by("pk"):
        with transaction.atomic():
            row = Draft.objects.select_for_update(of=("self",)).filter(pk=draft.pk, expires_at__lte=at).first()
            if row is not None:
                _remove(row, "draft_expired", audit.SYSTEM, at)
                number += 1
    return number


# --- paper


def print_sheet(*, instrument: str, language: str, is_child: bool, by: Membership, at: datetime) -> Sheet:
    """Give a paper sheet its code."""
    check_may_report(by)
    with transaction.atomic():
        sheet = Sheet.objects.create(
            code=numbers.new_number(),
            instrument=instrument,
            language=language,
            is_child=is_child,
            made_by=by,
            made_at=at,
        )
        audit.record("sheet_printed", sheet, by=by, at=at, fields=["code", "instrument"])
        return sheet


def enter_sheet(*, code: str, by: Membership, at: datetime) -> Draft:
    """Begin the report that belongs to a filled-in sheet, in the version that was printed. Any colleague may type it in, once."""
    check_may_report(by)
    with transaction.atomic():
        rows = Sheet.objects.select_for_update(of=("self",)).filter(made_by__agency=by.agency_id)
        sheet = rows.filter(code=numbers.understood(code)).first()
        if sheet is None or sheet.made_at + SHEET_KEPT <= at:
            raise Refused(_("There is no sheet with this code. Please compare it sign by sign."))
        if sheet.used_at is not None:
            raise Refused(_("This sheet was entered already."))
        sheet.used_at = at
        sheet.save(update_fields=["used_at"])
        audit.record("sheet_entered", sheet, by=by, at=at, fields=["used_at"])
        answers = {"age": {"is_child": "yes" if sheet.is_child else "no", "age_group": "unknown"}}
        return begin(instrument=sheet.instrument, answers=answers, sheet=sheet.code, by=by, at=at)
