"""What the actions share: the case, locked, and how the member stands to it; a thing that one asked for and another decides."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from besa.cases import policy
from besa.cases.models import Case
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.lib.refusal import Refused
from besa.lib.workflow import Workflow

M = TypeVar("M", bound=Model)
# What is not done any more with a file that goes on as another one.
WRITING = frozenset(
    {Deed.CASE_EDIT, Deed.CASE_MOVE, Deed.IDENTITY_EDIT, Deed.STATUS_DECIDE, Deed.STATUS_CONFIRM, Deed.FACTS_EDIT}
    | {Deed.REFERRAL_MAKE, Deed.CASE_TRANSFER, Deed.CONSENT_EDIT, Deed.TASK_EDIT, Deed.CONFERENCE_EDIT}
)


def locked(case: Case, member: Membership, deed: Deed, at: datetime) -> tuple[Case, policy.Standing]:
    """The case, locked until the transaction ends, and the standing that allows the deed. Raises Refused."""
    found = Case.objects.held().select_related("subject", "owner").get(pk=case.pk)
    if found.merged_into_id is not None and deed in WRITING:
        raise Refused(_("This file goes on as another one; write there."))
    return found, policy.check_may(member, deed, found, at)


def moved(row: M, verb: str, workflow: Workflow, *related: str) -> M:
    """The row as it is now, locked, in the state to which the verb leads; not saved yet. Raises Refused where it does not go."""
    rows: Any = type(row)._default_manager.select_for_update(of=("self",))
    found: Any = rows.select_related(*related).get(pk=row.pk)
    found.state = workflow.after(found.state, verb)
    return found  # type: ignore[no-any-return]
