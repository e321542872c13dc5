"""Breaking the glass: one case opened in an emergency, for an hour, told to others at once, reviewed within 72 hours."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.cases import policy
from besa.cases.actions.telling import tell_of_glass
from besa.cases.models import Case, Custodian, Glass
from besa.cases.rules import GLASS_MINUTES, LEAST_WORDS, check_review_is_by_another, check_second_person
from besa.cases.workflow import GLASS
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.vault import cells
from besa.vault.row_context import reading_as_system


def break_glass(*, case: Case, reason: str, words: str, by: Membership, at: datetime) -> Glass:
    """Open a case for an hour, or, where it is sealed in a compartment, ask the second custodian to.

    Who breaks the glass does not see the case before, so the look-up does not depend on the reader.
    """
    with reading_as_system(at):
        found = Case.objects.held().get(pk=case.pk)
        policy.check_may(by, Deed.GLASS_BREAK, found, at)
        if len(words.strip()) < LEAST_WORDS:
            raise Refused(_("Say in a sentence why this cannot wait."))
        if found.glasses.filter(membership=by, state=Glass.State.OPENED, until_at__gt=at).exists():
            raise Refused(_("You have this case open already."))
        is_sealed = found.compartment_id is not None
        glass = Glass(
            scope=found.scope, case=found, membership=by, reason=Glass.Reason(reason).value, asked_at=at,
            state=Glass.State.ASKED,
        )  # fmt: skip
        cells.seal(glass, words=words.strip())
        if not is_sealed:
            _open(glass, at)
        glass.save(force_insert=True)
        audit.record("glass_asked" if is_sealed else "glass_broken", glass, by=by, at=at, fields=["reason", "words"])
        tell_of_glass(glass, at)
        return glass


def _open(glass: Glass, at: datetime) -> None:
    glass.state = GLASS.after(glass.state, "open")
    glass.from_at, glass.until_at = at, at + timedelta(minutes=GLASS_MINUTES)


def _locked(glass: Glass) -> Glass:
    """The opening alone: when the hour is over, row-level security gives its case to nobody for it."""
    return Glass.objects.select_for_update(of=("self",)).select_related("membership").get(pk=glass.pk)


def second(*, glass: Glass, is_granted: bool, by: Membership, at: datetime) -> Glass:
    """The second custodian of the compartment opens the case with the first, or refuses (security design, decision 7)."""
    with transaction.atomic():
        found = _locked(glass)
        GLASS.check(found.state, "open")
        is_custodian = Custodian.objects.filter(
            compartment=found.case.compartment_id, membership=by, state="active", from_at__lte=at, until_at__gt=at
        ).exists()
        if not is_custodian:
            raise Refused(_("Only a custodian named in the compartment decides this."))
        check_second_person(by, found.membership)
        found.second_by = by
        if is_granted:
            _open(found, at)
        else:
            found.state = GLASS.after(found.state, "refuse")
        found.save(update_fields=["second_by", "state", "from_at", "until_at"])
        audit.record("glass_broken" if is_granted else "glass_refused", found, by=by, at=at, fields=["state"])
        tell_of_glass(found, at)
        return found


def end_glass(*, glass: Glass, by: Membership, at: datetime) -> Glass:
    """Close the case again before the hour is over; it stays to be reviewed."""
    with transaction.atomic():
        found = _locked(glass)
        if found.membership_id != by.pk or found.until_at is None or found.until_at <= at:
            raise Refused(_("There is nothing open to close."))
        found.until_at = at
        found.save(update_fields=["until_at"])
        audit.record("glass_ended", found, by=by, at=at, fields=["until_at"])
        return found


def review_glass(*, glass: Glass, finding: str, by: Membership, at: datetime) -> Glass:
    """Say whether the opening was justified; it closes the case at once if the hour is still running."""
    with transaction.atomic():
        found = _locked(glass)
        policy.check_may(by, Deed.GLASS_REVIEW, found.case, at)
        check_review_is_by_another(by, found.membership, found.second_by)
        found.state = GLASS.after(found.state, "review")
        found.finding, found.reviewed_by, found.reviewed_at = Glass.Finding(finding).value, by, at
        found.save(update_fields=["state", "finding", "reviewed_by", "reviewed_at"])
        audit.record("glass_reviewed", found, by=by, at=at, fields=["state", "finding"])
        return found
