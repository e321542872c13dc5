"""Which determination may follow which, on what basis, and when. Pure: facts come in as arguments.

The national procedure (strategy, Protection 2.(a).1) goes from the first identification and referral of the presumed victim to the
interview that determines the formal status, after a period of recovery and reflection. The log is its memory.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date

from django.utils.translation import gettext_lazy as _

from besa.cases.codes import Act, Basis, Form, Means, Status
from besa.cases.models import Appeal
from besa.cases.status_log import KINDS, Step, kind_of
from besa.directory.case_policy import Deed
from besa.lib.refusal import Refused

S, B = Status, Basis
CONFIRMED = frozenset({S.IDENTIFIED, S.NOT_A_VICTIM})
ELSEWHERE = frozenset({B.COURT, B.FOREIGN, B.APPEAL})

BASES: dict[str, frozenset[Basis]] = {
    S.AT_RISK: frozenset({B.SCREENING, B.INITIAL_INTERVIEW, B.FORMAL_INTERVIEW}),
    S.POTENTIAL: frozenset({B.SCREENING, B.INITIAL_INTERVIEW, B.FOREIGN}),
    S.PRESUMED: frozenset({B.SCREENING, B.INITIAL_INTERVIEW, B.FOREIGN, B.COURT, B.APPEAL}),
    S.IDENTIFIED: frozenset({B.FORMAL_INTERVIEW, *ELSEWHERE}),
    S.NOT_A_VICTIM: frozenset({B.FORMAL_INTERVIEW, B.COURT, B.APPEAL}),
    S.WITHDRAWN: frozenset({B.WISH}),
}
"""Status -> on what it may rest. Nobody becomes an identified victim by a screening alone."""

FIRST = frozenset({S.AT_RISK, S.POTENTIAL, S.PRESUMED})
FOLLOWS: dict[str, frozenset[Status]] = {
    "": FIRST,
    S.AT_RISK: frozenset({S.POTENTIAL, S.PRESUMED, S.WITHDRAWN}),
    S.POTENTIAL: frozenset({S.AT_RISK, S.PRESUMED, S.NOT_A_VICTIM, S.WITHDRAWN}),
    S.PRESUMED: frozenset({S.IDENTIFIED, S.NOT_A_VICTIM, S.WITHDRAWN}),
    S.IDENTIFIED: frozenset({S.WITHDRAWN}),
    S.NOT_A_VICTIM: FIRST,
    S.WITHDRAWN: FIRST,
}
"""Last word -> what the institutions of the mechanism may find next."""

DECIDED_ELSEWHERE: dict[str, frozenset[Basis]] = {
    S.IDENTIFIED: ELSEWHERE,
    S.NOT_A_VICTIM: frozenset({B.COURT, B.APPEAL}),
}
"""What a court, another country or an appeal decides holds whatever the log said before."""


def deed_of(status: str) -> Deed:
    """Who decides: the team says at risk, potential, presumed, withdrawn; the Responsible Authority who is a victim and who is not."""
    return Deed.STATUS_CONFIRM if status in CONFIRMED else Deed.STATUS_DECIDE


def may_follow(before: Step | None, step: Step, earlier: Sequence[Step] = ()) -> bool:
    """Whether `step` may come after `before` (`earlier`: the log up to `before`)."""
    if step.basis not in BASES[step.status]:
        return step.basis == B.WISH and _comes_back(before, step, earlier)
    if step.basis in DECIDED_ELSEWHERE.get(step.status, ()):
        return before is None or before.status != step.status or step.corrects is not None
    if before is not None and before.status == step.status:
        return step.corrects is not None or before.corrects is not None
    return step.status in FOLLOWS[before.status if before else ""]


def _comes_back(before: Step | None, step: Step, earlier: Sequence[Step]) -> bool:
    """Who has withdrawn may come back to where she stood, by her wish alone."""
    if before is None or before.status != S.WITHDRAWN:
        return False
    return next((one.status for one in reversed(earlier) if one.status != S.WITHDRAWN), "") == step.status


def check_order(log: Sequence[Step]) -> None:
    """Every step of the log may follow the one before. Asked of the whole log, so that neither a step that is dated back nor a
    correction makes a later step impossible.
    """
    for place, step in enumerate(log):
        before = log[place - 1] if place else None
        if may_follow(before, step, log[:place]):
            continue
        words = {
            "before": Status(before.status).label if before else _("no status"),
            "after": Status(step.status).label,
            "basis": Basis(step.basis).label,
        }
        raise Refused(_("After “%(before)s”, “%(after)s” cannot follow on the basis “%(basis)s”.") % words)


def check_day(decided_on: date, today: date) -> None:
    if decided_on > today:
        raise Refused(_("This day has not come yet."))


def check_reflection_is_over(step: Step, over_on: date | None) -> None:
    """A formal interview decides only after the period of reflection (Protection 2.(a).1, 2.(e); Council of Europe Convention, article 13).

    The period is hers: at least 30 days, whether she cooperates or not. Nobody waives it for her; where she asks for the interview
    sooner, the Responsible Authority calls the time limit off with that reason (`actions/clocks.call_off`). A court, another country
    and an appeal decide without it. It is over on `over_on`, the end of its time limit; None: it has not ended, or is suspended.
    """
    if step.status in CONFIRMED and step.basis == B.FORMAL_INTERVIEW and (over_on is None or step.decided_on < over_on):
        if over_on is None:
            raise Refused(_("The reflection period has not ended; the formal interview decides only afterwards."))
        raise Refused(
            _("The reflection period runs until %(day)s; the formal interview decides only afterwards.")
            % {"day": over_on.strftime("%d.%m.%Y")}
        )


def check_withdrawal(status: str, *, is_child: bool | None) -> None:
    """An adult may end it by her wish. For a child, or where the age is in doubt, nobody asks that question; who answers for the best
    interests decides (domain: the child path).
    """
    if status == S.WITHDRAWN and is_child is not False:
        raise Refused(_("A child does not withdraw. Help for a child goes on until it is not needed any more."))


def check_reason(log: Sequence[Step], step: Step, kind: str, reason: str) -> None:
    """Never silently: a correction, a change between a person at risk and a victim, and a return after an end say why in words."""
    if reason.strip():
        return
    before = [one for one in log if one.key != step.key]
    was = before[-1].status if before else ""
    is_converted = step.status in KINDS and kind_of(before, kind) != KINDS[step.status]
    is_end = step.status == S.NOT_A_VICTIM or was in (S.NOT_A_VICTIM, S.WITHDRAWN)
    if step.corrects is not None:
        raise Refused(_("Say why the determination is corrected."))
    if is_converted:
        raise Refused(_("Say why the person is now counted among victims, or among persons at risk."))
    if is_end:
        raise Refused(_("Give the reasons for this determination."))


def check_criteria(criteria: Iterable[str]) -> None:
    """The criteria are codes of act, means and form: what the decision found to be so."""
    lists: dict[str, Collection[str]] = {"act": Act.values, "means": Means.values, "form": Form.values}
    for code in criteria:
        name, _colon, value = code.partition(":")
        if value not in lists.get(name, ()):
            raise Refused(_("Choose the criteria from the list."))


def check_may_appeal(status: str, *, is_corrected: bool, is_open: bool) -> None:
    """The person appeals against the formal decision, once at a time, and as it stands."""
    if status not in CONFIRMED:
        raise Refused(_("An appeal is lodged against the decision whether the person is a victim."))
    if is_corrected:
        raise Refused(_("This determination was corrected; the appeal goes against the newer one."))
    if is_open:
        raise Refused(_("An appeal against this determination is open already."))


def check_appeal_outcome(outcome: str, status: str, *, was: str) -> None:
    """What overturns a determination says what holds in its place."""
    if outcome not in (Appeal.Outcome.UPHELD, Appeal.Outcome.OVERTURNED, Appeal.Outcome.WITHDRAWN):
        raise Refused(_("Choose how the appeal ended."))
    is_overturned = outcome == Appeal.Outcome.OVERTURNED
    if is_overturned and (status not in BASES or B.APPEAL not in BASES[status] or status == was):
        raise Refused(_("Say what holds in the place of the determination that was overturned."))
    if status and not is_overturned:
        raise Refused(_("Only an appeal that overturns a determination puts another in its place."))
