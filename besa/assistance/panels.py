"""What the file of a case shows of its referrals, and what stands under row-level security."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from besa.assistance.models import Referral
from besa.cases.models import Case
from besa.cases.panels import Panel
from besa.cases.policy import Standing, conflicting, sealed_off
from besa.cases.row_security import GUARD, by_case, condition, looking, reader
from besa.directory.case_policy import Deed
from besa.directory.guard import MemberRequest
from besa.lib import clock

TITLE = _("Referrals")


def referrals(request: MemberRequest, case: Case, standing: Standing) -> Iterator[Panel]:
    """The referrals of the case that the reader may know of, and the way to a new one."""
    may_refer = standing.may(Deed.REFERRAL_MAKE)
    rows = Referral.objects.visible_to(request.member, clock.now()).filter(case=case)
    found = list(rows.select_related("to_agency", "from_agency", "provider")) if standing.may(Deed.STATUS_VIEW) else []
    if may_refer or found:
        context = {
            "number": case.number,
            "rows": found,
            "may_refer": may_refer,
            "may_hand_over": standing.may(Deed.CASE_TRANSFER),
        }
        yield Panel(title=TITLE, template="assistance/_referrals.html", context=context, column="side", order=30)


_OWN = "(" + " OR ".join(f"{side}_agency_id = (SELECT {GUARD}.agency())" for side in ("from", "to")) + ")"


def row_conditions() -> dict[type[Model], str]:
    """Referrals are for the institutions that sent and received them, unless the reader is denied the case, and for who knows
    of the case. Providers are for all.
    """
    table = Referral._meta.db_table
    is_open = f"(SELECT {GUARD}.own_referrals_are_open()) OR {table}.id IN (SELECT {GUARD}.own_referrals())"
    return {Referral: f"({_OWN} AND ({is_open})) OR {by_case(Referral)}"}


def row_functions() -> dict[str, str]:
    """`own_referrals()`: those from and to the reader's institution whose case does not deny her, be she told of the case or not.
    `own_referrals_are_open()`: whether that is all of them, which is soon answered and nearly always true. They tell no more than what
    the policy lets her read, and are asked once a statement.
    """
    who = reader()
    table, cases = Referral._meta.db_table, Case._meta.db_table
    shut = [
        f"case_id IN (SELECT {cases}.id FROM {cases} WHERE {condition(denying)})"  # noqa: S608
        for denying in (conflicting(who), sealed_off(who))
    ]
    own = f"FROM {table} AS own WHERE {_OWN}"
    is_open = " AND ".join(f"NOT EXISTS (SELECT {own} AND {one})" for one in shut)
    rows = f"SELECT id {own} AND NOT {' AND NOT '.join(shut)}"
    bodies = {"own_referrals()": ("SETOF uuid", f"QUERY {rows}"), "own_referrals_are_open()": ("boolean", is_open)}
    return {name: looking(name, *words) for name, words in bodies.items()}
