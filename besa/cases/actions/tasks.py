"""Tasks in a case: set for somebody who works on it, done or dropped. What is to be done is sealed; reading it is recorded."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from besa.audit import actions as audit
from besa.cases import policy, queries_work, work_rules
from besa.cases.actions.common import locked
from besa.cases.actions.reading import flags_of, record_reading
from besa.cases.models import Case, Conference, Task
from besa.cases.workflow import TASK
from besa.directory.case_policy import Deed
from besa.directory.models import Membership
from besa.notices import actions as notices
from besa.notices.models import Notice
from besa.vault import cells


def set_task(*, case: Case, title: str, assigned_to: Membership, due_on: date, by: Membership, at: datetime) -> Task:
    """Set a task for a member who works on the case; she is told that there is one, and not what."""
    with transaction.atomic():
        found, _standing = locked(case, by, Deed.TASK_EDIT, at)
        return put_task(found, title=title, assigned_to=assigned_to, due_on=due_on, by=by, at=at)


def put_task(
    case: Case, *, title: str, assigned_to: Membership, due_on: date, by: Membership, at: datetime,
    conference: Conference | None = None,
) -> Task:  # fmt: skip
    """The same for a case that is held; as a decision of a conference too."""
    work_rules.check_task(title, due_on=due_on, today=timezone.localdate(at))
    work_rules.check_assignee(is_there=policy.can(assigned_to, Deed.TASK_VIEW, case, at))
    task = Task(
        scope=case.scope,
        case=case,
        assigned_to=assigned_to,
        due_on=due_on,
        conference=conference,
        made_by=by,
        made_at=at,
    )
    cells.seal(task, title=title.strip())
    task.save(force_insert=True)
    audit.record("task_set", task, by=by, at=at, fields=["title", "assigned_to", "due_on"])
    if assigned_to.user_id != by.user_id:
        notices.send(to=assigned_to, kind=Notice.Kind.TASK_SET, url_name="cases:file", url_args=[case.number], at=at)
    return task


def end_task(*, task: Task, is_done: bool, by: Membership, at: datetime) -> Task:
    """Say that a task is done, or dropped: who was to do it, who has set it, or who is on the team."""
    with transaction.atomic():
        found, standing = locked(task.case, by, Deed.TASK_EDIT, at)
        row = found.tasks.select_for_update(of=("self",)).get(pk=task.pk)
        work_rules.check_may_end_task(by, row, standing)
        row.state = TASK.after(row.state, "do" if is_done else "drop")
        row.ended_at = at
        row.save(update_fields=["state", "ended_at"])
        audit.record("task_done" if is_done else "task_dropped", row, by=by, at=at, fields=["state"])
        return row


def read_tasks(*, case: Case, by: Membership, at: datetime) -> list[tuple[Task, str]]:
    """The tasks of the case with what is to be done, recorded as one reading; the open ones first."""
    with transaction.atomic():
        standing = policy.check_may(by, Deed.TASK_VIEW, case, at)
        rows = list(queries_work.tasks_shown(case, by, standing))
        opened = cells.open_many((task, ["title"]) for task in rows)
        texts = [(task, values["title"]) for task, values in zip(rows, opened, strict=True)]
        record_reading(
            "tasks_read", case, by=by, at=at, fields=["title"], relation=standing.relation, flags=flags_of(case, by)
        )
    return sorted(texts, key=lambda row: row[0].state != Task.State.OPEN)
