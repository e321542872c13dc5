"""Cases that may be of one person: looked for when a person is written down and by a job; suggested to who may know of both."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases.actions.common import locked
from besa.cases.actions.reading import record_reading
from besa.cases.matching import is_suggested, score
from besa.cases.models import Canary, Case, Match, Retrafficking, TeamMember
from besa.directory.access import Permission
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.directory.rules import check_permission
from besa.lib.refusal import Refused
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.people import indexing
from besa.people import queries as people
from besa.people.identity import Identity
from besa.people.tokens import Kind
from besa.vault.keystore import KeyGone
from besa.vault.row_context import reading_as_system

MOST = 20
CANDIDATES = 500


@dataclass(frozen=True)
class Likeness:
    """What somebody is told while she writes a person down: cases that she may know of, and whether to ask the Responsible Authority."""

    cases: list[tuple[Case, int]]
    ask_authority: bool


def _candidates(identity: Identity, but: Case | None) -> dict[Case, frozenset[Kind]]:
    """Cases of other files whose person is alike, whoever asks. Canaries and erased files are no likeness."""
    found = indexing.alike(identity, but.subject_id if but else None)
    kinds = {person: agreed for person, agreed in found.items() if is_suggested(agreed)}
    rows = Case.objects.filter(subject__in=list(kinds), merged_into=None).exclude(state=Case.State.ERASED)
    rows = rows.exclude(pk__in=Canary.objects.values("case"))
    return {case: kinds[case.subject_id] for case in rows.order_by("opened_at")[:CANDIDATES]}


@sensitive_variables()
def look(*, identity: Identity, by: Membership, at: datetime) -> Likeness:
    """Before a case is opened: is there one of this person? Recorded as a search.

    Of a case that she may not know of she hears only that the Responsible Authority can compare; of one in a compartment, nothing.
    """
    check_permission(by, Permission.IDENTITY_SEARCH)
    with transaction.atomic():
        record_reading("identity_compared", by, by=by, at=at, fields=["identity"])
        with reading_as_system(at):
            found = _candidates(identity, None)
            open_ones = [case for case in found if case.compartment_id is None]
        wanted = [case.pk for case in found]
        visible = set(Case.objects.visible_to(by, at).filter(pk__in=wanted).values_list("pk", flat=True))
    seen = [(case, score(kinds)) for case, kinds in found.items() if case.pk in visible]
    hidden = any(case.pk not in visible for case in open_ones)
    return Likeness(sorted(seen, key=lambda one: -one[1])[:MOST], hidden)


@sensitive_variables()
def suggest(
    *, case: Case, at: datetime, identity: Identity | None = None, by: audit.Actor = audit.SYSTEM
) -> list[Match]:
    """Write down which other cases may be of the same person; what was decided before stays decided. Gives the new suggestions.
    What was suggested and is no longer alike, as an identity was corrected, is no question any more.

    `identity` is the whole one, where it was just written down; where it is not given it is opened.
    """
    with transaction.atomic(), reading_as_system(at):
        found = Case.objects.select_related("subject").get(pk=case.pk)
        if found.state == Case.State.ERASED or found.merged_into_id is not None:
            return []
        try:
            identity = identity or people.whole(found.subject)
        except KeyGone:
            return []
        alike = _candidates(identity, found)
        _let_go(found, alike, by, at)
        made = [_match(found, other, kinds, by, at) for other, kinds in alike.items()]
        new = [match for match in made if match is not None]
        for match in new:
            _tell(match, at)
        return new


def _let_go(case: Case, alike: Mapping[Case, Any], by: audit.Actor, at: datetime) -> None:
    if len(alike) == CANDIDATES:  # there are more of them
        return
    keys = {other.pk for other in alike} | {case.pk}
    rows = Match.objects.filter(Q(case=case) | Q(other=case), state=Match.State.SUGGESTED)
    for match in rows.select_for_update(of=("self",)).order_by("pk"):
        if not {match.case_id, match.other_id} <= keys:
            match.state = Match.State.OUTDATED
            match.save()
            audit.record("match_outdated", match, by=by, at=at, fields=["state"])


def _match(case: Case, other: Case, kinds: frozenset[Kind], by: audit.Actor, at: datetime) -> Match | None:
    first, second = sorted((case, other), key=lambda one: one.pk)
    agreed, reasons = score(kinds), sorted(kinds)
    match, is_new = Match.objects.get_or_create(
        case=first, other=second, defaults={"score": agreed, "reasons": reasons, "found_at": at}
    )
    if not is_new:
        is_new = match.state == Match.State.OUTDATED
        if not is_new and (match.state != Match.State.SUGGESTED or match.score == agreed):
            return None
        match.score, match.reasons, match.state = agreed, reasons, Match.State.SUGGESTED
        match.save()
    audit.record("match_found" if is_new else "match_scored", match, by=by, at=at, fields=["score", "reasons"])
    return match if is_new else None


def _tell(match: Match, at: datetime) -> None:
    """Who leads either case and may know of both; else the Responsible Authority, of what it may know."""
    day = timezone.localdate(at)
    leads = TeamMember.objects.filter(case__in=[match.case_id, match.other_id], is_lead=True, ended_at__isnull=True)
    members = Membership.objects.active_on(day)
    chosen = [
        row for row in members.filter(pk__in=leads.values("membership")).order_by("pk") if _knows_both(row, match, at)
    ]
    if not chosen:
        authority = members.filter(role="responsible_authority").order_by("pk")
        chosen = [row for row in authority if _knows_both(row, match, at)]
    number = match.case.number
    notices.send(to=chosen, kind=Notice.Kind.MATCH_FOUND, url_name="cases:matches", url_args=[number], at=at)


def _knows_both(member: Membership, match: Match, at: datetime) -> bool:
    return all(policy.can(member, Deed.CASE_VIEW, case, at) for case in (match.case, match.other))


def decide_match(*, match: Match, is_same: bool, by: Membership, at: datetime) -> Match:
    """Say that two cases are of different persons, or of the same one: then they are merged, or linked as trafficked again."""
    with transaction.atomic():
        may = [policy.can(by, Deed.MATCH_VIEW, case, at) for case in (match.case, match.other)]
        if not any(may):
            raise Refused(_("You may not do this with this case as you stand to it now."))
        if not _knows_both(by, match, at):
            raise Refused(_("Only who may know of both cases compares them. Ask the Responsible Authority."))
        row = Match.objects.select_for_update(of=("self",)).get(pk=match.pk)
        row.state = Match.State.SAME if is_same else Match.State.DIFFERENT
        row.decided_by, row.decided_at = by, at
        row.save()
        audit.record("match_decided", row, by=by, at=at, fields=["state"])
        return row


def link_again(*, earlier: Case, later: Case, by: Membership, at: datetime) -> Retrafficking:
    """Record that the person of an earlier case was trafficked again; both cases count."""
    with transaction.atomic():
        locked(later, by, Deed.MATCH_VIEW, at)
        if not policy.can(by, Deed.CASE_VIEW, earlier, at):
            raise Refused(_("Only who may know of both cases compares them. Ask the Responsible Authority."))
        if earlier.pk == later.pk or earlier.opened_at > later.opened_at:
            raise Refused(_("The earlier case was opened before the later one."))
        if Retrafficking.objects.filter(earlier=earlier, later=later, ended_at__isnull=True).exists():
            raise Refused(_("This is recorded already."))
        link = Retrafficking.objects.create(earlier=earlier, later=later, recorded_by=by, recorded_at=at)
        audit.record("retrafficking_recorded", link, by=by, at=at, fields=["earlier", "later"])
        return link


def unlink(*, link: Retrafficking, by: Membership, at: datetime) -> Retrafficking:
    """Take such a link back."""
    with transaction.atomic():
        with reading_as_system(at):
            locked(link.later, by, Deed.MATCH_VIEW, at)
        row = Retrafficking.objects.select_for_update(of=("self",)).get(pk=link.pk)
        if row.ended_at is not None:
            raise Refused(_("This was taken back already."))
        row.ended_at = at
        row.save()
        audit.record("retrafficking_taken_back", row, by=by, at=at, fields=["ended_at"])
        return row


def look_through(at: datetime, *, since: datetime | None = None) -> Iterator[tuple[Case, int]]:
    """The background job: compare each running case (those opened since, or all) with all others; says how many are new."""
    rows = Case.objects.exclude(state=Case.State.ERASED).filter(merged_into=None).order_by("opened_at", "id")
    for case in (rows.filter(opened_at__gte=since) if since else rows).iterator(chunk_size=200):
        yield case, len(suggest(case=case, at=at))
