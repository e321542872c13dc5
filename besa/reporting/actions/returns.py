"""Writing, submitting and reviewing a return."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from besa.audit import actions as audit
from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.documents import actions as documents
from besa.lib.refusal import Conflict, Refused
from besa.notices.models import Notice
from besa.reporting import rules, workflow
from besa.reporting.actions import telling
from besa.reporting.models import Entry, Evidence, Remark, Return, Round, Submission


def _locked(item: Return) -> Return:
    """The return, locked, with its round as it is now: locking a round locks its returns first, so that nobody slips through."""
    found = Return.objects.select_for_update(of=("self",)).select_related("agency", "submitted_by").get(pk=item.pk)
    found.round = Round.objects.select_related("plan").get(pk=found.round_id)
    return found


@transaction.atomic
def save_entry(*, entry: Entry, values: Mapping[str, Any], revision: int, by: Membership, at: datetime) -> Entry:
    """Save what an institution says of one activity. `revision` is the one that the writer saw.

    Raises Conflict, with nothing overwritten, if somebody has saved the entry since.
    """
    item = _locked(entry.to)
    rules.check_may_edit(by, item)
    entry = Entry.objects.select_for_update(of=("self",)).select_related("activity", "to").get(pk=entry.pk)
    rules.check_values(entry, values)
    changed = _changed(entry, values)
    if not changed:
        return entry
    if entry.revision != revision:
        who = entry.updated_by.user.name if entry.updated_by else _("Somebody")
        raise Conflict(_("%(name)s has saved this entry meanwhile. Compare and save again.") % {"name": who})
    for name, value in changed.items():
        setattr(entry, name, value)
    entry.revision += 1
    entry.updated_by, entry.updated_at = by, at
    entry.save()
    Return.objects.filter(pk=item.pk).update(updated_at=at)
    audit.record("entry_saved", entry, by=by, at=at, fields=changed)
    return entry


def _changed(entry: Entry, values: Mapping[str, Any]) -> dict[str, Any]:
    """What differs from what is stored; without an amount there is no currency."""
    wanted = dict(values)
    if wanted.get("spent", entry.spent) is None:
        wanted["currency"] = ""
    return {name: value for name, value in wanted.items() if value != getattr(entry, name)}


@transaction.atomic
def save_entries(
    *, item: Return, changes: Sequence[tuple[Entry, Mapping[str, Any]]], by: Membership, at: datetime
) -> int:
    """Save several entries at once (grid, Excel form): all or none. Returns how many changed."""
    before = {entry.pk: entry.revision for entry, _values in changes}
    saved = [save_entry(entry=entry, values=values, revision=entry.revision, by=by, at=at) for entry, values in changes]
    return sum(entry.revision != before[entry.pk] for entry in saved)


@transaction.atomic
def save_summary(*, item: Return, summary: str, by: Membership, at: datetime) -> Return:
    """Save the institution's general remarks."""
    item = _locked(item)
    rules.check_may_edit(by, item)
    if item.summary != summary.strip():
        item.summary, item.updated_at = summary.strip(), at
        item.save(update_fields=["summary", "updated_at"])
        audit.record("return_summary_saved", item, by=by, at=at, fields=["summary"])
    return item


@transaction.atomic
def add_evidence(
    *,
    entry: Entry,
    file: UploadedFile[bytes],
    kind: str,
    title: str,
    dated_on: date,
    language: str,
    by: Membership,
    at: datetime,
) -> Evidence:
    """Hand in a document that proves what the entry says."""
    item = _locked(entry.to)
    rules.check_may_edit(by, item)
    document = documents.add(
        file=file,
        kind=kind,
        number="",
        title=title,
        dated_on=dated_on,
        language=language,
        issuer=item.agency,
        by=by,
        at=at,
    )
    evidence, _is_new = Evidence.objects.get_or_create(entry=entry, document=document)
    Return.objects.filter(pk=item.pk).update(updated_at=at)
    audit.record("evidence_added", entry, by=by, at=at, fields=["evidence"])
    return evidence


@transaction.atomic
def remove_evidence(*, evidence: Evidence, by: Membership, at: datetime) -> None:
    """Take a document off an entry; the document itself stays in the register."""
    item = _locked(evidence.entry.to)
    rules.check_may_edit(by, item)
    entry = evidence.entry
    evidence.delete()
    Return.objects.filter(pk=item.pk).update(updated_at=at)
    audit.record("evidence_removed", entry, by=by, at=at, fields=["evidence"])


def content_of(item: Return, entries: Iterable[Entry]) -> dict[str, Any]:
    """What a submission keeps: every field of every entry as JSON values, with titles and hashes of the evidence."""
    return {
        "plan": item.round.plan.code,
        "period": item.round.period,
        "agency": item.agency.code,
        "summary": item.summary,
        "entries": {
            entry.activity.identifier: {
                **{name: _plain(getattr(entry, name)) for name in rules.fields_of(entry)},
                "is_lead": entry.is_lead,
                "evidence": sorted([[proof.document.title, proof.document.sha256] for proof in entry.evidence.all()]),
            }
            for entry in entries
        },
    }


def digest_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a submission's content in canonical JSON, as hexadecimal digits."""
    canonical = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else str(value)


@transaction.atomic
def submit(*, item: Return, by: Membership, at: datetime, today: date) -> Submission:
    """Hand the return in: a version of it is kept for ever, the remarks of the review are settled, the reviewers are told."""
    item = _locked(item)
    entries = list(item.entries.select_related("activity").prefetch_related("evidence__document"))
    rules.check_may_submit(by, item, rules.problems(entries, item.round.as_period))
    content = content_of(item, entries)
    item.state = workflow.RETURN.after(item.state, "submit")
    item.version += 1
    item.submitted_by, item.submitted_at, item.updated_at = by, at, at
    item.save()
    submission = Submission.objects.create(
        to=item,
        number=item.version,
        content=content,
        sha256=digest_of(content),
        submitted_by=by,
        submitted_at=at,
    )
    Remark.objects.filter(entry__to=item, settled_at__isnull=True).update(settled_at=at)
    audit.record("return_submitted", item, by=by, at=at, fields=["state", "version"])
    telling.tell_role(
        Permission.RETURN_REVIEW,
        Notice.Kind.RETURN_SUBMITTED,
        "reporting:review",
        [item.pk],
        at=at,
        today=today,
        agency=item.agency,
        period=item.round.period,
    )
    return submission


@transaction.atomic
def send_back(
    *, item: Return, remarks: Sequence[tuple[Entry, str, str]], by: Membership, at: datetime, today: date
) -> Return:
    """Send a return back with what is to be corrected, field by field, each with its reason."""
    item = _locked(item)
    rules.check_may_send_back(by, item, remarks)
    if any(entry.to_id != item.pk for entry, _field, _reason in remarks):
        raise Refused(_("A remark belongs to an entry of another return."))
    Remark.objects.bulk_create(
        Remark(entry=entry, field=field, reason=reason.strip(), version=item.version, by=by, at=at)
        for entry, field, reason in remarks
    )
    return _decided(item, "send_back", Notice.Kind.RETURN_SENT_BACK, by=by, at=at, today=today)


@transaction.atomic
def accept(*, item: Return, by: Membership, at: datetime, today: date) -> Return:
    """Accept a return as it was submitted."""
    item = _locked(item)
    rules.check_may_accept(by, item)
    return _decided(item, "accept", Notice.Kind.RETURN_ACCEPTED, by=by, at=at, today=today)


def _decided(item: Return, verb: str, kind: Notice.Kind, *, by: Membership, at: datetime, today: date) -> Return:
    item.state = workflow.RETURN.after(item.state, verb)
    item.decided_by, item.decided_at, item.updated_at = by, at, at
    item.save()
    audit.record(f"return_{item.state}", item, by=by, at=at, fields=["state"])
    telling.tell_agency(item, kind, at=at, today=today)
    return item
