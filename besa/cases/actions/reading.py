"""Reading what is sealed. It is an act with a purpose: the event is committed before a byte leaves."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases.models import Canary, Case, Glass, Note
from besa.cases.queries_consent import shared_parts
from besa.cases.rules import check_purpose, groups_shown
from besa.directory.access import Permission
from besa.directory.case_policy import PURPOSES_OF, Deed, Group, Purpose, Relation, Rule
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.lib.text import folded
from besa.people import indexing
from besa.people import queries as people
from besa.people.identity import Revealed, fields_of
from besa.vault import cells
from besa.vault.row_context import reading_as_system

MOST_FOUND = 500
NOBODY = uuid.UUID(int=0)


@dataclass(frozen=True, repr=False)
class Reading:
    """What was opened, and why the reader may see it."""

    purpose: Purpose
    groups: frozenset[Group]
    identity: Revealed
    rules: list[Rule]


def record_reading(verb: str, obj: models.Model, **said: Any) -> None:
    """Record a reading; where that fails nothing is shown. Raises Unavailable."""
    audit.record(verb, obj, is_reading=True, **said)


def reveal(*, case: Case, purpose: str, by: Membership, at: datetime) -> Reading:
    """Open the identity of the case's person as far as the purpose goes.

    Raises Refused where the reader may not, KeyGone where the case was erased, KeysUnavailable where the keys cannot be reached.
    The view answers only after the transaction that holds the event has been committed.
    """
    with transaction.atomic():
        found = Case.objects.select_related("subject").get(pk=case.pk)
        standing = policy.check_may(by, Deed.IDENTITY_REVEAL, found, at)
        check_purpose(standing, purpose)
        why = Purpose(purpose)
        groups = groups_shown(standing, why, shared_parts(found, by.agency_id, at, why))
        identity = people.opened(found.subject, groups)
        record_reading(
            "identity_revealed", found, by=by, at=at, fields=fields_of(groups), purpose=why.value,
            relation=standing.relation, flags=flags_of(found, by, identity),
        )  # fmt: skip
    return Reading(why, groups, identity, standing.why(Deed.IDENTITY_REVEAL))


def groups_for(*, case: Case, purpose: str, by: Membership, at: datetime) -> frozenset[Group]:
    """The groups that `reveal` would show for the purpose; opens nothing. Raises Refused."""
    standing = policy.check_may(by, Deed.IDENTITY_REVEAL, case, at)
    check_purpose(standing, purpose)
    return groups_shown(standing, Purpose(purpose), shared_parts(case, by.agency_id, at, purpose))


def flags_of(case: Case, by: Membership, identity: Revealed | None = None) -> Iterator[str]:
    """What the anomaly digest looks for: a made-up case, the reader's own or family name."""
    if Canary.objects.filter(case=case).exists():
        yield "canary"
    if identity is not None:
        surname = folded(identity.fields.get("surname", ""))
        if surname and surname in {folded(word) for word in by.user.name.split()}:
            yield "own_name"


def read_notes(*, case: Case, by: Membership, at: datetime) -> list[tuple[Note, str]]:
    """The notes of the case with their texts, the newest first, recorded as one reading."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.NOTE_VIEW, case, at)
        notes = list(case.notes.select_related("author__user", "author__agency"))
        opened = cells.open_many((note, ["text"]) for note in notes)
        texts = [(note, values["text"]) for note, values in zip(notes, opened, strict=True)]
        record_reading(
            "notes_read", case, by=by, at=at, fields=["text"], relation=standing.relation, flags=flags_of(case, by)
        )
    return texts


def read_summary(*, case: Case, by: Membership, at: datetime) -> str:
    """The summary of the case, recorded as a reading."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.NOTE_VIEW, case, at)
        text = cells.open_cells(case, ["summary"])["summary"]
        record_reading(
            "summary_read", case, by=by, at=at, fields=["summary"], relation=standing.relation, flags=flags_of(case, by)
        )
    return text


def read_words(*, glass: Glass, by: Membership, at: datetime) -> str:
    """Why somebody broke the glass, in her words: for who reviews it, for a second custodian, and for herself."""
    with transaction.atomic():
        standing = policy.standing(by, glass.case, at)
        is_custodian = Relation.COMPARTMENT in standing.relations and not standing.is_denied
        if not (glass.membership_id == by.pk or standing.may(Deed.GLASS_REVIEW) or is_custodian):
            raise Refused(_("You may not do this with this case as you stand to it now."))
        text = cells.open_cells(glass, ["words"])["words"]
        record_reading("glass_words_read", glass, by=by, at=at, fields=["words"], relation=standing.relation)
    return text


def search(*, query: indexing.Query, asked: Iterable[str], purpose: str, by: Membership, at: datetime) -> list[Case]:
    """The cases of a person that the searcher may know of. What she may not know of is looked for alike, and not told.

    The event says that she searched, why and by which fields; never by which values.
    """
    if not by.can(Permission.IDENTITY_SEARCH) or purpose not in PURPOSES_OF.get(by.role, ()):
        raise Refused(_("Your role does not open identities for this purpose."))
    with transaction.atomic():
        record_reading("identity_searched", by, by=by, at=at, fields=list(asked), purpose=purpose)
        with reading_as_system(at):
            persons = list(indexing.found(query).values_list("pk", flat=True)[:MOST_FOUND])
        wanted = persons or [NOBODY]  # asked in any case, so that what is hidden takes as long as what is not there
        return list(Case.objects.visible_to(by, at).filter(subject__in=wanted).select_related("owner", "qark"))


def record_missing(*, way: str, by: Membership, at: datetime) -> None:
    """Somebody asked for a case by a number that is not there, or not for her, which she cannot tell apart.

    One event, by which way, never with the number. It is written at once, also where a page was merely opened by its address: what
    counted in the session would be gone with it, and who tries out numbers would sign out.
    """
    with transaction.atomic():
        record_reading("case_not_found", by, by=by, at=at, fields=[way])


def make_statement(*, case: Case, by: Membership, at: datetime) -> None:
    """The statement for the person concerned is being made; whom it names, `besa/cases/print.py` says: nobody."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.STATEMENT_MAKE, case, at)
        record_reading("statement_made", case, by=by, at=at, relation=standing.relation)
