"""Opening a case, moving it on, writing in it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases.actions import clocks, consents, matches
from besa.cases.actions.common import locked
from besa.cases.actions.counted import keep_codes
from besa.cases.models import Case, Note, TeamMember
from besa.cases.numbers import new_number
from besa.cases.rules import LONGEST_TEAM
from besa.cases.time_limits import check_may_return, span_of
from besa.cases.workflow import CASE
from besa.directory.access import Permission
from besa.directory.case_policy import Deed, Group
from besa.directory.models import Membership, Place
from besa.directory.rules import check_permission
from besa.lib.hooks import hooked
from besa.lib.refusal import Conflict as Changed
from besa.lib.refusal import Refused
from besa.people import actions as people
from besa.people.identity import Identity
from besa.vault import cells, keystore

TRIES = 5


def open_case(
    *,
    kind: str,
    identity: Identity,
    is_child: bool | None,
    place: Place | None,
    summary: str,
    by: Membership,
    at: datetime,
) -> Case:
    """Open a case: a key of its own, the identity sealed by it, a random number; who opens it leads it."""
    check_permission(by, Permission.CASE_OPEN)
    scope = keystore.new_scope(at=at)
    with transaction.atomic():
        person = people.add(identity=identity, scope=scope, by=by, at=at)
        case = Case(
            scope=scope, kind=kind, owner=by.agency, subject=person, is_child=is_child, place=place,
            qark=qark_of(place), opened_at=at, opened_by=by,
        )  # fmt: skip
        cells.seal(case, summary=summary)
        _save_numbered(case)
        audit.record("case_opened", case, by=by, at=at, fields=["kind", "owner", "place", "is_child", "summary"])
        lead = TeamMember.objects.create(
            case=case, membership=by, is_lead=True, from_at=at, until_at=at + LONGEST_TEAM, added_by=by
        )
        audit.record("team_member_added", lead, by=by, at=at, fields=["membership", "is_lead", "until_at"])
        keep_codes(case=case, by=by, at=at)
        matches.suggest(case=case, identity=identity, at=at)
        return case


def _save_numbered(case: Case) -> None:
    """Save with a number that no other case has; a number is drawn again in the rare case that it is taken."""
    for attempt in range(TRIES):
        case.number = new_number()
        try:
            with transaction.atomic():
                case.save(force_insert=True)
            return
        except IntegrityError:
            if attempt == TRIES - 1:
                raise


def qark_of(place: Place | None) -> Place | None:
    """The qark that a place lies in."""
    while place is not None and place.kind != Place.Kind.QARK:
        place = place.parent
    return place


def edit_case(
    *, case: Case, version: int, is_child: bool | None, place: Place | None, summary: str, by: Membership, at: datetime
) -> Case:
    """Change the facts of a case. Raises Conflict when somebody else has changed it since `version` was read."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.CASE_EDIT, at)
        if found.version != version:
            raise Changed(_("Somebody else has changed this case since you opened it. Nothing was overwritten."))
        decides_anew = found.is_child != is_child
        found.is_child, found.place, found.qark = is_child, place, qark_of(place)
        cells.seal(found, summary=summary)
        found.version += 1
        found.save()
        audit.record("case_edited", found, by=by, at=at, fields=["is_child", "place", "summary"])
        keep_codes(case=found, by=by, at=at)
        if decides_anew:  # another person's word counts now
            consents.settle(case=found, by=by, at=at)
        return found


def edit_identity(
    *,
    case: Case,
    version: int,
    identity: Identity,
    groups: Iterable[Group] = tuple(Group),
    by: Membership,
    at: datetime,
) -> Case:
    """Put a corrected identity in the place of the present one, as far as the groups go that the editor was shown; compare it anew.

    Raises Conflict when the case was changed since.
    """
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.IDENTITY_EDIT, at)
        if found.version != version:
            raise Changed(_("Somebody else has changed this case since you opened it. Nothing was overwritten."))
        whole = people.edit(person=found.subject, identity=identity, groups=groups, by=by, at=at)
        found.version += 1
        found.save(update_fields=["version"])
        audit.record("case_edited", found, by=by, at=at, fields=["identity"])
        keep_codes(case=found, by=by, at=at)
        consents.settle(case=found, by=by, at=at)  # a guardian may have been excluded
        matches.suggest(case=found, identity=whole, at=at)
        return found


def move(*, case: Case, verb: str, closing: str = "", by: Membership, at: datetime) -> Case:
    """Take a case to its next state: `activate`, `monitor`, `close` (with a reason) or `reopen`."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.CASE_MOVE, at)
        if verb == "erase":
            raise Refused(_("A case is erased by two persons, not moved there."))
        found.state = CASE.after(found.state, verb)
        if verb == "close" and not closing:
            raise Refused(_("Say why the case is closed."))
        if closing == Case.Closing.RETURNED:
            check_may_return([span_of(row) for row in found.clocks.select_for_update()], at)
        found.closing, found.closed_at = (closing, at) if verb == "close" else ("", None)
        found.version += 1
        found.save(update_fields=["state", "closing", "closed_at", "version"])
        audit.record(f"case_{PAST[verb]}", found, by=by, at=at, fields=["state", "closing"])
        if verb == "close":
            clocks.stop_with_case(case=found, by=by, at=at)
            for provide in hooked("case_closed"):
                provide(case=found, by=by, at=at)
        return found


PAST = {"activate": "activated", "monitor": "monitored", "close": "closed", "reopen": "reopened"}


def add_note(*, case: Case, text: str, by: Membership, at: datetime) -> Note:
    """Write a note into the file. It is sealed, and not changed afterwards."""
    with transaction.atomic():
        found, standing = locked(case, by, Deed.NOTE_ADD, at)
        if not text.strip():
            raise Refused(_("The note is empty."))
        note = Note(scope=found.scope, case=found, author=by, written_at=at)
        cells.seal(note, text=text.strip())
        note.save(force_insert=True)
        audit.record("note_added", note, by=by, at=at, fields=["text"], relation=standing.relation)
        return note
