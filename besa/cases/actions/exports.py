"""Taking identities out: asked by one, approved by another, sealed to the recipient, marked, fetched once."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import pyrage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases.actions.common import moved
from besa.cases.actions.reading import flags_of, record_reading
from besa.cases.models import Case, Export
from besa.cases.rules import (
    EXPORT_HOURS,
    MOST_CASES,
    check_may_download,
    check_second_person,
    check_unchanged,
)
from besa.cases.workflow import EXPORT
from besa.directory.access import Permission, roles_with
from besa.directory.case_policy import PURPOSES_OF, SHOWN_FOR, Deed, Group, Purpose
from besa.directory.models import Membership
from besa.directory.queries import people_with
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.people import queries as people
from besa.people.identity import PERSON_FIELDS, Revealed
from besa.ui.lists import as_file
from besa.vault import keystore


def ask(
    *, cases: Iterable[Case], groups: Iterable[str], purpose: str, kind: str, recipient: str, recipient_key: str,
    by: Membership, at: datetime,
) -> Export:  # fmt: skip
    """Ask for an export of the identities of the cases that `by` leads, sealed to the recipient's public key (age)."""
    with transaction.atomic():
        wanted = _locked(case.pk for case in cases)
        if not wanted or len(wanted) > MOST_CASES:
            raise Refused(_("An export holds at least one and at most %(most)s cases.") % {"most": MOST_CASES})
        for case in wanted:
            policy.check_may(by, Deed.EXPORT_ASK, case, at)
        asked = Export.objects.create(
            cases=[str(case.pk) for case in wanted], versions=digest_of(wanted), groups=_groups(by, purpose, groups),
            purpose=purpose, kind=Export.Kind(kind).value, recipient=recipient.strip(),
            recipient_key=_key(recipient_key), asked_by=by, asked_at=at,
        )  # fmt: skip
        audit.record(
            "export_asked", asked, by=by, at=at, fields=["cases", "groups", "kind", "recipient"], purpose=purpose
        )
        people = people_with(roles_with(Permission.EXPORT_APPROVE), timezone.localdate(at)).exclude(user=by.user_id)
        _tell(people, Notice.Kind.EXPORT_ASKED, asked, at)
        return asked


def _locked(keys: Iterable[UUID | str]) -> list[Case]:
    """Exactly these cases. PostgreSQL gives none that the member may not know of, and then nothing is done with the others."""
    wanted = list(keys)
    rows = Case.objects.held().select_related("subject").filter(pk__in=wanted)
    found = list(rows.order_by("pk"))
    if len(found) != len(wanted):
        raise Refused(_("You may not do this with this case as you stand to it now."))
    return found


def digest_of(cases: Iterable[Case]) -> str:
    """A digest over exactly these cases as they are now."""
    said = "\n".join(f"{case.pk} {case.version} {case.state}" for case in cases)
    return hashlib.sha256(said.encode()).hexdigest()


def _groups(member: Membership, purpose: str, groups: Iterable[str]) -> list[str]:
    if purpose not in PURPOSES_OF.get(member.role, ()):
        raise Refused(_("Your role does not open identities for this purpose."))
    shown = SHOWN_FOR[Purpose(purpose)] & {Group(name) for name in groups}
    if not shown:
        raise Refused(_("This purpose shows none of the chosen parts."))
    return sorted(shown)


def _key(text: str) -> str:
    try:
        pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise Refused(_("This is not a public key of age; it begins with “age1”.")) from None
    return text.strip()


def _tell(to: Iterable[Membership], kind: str, export: Export, at: datetime) -> None:
    notices.send(to=to, kind=kind, url_name="cases:export", url_args=[str(export.pk)], at=at)


def _export(export: Export, verb: str) -> Export:
    return moved(export, verb, EXPORT, "asked_by__user")


def decide(*, export: Export, is_granted: bool, by: Membership, at: datetime) -> Export:
    """Approve an export for a day, or refuse it, as the second person. She must be allowed to for every case in it."""
    with transaction.atomic():
        found = _export(export, "approve" if is_granted else "refuse")
        check_second_person(by, found.asked_by)
        cases = _locked(found.cases)
        for case in cases:
            policy.check_may(by, Deed.EXPORT_APPROVE, case, at)
        if is_granted:
            check_unchanged(found.versions, digest_of(cases))
            found.until_at = at + timedelta(hours=EXPORT_HOURS)
        found.decided_by, found.decided_at = by, at
        found.save(update_fields=["state", "until_at", "decided_by", "decided_at"])
        verb = "export_approved" if is_granted else "export_refused"
        audit.record(verb, found, by=by, at=at, fields=["state"], purpose=found.purpose)
        _tell([found.asked_by], Notice.Kind.EXPORT_DECIDED, found, at)
        return found


def download(*, export: Export, by: Membership, at: datetime) -> bytes:
    """The file, sealed to the recipient; once. The event about each case is committed before a byte leaves."""
    with transaction.atomic():
        found = _export(export, "download")
        check_may_download(by, found.asked_by, until_at=found.until_at, at=at)
        cases = _locked(found.cases)
        for case in cases:
            policy.check_may(by, Deed.EXPORT_ASK, case, at)
        check_unchanged(found.versions, digest_of(cases))
        sealed = _sealed(found, cases, at)
        found.downloaded_at, found.digest = at, hashlib.sha256(sealed).hexdigest()
        found.save(update_fields=["state", "downloaded_at", "digest"])
        audit.record("export_downloaded", found, by=by, at=at, fields=["state", "digest"], purpose=found.purpose)
        for case in cases:
            record_reading(
                "export_taken", case, by=by, at=at, fields=found.groups, purpose=found.purpose, flags=flags_of(case, by)
            )
    return sealed


def _sealed(export: Export, cases: list[Case], at: datetime) -> bytes:
    content = as_file(rows_of(export, cases, at), export.kind, "export").content
    return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(export.recipient_key)]))


def rows_of(export: Export, cases: list[Case], at: datetime) -> list[list[object]]:
    """Header and rows; each row bears a mark by which a leaked one is traced to this export."""
    groups = [Group(name) for name in export.groups]
    fields = [name for group in Group if group in groups for name in PERSON_FIELDS[group]]
    head = [_t("number"), *fields, *(group.value for group in groups if group in PARTS_SHOWN), _t("mark")]
    told = _t("Export %(key)s for %(recipient)s, %(day)s. Confidential: each row is marked.") % {
        "key": export.pk, "recipient": export.recipient, "day": timezone.localdate(at).isoformat(),
    }  # fmt: skip
    rows: list[list[object]] = [list(head)]
    for case, identity in zip(cases, people.opened_many([case.subject for case in cases], groups), strict=True):
        parts = [_parts(identity, group) for group in groups if group in PARTS_SHOWN]
        rows.append([case.number, *(identity.fields.get(name, "") for name in fields), *parts, mark(export, case)])
    return [*rows, [told]]


PARTS_SHOWN = {
    Group.PAPERS: ("papers", "number"),
    Group.CONTACTS: ("contacts", "value"),
    Group.GUARDIAN: ("guardians", "name"),
}


def _parts(identity: Revealed, group: Group) -> str:
    name, field = PARTS_SHOWN[group]
    return "; ".join(str(part[field]) for part in identity.parts.get(name, []))


def mark(export: Export, case: Case) -> str:
    """A short keyed mark of this export and this case."""
    return hmac.new(keystore.named("exports"), f"{export.pk} {case.pk}".encode(), hashlib.sha256).hexdigest()[:12]
