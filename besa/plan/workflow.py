"""The states of an amendment of the plan and what moves it."""

from __future__ import annotations

from besa.lib.workflow import Workflow
from besa.plan.models import Amendment

State = Amendment.State
AMENDMENT = Workflow(
    name="amendment",
    start=State.DRAFT,
    moves={
        State.DRAFT: {"edit": State.DRAFT, "propose": State.PROPOSED, "withdraw": State.WITHDRAWN},
        State.PROPOSED: {"adopt": State.ADOPTED, "refuse": State.REFUSED, "withdraw": State.WITHDRAWN},
    },
)
