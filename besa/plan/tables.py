"""Lists of activities as tables that sort, page and export."""

from __future__ import annotations

from typing import Any, ClassVar

import django_tables2 as tables
from django.template.loader import render_to_string
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from besa.plan.models import Activity, Plan
from besa.plan.queries.gantt import printed_times
from besa.plan.queries.plans import Standing, times_by_activity
from besa.plan.queries.tree import ActivityRow, row_of


class ActivityTable(tables.Table):  # type: ignore[misc]
    """Activities of one plan, `with_standing`."""

    identifier = tables.Column(
        verbose_name=gettext_lazy("No."), order_by=("position",), attrs={"td": {"class": "code"}}
    )
    text = tables.Column(
        verbose_name=gettext_lazy("Activity"), order_by=("text_en",), attrs={"td": {"class": "activity-text"}}
    )
    lead = tables.Column(verbose_name=gettext_lazy("Responsible"), empty_values=(), order_by=("lead_name",))
    due_on = tables.Column(verbose_name=gettext_lazy("Due"), empty_values=(), attrs={"td": {"class": "due-cell"}})
    status = tables.Column(verbose_name=gettext_lazy("Status"), empty_values=(), order_by=("status_rank", "due_on"))
    # in the exported file only
    objective = tables.Column(verbose_name=gettext_lazy("Objective"), accessor="objective__code", visible=False)
    others = tables.Column(verbose_name=gettext_lazy("With"), empty_values=(), visible=False)
    timeline = tables.Column(verbose_name=gettext_lazy("Timeline as printed"), empty_values=(), visible=False)
    text_en = tables.Column(verbose_name=gettext_lazy("Text in English"), visible=False)
    text_sq = tables.Column(verbose_name=gettext_lazy("Text in Albanian"), visible=False)

    class Meta:
        attrs: ClassVar[dict[str, str]] = {"class": "table table-vcenter"}
        order_by = ("identifier",)

    def __init__(self, *args: Any, plan: Plan, standing: Standing, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.plan = plan
        self.standing = standing
        self.times = times_by_activity(plan)

    def _row(self, record: Activity) -> ActivityRow:
        return row_of(record, self.standing)

    def render_identifier(self, record: Activity) -> str:
        return self._cell("identifier", self._row(record))

    def value_identifier(self, record: Activity) -> str:
        return record.identifier

    def render_text(self, record: Activity) -> str:
        return self._cell("text", self._row(record))

    def value_text(self, record: Activity) -> str:
        return record.text

    def render_lead(self, record: Activity) -> str:
        return self._cell("responsible", self._row(record))

    def value_lead(self, record: Activity) -> str:
        lead = self._row(record).lead
        return lead.name if lead else ""

    def value_others(self, record: Activity) -> str:
        return "; ".join(agency.name for agency in self._row(record).others)

    def render_due_on(self, record: Activity) -> str:
        return self._cell("due", self._row(record))

    def value_due_on(self, record: Activity) -> str:
        return record.due_on.isoformat() if record.due_on else ""

    def render_status(self, record: Activity) -> str:
        return self._cell("status", self._row(record))

    def value_status(self, record: Activity) -> str:
        status = self.standing.of(record)
        return str(status.label) if status else _("not reported")

    def value_timeline(self, record: Activity) -> str:
        return "; ".join(entry.text for entry in self.times.get(record.pk, []))

    def _cell(self, part: str, row: ActivityRow) -> str:
        printed = printed_times(self.times.get(row.activity.pk, [])) if part == "due" else ""
        return render_to_string(f"plan/cells/{part}.html", {"row": row, "plan": self.plan, "printed": printed})
