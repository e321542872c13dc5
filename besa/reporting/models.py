"""The quarter: rounds, returns, entries, what was submitted and sent back, and the reports made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.directory.models import Agency, Body, Membership
from besa.documents.models import Document
from besa.lib.classified import classified
from besa.lib.periods import Period
from besa.plan.models import Activity, Plan

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

REPORTING = "10 years after the plan's period"


@classified(retention=REPORTING, P1="plan period opens_on due_on state opened_by opened_at locked_by locked_at")
class Round(models.Model):
    """A quarter of reporting on a plan, such as 2009Q2."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        LOCKED = "locked", _("locked")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="rounds", verbose_name=_("plan"))
    period = models.CharField(_("period"), max_length=8)
    opens_on = models.DateField(_("opened on"))
    due_on = models.DateField(_("due"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OPEN)
    opened_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("opened by")
    )  # none when a timetable opened it
    opened_at = models.DateTimeField(_("opened"))
    locked_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("locked by")
    )
    locked_at = models.DateTimeField(_("locked"), null=True, blank=True)

    class Meta:
        ordering = ["-period", "plan"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "period"], name="round_once"),
            models.CheckConstraint(
                condition=Q(state="open", locked_at__isnull=True) | Q(state="locked", locked_at__isnull=False),
                name="round_lock_is_dated",
            ),
        ]

    def __str__(self) -> str:
        return self.period

    @property
    def as_period(self) -> Period:
        return Period.parse(self.period)


@classified(retention=REPORTING, P1="round reason asked_by asked_at state decided_by decided_at figures")
class Reopening(models.Model):
    """The request to open a locked round again: asked by one, signed by another. `figures` keeps the figures as they were locked."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")

    round = models.ForeignKey(Round, models.PROTECT, related_name="reopenings", verbose_name=_("round"))
    reason = models.TextField(_("reason"))
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    figures = models.JSONField(default=dict)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["round"], condition=Q(state="asked"), name="reopening_one_at_a_time"),
            models.CheckConstraint(
                condition=Q(state="asked") | (Q(decided_by__isnull=False) & ~Q(decided_by=models.F("asked_by"))),
                name="reopening_takes_two",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.round.period}: {self.get_state_display()}"


class ReturnQuerySet(models.QuerySet["Return"]):
    def visible_to(self, member: Membership) -> ReturnQuerySet:
        """All returns for those who review or count them; else those of the member's agency and of the agencies below it."""
        if member.can(Permission.RETURN_VIEW_ALL):
            return self
        if not member.can(Permission.RETURN_VIEW):
            return self.none()
        return self.filter(
            Q(agency=member.agency_id) | Q(agency__parent=member.agency_id) | Q(agency__parent__parent=member.agency_id)
        )


@classified(
    retention=REPORTING,
    P1="round agency state version submitted_by submitted_at decided_by decided_at summary updated_at",
)
class Return(models.Model):
    """What one agency reports for one round. `version` counts its submissions; 0 until the first."""

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        SUBMITTED = "submitted", _("submitted")
        SENT_BACK = "sent_back", _("sent back")
        ACCEPTED = "accepted", _("accepted")
        LOCKED = "locked", _("locked")

    round = models.ForeignKey(Round, models.PROTECT, related_name="returns", verbose_name=_("round"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="returns", verbose_name=_("agency"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(_("version"), default=0)
    summary = models.TextField(_("general remarks of the institution"), blank=True)
    submitted_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("submitted by")
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("reviewed by")
    )
    decided_at = models.DateTimeField(_("reviewed"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed"))

    objects = ReturnQuerySet.as_manager()

    class Meta:
        ordering = ["round", "agency__code"]
        constraints = [
            models.UniqueConstraint(fields=["round", "agency"], name="return_once"),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(submitted_at__isnull=False, version__gte=1),
                name="return_submission_is_dated",
            ),
        ]
        indexes = [models.Index(fields=["agency", "state"])]

    if TYPE_CHECKING:
        entries: RelatedManager[Entry]

    def __str__(self) -> str:
        return f"{self.agency.code} {self.round.period}"


@classified(
    retention=REPORTING,
    P1="""to activity is_lead position status done outputs obstacle_type obstacle way_forward spent currency money_source
    next_plan next_due_on revision updated_by updated_at""",
)
class Entry(models.Model):
    """One agency's report on one activity in one round: the full entry of the lead, or a partner's contribution.

    An empty `status` means not reported; `spent` empty means not stated and is not zero. `revision` counts saves, so that two
    people who edit at once are told.
    """

    class Status(models.TextChoices):
        NOT_DUE = "not_due", _("not due yet")
        ON_TRACK = "on_track", _("on track")
        DELAYED = "delayed", _("delayed")
        CONSTRAINED = "constrained", _("constrained")
        COMPLETED = "completed", _("completed")
        DROPPED = "dropped", _("dropped")

    class Obstacle(models.TextChoices):
        MONEY = "money", _("lack of money")
        STAFF = "staff", _("lack of staff or expertise")
        LAW = "law", _("law or regulation missing")
        COORDINATION = "coordination", _("coordination with other institutions")
        PROCUREMENT = "procurement", _("procurement")
        DONOR = "donor", _("donor funding delayed or withdrawn")
        REORGANISATION = "reorganisation", _("reorganisation or change of staff")
        DATA = "data", _("data not available")
        OTHER = "other", _("other")

    class MoneySource(models.TextChoices):
        STATE_REGULAR = "state_regular", _("state budget, regular")
        STATE_EXTRAORDINARY = "state_extraordinary", _("state budget, extraordinary")
        LOCAL = "local", _("local budget")
        DONOR = "donor", _("donor")
        IN_KIND = "in_kind", _("in kind")

    class Currency(models.TextChoices):
        ALL = "ALL", _("lek")
        EUR = "EUR", _("euro")

    to = models.ForeignKey(Return, models.CASCADE, related_name="entries", verbose_name=_("return"))
    activity = models.ForeignKey(Activity, models.PROTECT, related_name="entries", verbose_name=_("activity"))
    is_lead = models.BooleanField(_("full entry"))
    position = models.PositiveIntegerField(_("position"))
    status = models.CharField(_("status"), max_length=12, choices=Status, blank=True)
    done = models.TextField(_("what was done"), blank=True)
    outputs = models.TextField(_("outputs reached"), blank=True)
    obstacle_type = models.CharField(_("kind of obstacle"), max_length=16, choices=Obstacle, blank=True)
    obstacle = models.TextField(_("obstacle"), blank=True)
    way_forward = models.TextField(_("way forward"), blank=True)
    spent = models.DecimalField(_("spent"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, choices=Currency, blank=True)
    money_source = models.CharField(_("source of the money"), max_length=20, choices=MoneySource, blank=True)
    next_plan = models.TextField(_("plan for the next half-year"), blank=True)
    next_due_on = models.DateField(_("to be done by"), null=True, blank=True)
    revision = models.PositiveIntegerField(default=0)
    updated_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("changed by")
    )
    updated_at = models.DateTimeField(_("changed"), null=True, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["to", "activity"], name="entry_once"),
            models.CheckConstraint(condition=Q(spent__isnull=True) | Q(spent__gte=0), name="entry_spent_not_negative"),
            models.CheckConstraint(
                condition=Q(spent__isnull=True, currency="") | (Q(spent__isnull=False) & ~Q(currency="")),
                name="entry_money_has_currency",
            ),
        ]
        indexes = [models.Index(fields=["activity", "status"])]

    def __str__(self) -> str:
        return f"{self.to} {self.activity.identifier}"


@classified(retention=REPORTING, P1="entry document")
class Evidence(models.Model):
    """A document that proves what an entry says."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="evidence", verbose_name=_("entry"))
    document = models.ForeignKey(Document, models.PROTECT, related_name="+", verbose_name=_("document"))

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "evidence"
        constraints = [models.UniqueConstraint(fields=["entry", "document"], name="evidence_once")]

    def __str__(self) -> str:
        return f"{self.entry_id}: {self.document_id}"


@classified(retention=REPORTING, P1="period known_at counted_at digest")
class Counting(models.Model):
    """A run in which the indicators of a period were counted from the records, as they were known at a moment."""

    period = models.CharField(_("period"), max_length=8)
    known_at = models.DateTimeField(_("as known at"))
    counted_at = models.DateTimeField(_("counted"))
    digest = models.CharField(_("hash"), max_length=64)  # SHA-256 over all observations of the run

    class Meta:
        ordering = ["-counted_at", "-id"]
        indexes = [models.Index(fields=["period", "-counted_at"])]

    def __str__(self) -> str:
        return f"{self.period} {self.counted_at:%Y-%m-%d}"


@classified(retention=REPORTING, P1="counting measure method agency dimension code value base missing title unit words")
class Observation(models.Model):
    """A figure: a measure in a period, of the whole country or of one agency, as a whole or for one code of a dimension.

    `value` empty is not zero: `missing` says why there is none. `title`, `unit` and `words` are the names in both languages as they
    were, `base` of how many rows the figure was made, `method` the version of the way of counting.
    """

    class Missing(models.TextChoices):
        NOTHING = "nothing", _("there is nothing to make it of")
        NOT_COLLECTED = "not_collected", _("not collected")
        WITHHELD = "withheld", _("withheld")
        NOT_APPLICABLE = "not_applicable", _("not applicable")

    counting = models.ForeignKey(Counting, models.CASCADE, related_name="observations", verbose_name=_("run"))
    measure = models.CharField(_("measure"), max_length=40)
    method = models.PositiveSmallIntegerField(_("method"), default=1)
    agency = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("institution"))
    dimension = models.CharField(_("by"), max_length=20, blank=True)
    code = models.CharField(_("code"), max_length=60, blank=True)
    value = models.DecimalField(_("value"), max_digits=14, decimal_places=1, null=True)
    base = models.PositiveIntegerField(_("made of"), default=0)
    missing = models.CharField(_("why there is none"), max_length=14, choices=Missing, blank=True)
    title = models.JSONField(_("title"), default=dict)
    unit = models.JSONField(_("unit"), default=dict)
    words = models.JSONField(_("in words"), default=dict)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["measure", "agency", "dimension"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False, missing="") | (Q(value__isnull=True) & ~Q(missing="")),
                name="observation_has_a_value_or_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.dimension} {self.code}".strip()


@classified(retention=REPORTING, P1="to number content sha256 submitted_by submitted_at")
class Submission(models.Model):
    """A version of a return exactly as it was submitted; never changed. A correction is the next one."""

    to = models.ForeignKey(Return, models.PROTECT, related_name="submissions", verbose_name=_("return"))
    number = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("hash"), max_length=64)
    submitted_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("submitted by"))
    submitted_at = models.DateTimeField(_("submitted"))

    class Meta:
        ordering = ["to", "number"]
        constraints = [models.UniqueConstraint(fields=["to", "number"], name="submission_once")]

    def __str__(self) -> str:
        return f"{self.to} v{self.number}"


@classified(retention=REPORTING, P1="entry field reason version by at settled_at")
class Remark(models.Model):
    """Why a field of an entry was sent back; settled when the corrected return is submitted again."""

    entry = models.ForeignKey(Entry, models.CASCADE, related_name="remarks", verbose_name=_("entry"))
    field = models.CharField(_("field"), max_length=20)
    reason = models.TextField(_("reason"))
    version = models.PositiveIntegerField(_("version"))
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("at"))
    settled_at = models.DateTimeField(_("settled"), null=True, blank=True)

    class Meta:
        ordering = ["entry__position", "id"]

    def __str__(self) -> str:
        return f"{self.entry_id}.{self.field}"


@classified(retention=REPORTING, P1="to day_offset level to_agency sent_at")
class Reminder(models.Model):
    """A reminder that was sent for a return: so many days before (negative) or after the due date, to the agency or up its line."""

    to = models.ForeignKey(Return, models.CASCADE, related_name="reminders", verbose_name=_("return"))
    day_offset = models.IntegerField(_("days after the due date"))
    level = models.PositiveIntegerField(_("level"), default=0)  # 0 the agency itself, 1 its parent, 2 the coordinator
    to_agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("sent to"))
    sent_at = models.DateTimeField(_("sent"))

    class Meta:
        ordering = ["sent_at", "id"]
        constraints = [models.UniqueConstraint(fields=["to", "day_offset", "level"], name="reminder_once")]

    def __str__(self) -> str:
        return f"{self.to} {self.day_offset:+d}"


@classified(
    retention=REPORTING,
    P1="plan kind period state content sha256 made_by made_at body decision_number decided_on adopted_by adopted_at requests",
)
class Report(models.Model):
    """A report to a committee. A draft is made anew from the returns; once adopted it is frozen.

    `content` holds, per language, the report's blocks as frozen; `sha256` their hash; the files regenerate byte for byte from it.
    `requests` are the decisions asked of the committee: [{en, sq}].
    """

    class Kind(models.TextChoices):
        MONITORING = "monitoring", _("monitoring report")

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        ADOPTED = "adopted", _("adopted")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="reports", verbose_name=_("plan"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind, default=Kind.MONITORING)
    period = models.CharField(_("period"), max_length=8)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    content = models.JSONField(_("content"), null=True, blank=True)
    sha256 = models.CharField(_("hash"), max_length=64, blank=True)
    requests = models.JSONField(_("decisions asked of the committee"), default=list)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("made by"))
    made_at = models.DateTimeField(_("made"))
    body = models.ForeignKey(
        Body, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("adopted by the body")
    )
    decision_number = models.CharField(_("number of the decision"), max_length=60, blank=True)
    decided_on = models.DateField(_("date of the decision"), null=True, blank=True)
    adopted_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    adopted_at = models.DateTimeField(_("recorded"), null=True, blank=True)

    class Meta:
        ordering = ["-period", "kind"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "kind", "period"], name="report_once"),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (
                    Q(content__isnull=False, body__isnull=False, decided_on__isnull=False, adopted_by__isnull=False)
                    & ~Q(sha256="")
                    & ~Q(decision_number="")
                ),
                name="report_adoption_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.period}"
