"""What runs in a case: time limits, tasks, conferences; drafts that are not a case yet; what a member looks for again and again."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.cases import codes
from besa.cases.models.base import FILE, WATCH, Case, CasePart
from besa.directory.models import Agency, Body, Membership, Place
from besa.lib.classified import classified
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel


@witnessed
@classified(
    retention=WATCH,
    P1="case kind about agency state started_at due_at suspended_at ended_at warned_at level version",
)
class Clock(CasePart):
    """A time limit that runs: what for, who must act, until when. `about` is the row that it belongs to, such as a referral.

    While it is suspended it does not run: what was left is added when it goes on. What kinds there are, `besa/cases/time_limits.py` says.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("running")
        SUSPENDED = "suspended", _("suspended")
        MET = "met", _("met")
        STOPPED = "stopped", _("stopped")

    case = models.ForeignKey(Case, models.CASCADE, related_name="clocks")
    kind = models.CharField(_("kind"), max_length=20)
    about = models.UUIDField(null=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("must act"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    started_at = models.DateTimeField(_("started"))
    due_at = models.DateTimeField(_("due"))
    suspended_at = models.DateTimeField(_("suspended"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    warned_at = models.DateTimeField(_("warned"), null=True)
    level = models.PositiveSmallIntegerField(_("escalated to level"), default=0)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["agency", "state", "due_at"]),
            models.Index(fields=["case", "kind"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="suspended") | Q(suspended_at__isnull=False), name="clock_suspension_is_dated"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["running", "suspended"]) | Q(ended_at__isnull=False), name="clock_end_is_dated"
            ),
            models.UniqueConstraint(
                fields=["case", "kind"],
                condition=Q(about__isnull=True, state__in=["running", "suspended"]),
                name="clock_runs_once",
            ),
        ]


@classified(retention=WATCH, P1="scope clock verb at by due_before due_after", P2="reason")
class ClockChange(SealedModel):
    """A move of a time limit: started, warned, suspended, resumed, extended with a reason, escalated, met, stopped. Never changed."""

    class Verb(models.TextChoices):
        STARTED = "started", _("started")
        WARNED = "warned", _("warned")
        SUSPENDED = "suspended", _("suspended")
        RESUMED = "resumed", _("resumed")
        EXTENDED = "extended", _("extended")
        ESCALATED = "escalated", _("escalated")
        MET = "met", _("met")
        STOPPED = "stopped", _("stopped")

    clock = models.ForeignKey(Clock, models.CASCADE, related_name="changes")
    verb = models.CharField(_("change"), max_length=10, choices=Verb)
    at = models.DateTimeField(_("at"))
    by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("by"))
    due_before = models.DateTimeField(_("due before"), null=True)
    due_after = models.DateTimeField(_("due after"), null=True)
    reason = SealedField(_("reason"))

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"clock change {self.pk}"


@classified(retention=FILE, P1="scope case assigned_to due_on state made_by made_at ended_at conference", P2="title")
class Task(SealedModel):
    """Something that somebody on the case has to do, until a day. A decision of a conference is one too."""

    class State(models.TextChoices):
        OPEN = "open", _("open")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    case = models.ForeignKey(Case, models.CASCADE, related_name="tasks")
    title = SealedField(_("what is to be done"))
    assigned_to = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("by whom"))
    due_on = models.DateField(_("until"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    conference = models.ForeignKey(
        "Conference", models.CASCADE, null=True, related_name="decisions", verbose_name=_("decided in")
    )
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("set by"))
    made_at = models.DateTimeField(_("set"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["assigned_to", "state", "due_on"])]

    def __str__(self) -> str:
        return f"task {self.pk}"


@classified(
    retention=FILE, P1="scope case body planned_at state called_by called_at held_at present", P2="agenda minutes"
)
class Conference(SealedModel):
    """A case conference of the local multi-disciplinary group: called, held, with its decisions as tasks."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        HELD = "held", _("held")
        CANCELLED = "cancelled", _("cancelled")

    case = models.ForeignKey(Case, models.CASCADE, related_name="conferences")
    body = models.ForeignKey(Body, models.PROTECT, null=True, related_name="+", verbose_name=_("group"))
    planned_at = models.DateTimeField(_("planned for"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    present = models.JSONField(_("present"), default=list)  # keys of the agencies that were represented
    agenda = SealedField(_("agenda"))
    minutes = SealedField(_("minutes"))
    called_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("called by"))
    called_at = models.DateTimeField(_("called"))
    held_at = models.DateTimeField(_("held"), null=True)

    class Meta:
        ordering = ["-planned_at", "id"]

    def __str__(self) -> str:
        return f"conference {self.pk}"


@classified(
    retention="until it is sent, thrown away or expires; erased with its key",
    P1="scope author kind instrument sheet step created_at updated_at expires_at version",
    P2="content",
)
class Draft(SealedModel):
    """A report that somebody has begun: sealed by a key of its own, seen by its author alone, gone when it expires."""

    class Kind(models.TextChoices):
        IDENTIFICATION = "identification", _("identification")

    author = models.ForeignKey(Membership, models.CASCADE, related_name="+", verbose_name=_("author"))
    kind = models.CharField(_("kind"), max_length=16, choices=Kind, default=Kind.IDENTIFICATION)
    content = SealedField(_("content"))  # JSON of the answers so far
    step = models.CharField(_("last question"), max_length=60, blank=True)
    instrument = models.CharField(_("questionnaire"), max_length=80, blank=True)  # code and version: "border 1"
    sheet = models.CharField(_("code of the paper sheet"), max_length=12, blank=True)
    created_at = models.DateTimeField(_("begun"))
    updated_at = models.DateTimeField(_("saved"))
    expires_at = models.DateTimeField(_("expires"))
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-updated_at", "id"]
        indexes = [models.Index(fields=["author", "-updated_at"]), models.Index(fields=["expires_at"])]

    def __str__(self) -> str:
        return f"draft {self.pk}"


@witnessed
@classified(retention="2 years", P1="code instrument language is_child made_by made_at used_at")
class Sheet(CasePart):
    """A paper sheet for a place without a line; its code brings the entry back to the form in the version that was printed."""

    code = models.CharField(_("code"), max_length=12, unique=True)
    instrument = models.CharField(_("questionnaire"), max_length=80)
    language = models.CharField(_("language"), max_length=2)
    is_child = models.BooleanField(_("for a child"), default=False)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("printed by"))
    made_at = models.DateTimeField(_("printed"))
    used_at = models.DateTimeField(_("entered"), null=True)

    class Meta:
        ordering = ["-made_at", "id"]


@classified(retention="as long as the membership", P1="membership name filters made_at")
class SavedSearch(models.Model):
    """A choice of filters that a member looks through again and again; only filters from lists, never free text."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+", verbose_name=_("member"))
    name = models.CharField(_("name"), max_length=60)
    filters = models.JSONField(_("filters"), default=dict)
    made_at = models.DateTimeField(_("made"))

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.UniqueConstraint(fields=["membership", "name"], name="saved_search_name_once")]

    def __str__(self) -> str:
        return self.name


@classified(
    retention="1 year; erased with its key when it became a case",
    P1="scope to state sent_by sent_at taken_by taken_at case is_child",
    P2="channel place risk content answer",
    clear="channel place risk",
    clear_because="codes of lists, by which the right institution sees what is urgent; they name nobody",
)
class Concern(SealedModel):
    """A worry that somebody who keeps no case files reports: an inspector, a teacher, a health worker, an operator of the hotline."""

    class State(models.TextChoices):
        SENT = "sent", _("sent")
        TAKEN = "taken", _("a case was opened")
        CLOSED = "closed", _("no case was opened")

    to = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("to"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.SENT)
    channel = models.CharField(_("channel"), max_length=20, choices=codes.Channel)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("place"))
    is_child = models.BooleanField(_("child"), null=True)  # None: in doubt
    risk = models.CharField(_("risk"), max_length=10, choices=codes.Risk, default=codes.Risk.UNKNOWN)
    content = SealedField(_("content"))  # JSON of the answers
    answer = SealedField(_("answer to the reporter"))
    sent_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    sent_at = models.DateTimeField(_("sent"))
    taken_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("taken by"))
    taken_at = models.DateTimeField(_("taken"), null=True)
    case = models.ForeignKey(Case, models.SET_NULL, null=True, related_name="+", verbose_name=_("case"))

    class Meta:
        ordering = ["-sent_at", "id"]
        indexes = [models.Index(fields=["to", "state", "-sent_at"])]

    def __str__(self) -> str:
        return f"concern {self.pk}"
