"""A strategy with its action plan, as printed and as amended.

A version of a plan is one document (`PlanVersion.content`, the shape that `export_plan` writes). The rows of components, aims,
objectives and activities are the current version spread out for filtering, linking and reporting; an activity keeps its row
through all versions, so that what was reported on it stays attached.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.directory.models import Agency, Body, Membership
from besa.lib.classified import classified
from besa.lib.text import in_language

if TYPE_CHECKING:
    from django_stubs_ext.db.models.manager import RelatedManager

PLAN = "permanent: a published document of the state"


@classified(
    retention=PLAN, P0="code title_en title_sq period_start period_end country note current_version loaded_at is_active"
)
class Plan(models.Model):
    """One strategy and action plan of a country, such as ALB-2008-2010."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    title_en = models.CharField(_("title in English"), max_length=300)
    title_sq = models.CharField(_("title in Albanian"), max_length=300, blank=True)
    country = models.CharField(_("country"), max_length=3, blank=True)
    period_start = models.DateField(_("from"))
    period_end = models.DateField(_("to"))
    note = models.TextField(_("note"), blank=True)
    current_version = models.PositiveIntegerField(_("version"), default=1)
    loaded_at = models.DateTimeField(_("loaded"))
    is_active = models.BooleanField(_("reported on"), default=True)

    class Meta:
        ordering = ["-period_start", "code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(period_end__gt=models.F("period_start")), name="plan_ends_after_it_starts"
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def title(self) -> str:
        return in_language(self, "title")


@classified(
    retention=PLAN,
    P1="plan number title reason changes state proposed_by proposed_at body decision_number decided_on decided_by decided_at refusal",
)
class Amendment(models.Model):
    """A proposed change of the plan's text; becomes a version when a body has decided it.

    `changes` lists {target, field, before, after}: target is an activity's id or an aim's or objective's code; field a key of
    the exported row, or `added` / `removed` with the whole row as `after` / `before`.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("draft")
        PROPOSED = "proposed", _("proposed")
        ADOPTED = "adopted", _("adopted")
        REFUSED = "refused", _("refused")
        WITHDRAWN = "withdrawn", _("withdrawn")

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="amendments", verbose_name=_("plan"))
    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    reason = models.TextField(_("reason"))
    changes = models.JSONField(_("changes"), default=list)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    proposed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"))
    body = models.ForeignKey(
        Body, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decided by the body")
    )
    decision_number = models.CharField(_("number of the decision"), max_length=60, blank=True)
    decided_on = models.DateField(_("date of the decision"), null=True, blank=True)
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("recorded by")
    )
    decided_at = models.DateTimeField(_("recorded"), null=True, blank=True)
    refusal = models.TextField(_("reason of refusal"), blank=True)

    class Meta:
        ordering = ["plan", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["plan", "number"], name="amendment_number_once"),
            models.CheckConstraint(
                condition=~Q(state__in=["adopted", "refused"])
                | (
                    Q(body__isnull=False)
                    & Q(decided_on__isnull=False)
                    & Q(decided_by__isnull=False)
                    & ~Q(decision_number="")
                ),
                name="amendment_decision_is_complete",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan.code} {self.number}"


@classified(retention=PLAN, P0="plan number content sha256 in_force_from amendment created_at")
class PlanVersion(models.Model):
    """The whole plan as it stood from a day on; never changed."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="versions", verbose_name=_("plan"))
    number = models.PositiveIntegerField(_("number"))
    content = models.JSONField(_("content"))
    sha256 = models.CharField(_("hash"), max_length=64)
    in_force_from = models.DateField(_("in force from"))
    amendment = models.OneToOneField(
        Amendment, models.PROTECT, null=True, blank=True, related_name="version", verbose_name=_("amendment")
    )
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["plan", "number"]
        constraints = [models.UniqueConstraint(fields=["plan", "number"], name="plan_version_once")]

    def __str__(self) -> str:
        return f"{self.plan.code} v{self.number}"


class Heading(models.Model):
    """What components, aims and objectives have in common."""

    code = models.CharField(_("code"), max_length=40)
    printed_code = models.CharField(_("printed number"), max_length=40, blank=True)
    title_en = models.TextField(_("title in English"))
    title_sq = models.TextField(_("title in Albanian"), blank=True)
    position = models.PositiveIntegerField(_("position"))
    source_from = models.PositiveIntegerField(_("first line of the source"), null=True, blank=True)
    source_to = models.PositiveIntegerField(_("last line of the source"), null=True, blank=True)
    note = models.TextField(_("note"), blank=True)

    class Meta:
        abstract = True
        ordering = ["position"]

    def __str__(self) -> str:
        return self.code

    @property
    def title(self) -> str:
        return in_language(self, "title")


_HEADING = "code printed_code title_en title_sq position source_from source_to note"


@classified(retention=PLAN, P0=f"plan {_HEADING}")
class Component(Heading):
    """I Prosecution, II Protection, III Prevention, IV Coordination."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="components", verbose_name=_("plan"))

    class Meta(Heading.Meta):
        constraints = [models.UniqueConstraint(fields=["plan", "code"], name="component_code_once")]


@classified(retention=PLAN, P0=f"component {_HEADING}")
class Aim(Heading):
    """A strategic aim."""

    component = models.ForeignKey(Component, models.CASCADE, related_name="aims", verbose_name=_("component"))

    class Meta(Heading.Meta):
        constraints = [models.UniqueConstraint(fields=["component", "code"], name="aim_code_once")]


@classified(retention=PLAN, P0=f"aim {_HEADING}")
class Objective(Heading):
    """A specific objective."""

    aim = models.ForeignKey(Aim, models.CASCADE, related_name="objectives", verbose_name=_("strategic aim"))

    class Meta(Heading.Meta):
        constraints = [models.UniqueConstraint(fields=["aim", "code"], name="objective_code_once")]


@classified(
    retention=PLAN,
    P0="""plan objective parent identifier code printed_code text_en text_sq position source_from source_to mark note footnotes
    first_version last_version due_on is_recurrent search_en search_sq""",
)
class Activity(models.Model):
    """A row of the action plan: an activity or a sub-activity.

    `identifier` is unique in the plan (`IV.3.(a).1.3#2`). `due_on` is the latest date of its timeline, kept for lists; an
    activity without a dated entry has none. `last_version` is set when an amendment removes the row.
    """

    class Mark(models.TextChoices):
        RESTORED = "restored", _("restored from a broken table")
        UNCERTAIN = "uncertain", _("uncertain reading")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="activities", verbose_name=_("plan"))
    objective = models.ForeignKey(Objective, models.CASCADE, related_name="activities", verbose_name=_("objective"))
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    identifier = models.CharField(_("identifier"), max_length=60)
    code = models.CharField(_("code"), max_length=40)
    printed_code = models.CharField(_("printed number"), max_length=40)
    text_en = models.TextField(_("text in English"))
    text_sq = models.TextField(_("text in Albanian"), blank=True)
    position = models.PositiveIntegerField(_("position"))
    source_from = models.PositiveIntegerField(_("first line of the source"), null=True, blank=True)
    source_to = models.PositiveIntegerField(_("last line of the source"), null=True, blank=True)
    mark = models.CharField(_("reading"), max_length=10, choices=Mark, blank=True)
    note = models.TextField(_("note"), blank=True)
    footnotes = models.JSONField(_("footnotes"), default=list)
    first_version = models.PositiveIntegerField(_("since version"), default=1)
    last_version = models.PositiveIntegerField(_("until version"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    is_recurrent = models.BooleanField(_("recurs"), default=False)
    search_en = models.TextField(editable=False, blank=True)
    search_sq = models.TextField(editable=False, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["plan", "identifier"], name="activity_identifier_once")]
        indexes = [models.Index(fields=["plan", "position"]), models.Index(fields=["plan", "due_on"])]
        verbose_name_plural = "activities"

    if TYPE_CHECKING:
        duties: RelatedManager[Duty]
        timeline: RelatedManager[TimelineEntry]
        lines: RelatedManager[Line]
        resources: RelatedManager[Resource]
        see_also: RelatedManager[CrossReference]

    def __str__(self) -> str:
        return self.identifier

    @property
    def text(self) -> str:
        return in_language(self, "text")


@classified(retention=PLAN, P0="aim objective activity kind position text_en text_sq")
class Line(models.Model):
    """An indicator, output or target as printed, of an aim, an objective or an activity."""

    class Kind(models.TextChoices):
        INDICATOR = "indicator", _("indicator")
        OUTPUT = "output", _("output indicator")
        TARGET = "target", _("target")

    aim = models.ForeignKey(Aim, models.CASCADE, null=True, blank=True, related_name="lines")
    objective = models.ForeignKey(Objective, models.CASCADE, null=True, blank=True, related_name="lines")
    activity = models.ForeignKey(Activity, models.CASCADE, null=True, blank=True, related_name="lines")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    position = models.PositiveIntegerField(_("position"))
    text_en = models.TextField(_("text in English"))
    text_sq = models.TextField(_("text in Albanian"), blank=True)

    class Meta:
        ordering = ["kind", "position"]
        constraints = [
            models.CheckConstraint(
                condition=Q(aim__isnull=False, objective__isnull=True, activity__isnull=True)
                | Q(aim__isnull=True, objective__isnull=False, activity__isnull=True)
                | Q(aim__isnull=True, objective__isnull=True, activity__isnull=False),
                name="line_belongs_to_one",
            )
        ]

    def __str__(self) -> str:
        return self.text_en

    @property
    def text(self) -> str:
        return in_language(self, "text")


@classified(retention=PLAN, P0="plan heading measure position")
class CountedIndicator(models.Model):
    """An aim or objective (by its code in the plan) whose indicator is counted from the records, and the code of the measure."""

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="counted", verbose_name=_("plan"))
    heading = models.CharField(_("aim or objective"), max_length=40)
    measure = models.CharField(_("measure"), max_length=40)
    position = models.PositiveSmallIntegerField(_("position"))

    class Meta:
        ordering = ["heading", "position"]
        constraints = [models.UniqueConstraint(fields=["plan", "heading", "measure"], name="counted_indicator_once")]

    def __str__(self) -> str:
        return f"{self.heading} {self.measure}"


@classified(retention=PLAN, P0="activity agency position is_lead")
class Duty(models.Model):
    """An agency's responsibility for an activity; the lead comes first."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="duties", verbose_name=_("activity"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="duties", verbose_name=_("agency"))
    position = models.PositiveIntegerField(_("position"))
    is_lead = models.BooleanField(_("leads"))

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "duties"
        constraints = [models.UniqueConstraint(fields=["activity", "agency"], name="duty_once")]

    def __str__(self) -> str:
        return f"{self.agency.code} {self.activity.identifier}"


@classified(retention=PLAN, P0="activity position printed")
class PrintedName(models.Model):
    """A string of the *responsible* column exactly as printed; which agencies it names is said by the alias table."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="responsible", verbose_name=_("activity"))
    position = models.PositiveIntegerField(_("position"))
    printed = models.CharField(_("as printed"), max_length=300)

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.printed


@classified(retention=PLAN, P0="activity position printed agencies")
class Resource(models.Model):
    """A source of money or means as printed, and the agencies that it names."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="resources", verbose_name=_("activity"))
    position = models.PositiveIntegerField(_("position"))
    printed = models.CharField(_("as printed"), max_length=300)
    agencies = models.ManyToManyField(Agency, related_name="resources", verbose_name=_("agencies"))

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.printed


@classified(retention=PLAN, P0="activity position text start_on due_on recurrence")
class TimelineEntry(models.Model):
    """One entry of the timeline column: its text, and the due date or recurrence that it means. `Ongoing` has neither."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="timeline", verbose_name=_("activity"))
    position = models.PositiveIntegerField(_("position"))
    text = models.CharField(_("as printed"), max_length=200)
    start_on = models.DateField(_("from"), null=True, blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    recurrence = models.CharField(_("recurs"), max_length=30, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "timeline entries"

    def __str__(self) -> str:
        return self.text


@classified(retention=PLAN, P0="activity target position")
class CrossReference(models.Model):
    """“See also”: the identifier of another activity, or the code of an aim or objective, of the same plan."""

    activity = models.ForeignKey(Activity, models.CASCADE, related_name="see_also", verbose_name=_("activity"))
    target = models.CharField(_("refers to"), max_length=60, db_index=True)
    position = models.PositiveIntegerField(_("position"))

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.target


@classified(
    retention=PLAN,
    P0="plan kind position code title_en title_sq text_en text_sq level members_en members_sq basis source_from source_to",
)
class Annexed(models.Model):
    """What a strategy holds beside its activities: legal acts, policies, coordination bodies, definitions, abbreviations."""

    class Kind(models.TextChoices):
        LAW = "law", _("legal act")
        POLICY = "policy", _("strategic policy")
        BODY = "body", _("coordination body")
        DEFINITION = "definition", _("definition")
        ABBREVIATION = "abbreviation", _("abbreviation")

    plan = models.ForeignKey(Plan, models.CASCADE, related_name="annexed", verbose_name=_("plan"))
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    position = models.PositiveIntegerField(_("position"))
    code = models.CharField(_("code"), max_length=60, blank=True)  # abbreviation, or the kind of legal act
    title_en = models.TextField(_("title in English"), blank=True)
    title_sq = models.TextField(_("title in Albanian"), blank=True)
    text_en = models.TextField(_("text in English"), blank=True)
    text_sq = models.TextField(_("text in Albanian"), blank=True)
    level = models.CharField(_("level"), max_length=20, blank=True)
    members_en = models.TextField(_("members in English"), blank=True)
    members_sq = models.TextField(_("members in Albanian"), blank=True)
    basis = models.TextField(_("legal basis"), blank=True)
    source_from = models.PositiveIntegerField(_("first line of the source"), null=True, blank=True)
    source_to = models.PositiveIntegerField(_("last line of the source"), null=True, blank=True)

    class Meta:
        ordering = ["kind", "position"]
        indexes = [models.Index(fields=["plan", "kind", "position"])]
        verbose_name_plural = "annexed"

    def __str__(self) -> str:
        return self.title_en or self.code

    @property
    def title(self) -> str:
        return in_language(self, "title")

    @property
    def text(self) -> str:
        return in_language(self, "text")

    @property
    def members_text(self) -> str:
        return in_language(self, "members")
