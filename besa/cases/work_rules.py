"""What is allowed with tasks and case conferences beyond the policy. Pure: facts come in as arguments."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta

from django.utils.translation import gettext_lazy as _

from besa.cases.models import Task
from besa.cases.policy import Standing
from besa.directory.case_policy import Relation
from besa.directory.models import Membership
from besa.lib.refusal import Refused

LONGEST_TASK = timedelta(days=366)
MOST_DECISIONS = 12


def check_task(title: str, *, due_on: date, today: date) -> None:
    """A task says what is to be done, and until which day, not before today and within a year."""
    if not title.strip():
        raise Refused(_("Say what is to be done."))
    if due_on < today:
        raise Refused(_("The day until which it is to be done is over."))
    if due_on > today + LONGEST_TASK:
        raise Refused(_("A task is set for a year at most."))


def check_assignee(*, is_there: bool) -> None:
    """Only who works on the case is given a task in it."""
    if not is_there:
        raise Refused(_("This person does not work on the case."))


def check_may_end_task(member: Membership, task: Task, standing: Standing) -> None:
    """Who was to do it, who has set it, or the team says that it is done or dropped."""
    if member.pk not in (task.assigned_to_id, task.made_by_id) and Relation.TEAM not in standing.relations:
        raise Refused(_("The task is another person's."))


def check_call(agenda: str, *, planned_at: datetime, at: datetime) -> None:
    """A conference is called for a time to come, and about something."""
    if not agenda.strip():
        raise Refused(_("Say what the conference is about."))
    if planned_at <= at:
        raise Refused(_("The conference is called for a time to come."))


def check_record(
    minutes: str, *, present: Collection[int], concerned: Collection[int], held_at: datetime, at: datetime
) -> None:
    """What is recorded has been held, with institutions that may know of the case, and says what was spoken of."""
    if held_at > at:
        raise Refused(_("The conference has not been held yet."))
    if not present:
        raise Refused(_("Say which institutions were present."))
    if set(present) - set(concerned):
        raise Refused(_("This institution does not work on the case: it cannot have been in the conference."))
    if not minutes.strip():
        raise Refused(_("Write down what was spoken of."))
