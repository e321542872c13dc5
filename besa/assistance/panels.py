"""What the file of a case shows of its referrals, and what stands under row-level security."""

from __future__ import annotations

from collections.abc import Iterator

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from besa.assistance.models import Referral
from besa.cases.models import Case
from besa.cases.panels import Panel
from besa.cases.policy import Standing, denied
from besa.cases.row_security import GUARD, by_case, condition, reader
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
    is_own = f"{_OWN} AND {table}.id IN (SELECT {GUARD}.own_referrals())"
    return {Referral: f"{by_case(Referral)} OR ({is_own})"}


def row_functions() -> dict[str, str]:
    """`own_referrals()`: those from and to the reader's institution whose case does not deny her, be she told of the case or not. It
    gives no more than what the policy lets her read, and is asked once a statement.
    """
    who = reader(is_for_many=True)
    table, cases = Referral._meta.db_table, Case._meta.db_table
    denying = condition(denied(who))
    text = f"""
CREATE OR REPLACE FUNCTION {GUARD}.own_referrals() RETURNS SETOF uuid
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_catalog AS
  $$ SELECT id FROM {table} AS own WHERE {_OWN}
     AND NOT EXISTS (SELECT FROM {cases} WHERE {cases}.id = own.case_id AND ({denying})) $$"""  # noqa: S608
    return {"own_referrals()": text}
