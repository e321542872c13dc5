"""What makes a consent count, and what it takes to share without one. Pure: facts come in as arguments (security design, decision 14)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from besa.cases.models import Consent, Override
from besa.cases.rules import check_second_person, check_until
from besa.directory.case_policy import SHAREABLE
from besa.directory.models import Membership
from besa.lib.refusal import Refused

LONGEST_CONSENT = timedelta(days=366)
LONGEST_OVERRIDE = timedelta(days=30)
REVIEW_HOURS = 72

As = Consent.GivenAs


def is_minor(is_child: bool | None) -> bool:
    """Who is in doubt counts as a child."""
    return is_child is not False


def voices(*, is_child: bool | None, has_guardian: bool) -> frozenset[str]:
    """Whose word counts now: the person's own; for a child her guardian's, as long as she has one who is not excluded, and what was
    decided in her best interests. A grown-up's guardian decides nothing any more.
    """
    if not is_minor(is_child):
        return frozenset({As.PERSON.value})
    return frozenset({As.BEST_INTERESTS.value} | ({As.GUARDIAN.value} if has_guardian else set()))


def check_parts(groups: Iterable[str]) -> list[str]:
    """The parts in their order; at least one, and no other than those that can be shared."""
    wanted, known = set(groups), [part.value for part in SHAREABLE]
    if not wanted:
        raise Refused(_("Choose at least one part of the file."))
    if wanted - set(known):
        raise Refused(_("This part of a file cannot be shared."))
    return [part for part in known if part in wanted]


def check_voice(given_as: str, *, is_child: bool | None, has_guardian: bool) -> str:
    """A child is not asked for consent; a guardian who is excluded decides nothing; without consent it takes two persons."""
    if given_as == As.DANGER:
        raise Refused(
            _(
                "Without consent nobody decides alone: ask for a disclosure without consent, which another person approves."
            )
        )
    if given_as in voices(is_child=is_child, has_guardian=has_guardian):
        return As(given_as).value
    if not is_minor(is_child):
        raise Refused(_("A grown-up person decides for herself."))
    if given_as == As.PERSON:
        raise Refused(
            _("A child is not asked for consent: the guardian agrees, or it is decided in her best interests.")
        )
    raise Refused(_("There is no guardian who may decide: none is written down, or the one who is, is excluded."))


def check_given(
    *, given_as: str, form: str, language: str, given_on: date, until_at: datetime, at: datetime, today: date
) -> None:
    """A consent has a day, an end, a form and a language in which it was understood."""
    check_until(until_at, at, LONGEST_CONSENT)
    if given_on > today:
        raise Refused(_("The consent cannot be of a day that is still to come."))
    if given_as != As.BEST_INTERESTS and not (form and language):
        raise Refused(_("Say how the consent was given, and in which language."))


def check_consented(
    groups: Iterable[str], consented: Iterable[str], *, until_at: datetime, agreed_until: datetime | None
) -> None:
    """Only what is agreed to is shared, and no longer than it is agreed to."""
    if not set(consented):
        raise Refused(_("Nobody has agreed that this institution is told anything for this purpose."))
    if set(groups) - set(consented) or agreed_until is None:
        raise Refused(_("Nobody has agreed that all of these parts are shared with this institution for this purpose."))
    if until_at > agreed_until:
        raise Refused(_("The consent ends before this day; share until then at most."))


def check_may_decide(member: Membership, override: Override, at: datetime) -> None:
    """The second person is not the first; what has run out is not approved any more."""
    check_second_person(member, override.asked_by)
    if override.until_at <= at:
        raise Refused(_("The time for which it was asked is over."))


def check_may_review(member: Membership, override: Override) -> None:
    """A third person reviews: neither who asked nor who approved."""
    check_second_person(member, override.asked_by, *([override.decided_by] if override.decided_by else []))
