"""What was found out and decided about the person of a case: identification, determinations, facts, rights."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.assessments.models import Answers
from besa.audit.witness import witnessed
from besa.cases import codes
from besa.cases.models.base import FILE, Case, CasePart
from besa.directory.models import Agency, Membership, Place
from besa.lib.classified import classified
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel

COUNTED = "codes of lists, counted in statistics and matched to services; by themselves they name nobody"


@classified(
    retention=FILE,
    P1="scope case decided_on recorded_at recorded_by body decider corrects",
    P2="status basis criteria reason",
    clear="status basis criteria",
    clear_because=COUNTED,
)
class Determination(SealedModel):
    """A step in the status log: what the person was found to be, by whom, when, on what. Never changed: a correction is a new row.

    `decided_on` is the day from which it holds, `recorded_at` the moment from which it is known: every figure is a function of both.
    """

    case = models.ForeignKey(Case, models.CASCADE, related_name="determinations")
    status = models.CharField(_("status"), max_length=14, choices=codes.Status)
    decided_on = models.DateField(_("decided on"))
    basis = models.CharField(_("basis"), max_length=18, choices=codes.Basis)
    criteria = models.JSONField(
        _("criteria"), default=list
    )  # codes of Act, Means, Form as "act:…", "means:…", "form:…"
    body = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("body"))
    decider = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("decided by"))
    reason = SealedField(_("reasons"))
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="corrected_by", verbose_name=_("corrects")
    )

    class Meta:
        ordering = ["decided_on", "recorded_at", "id"]
        indexes = [
            models.Index(fields=["status", "decided_on"]),
            models.Index(fields=["case", "decided_on", "recorded_at"]),
        ]

    def __str__(self) -> str:
        return f"determination {self.pk}"


@witnessed
@classified(retention=FILE, P1="determination lodged_on outcome decided_on recorded_at recorded_by")
class Appeal(CasePart):
    """An appeal of the person against a determination."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("not decided")
        UPHELD = "upheld", _("the determination stands")
        OVERTURNED = "overturned", _("the determination was overturned")
        WITHDRAWN = "withdrawn", _("withdrawn")

    determination = models.ForeignKey(Determination, models.CASCADE, related_name="appeals")
    lodged_on = models.DateField(_("lodged on"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.OPEN)
    decided_on = models.DateField(_("decided on"), null=True)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("recorded by"))

    class Meta:
        ordering = ["lodged_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="open") | Q(decided_on__isnull=False), name="appeal_decision_is_dated"
            ),
        ]


@classified(
    retention=FILE,
    P1="scope case screened_on recorded_at screened_by body answers",
    P2="channel crossing place reach found_by present needs risk language needs_interpreter is_age_in_doubt age_group words",
    clear="channel crossing place reach found_by present needs risk language needs_interpreter is_age_in_doubt age_group",
    clear_because=COUNTED,
)
class Identification(SealedModel):
    """The first identification: how and where the person was found, who was there, what was seen, what she needs now.

    `answers` is the filled-in screening, in the version of the questionnaire that was used.
    """

    case = models.OneToOneField(Case, models.CASCADE, related_name="identification")
    channel = models.CharField(_("channel"), max_length=20, choices=codes.Channel)
    crossing = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="+", verbose_name=_("border crossing point")
    )
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("place"))
    reach = models.CharField(
        _("internal or cross-border"), max_length=14, choices=codes.Reach, default=codes.Reach.UNKNOWN
    )
    found_by = models.CharField(_("found by"), max_length=20, choices=codes.Channel, blank=True)
    present = models.JSONField(_("present"), default=list)  # codes of Presence
    needs = models.JSONField(_("needs now"), default=list)  # codes of Need
    risk = models.CharField(_("risk"), max_length=10, choices=codes.Risk, default=codes.Risk.UNKNOWN)
    language = models.CharField(_("language"), max_length=8, blank=True)  # ISO 639
    needs_interpreter = models.BooleanField(_("needs an interpreter"), default=False)
    is_age_in_doubt = models.BooleanField(_("age in doubt: counts as a child"), default=False)
    age_group = models.CharField(_("age group"), max_length=10, choices=codes.AgeGroup, default=codes.AgeGroup.UNKNOWN)
    words = SealedField(_("what was seen, in words"))
    answers = models.OneToOneField(Answers, models.PROTECT, null=True, related_name="+", verbose_name=_("screening"))
    screened_on = models.DateField(_("screened on"))
    screened_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("screened by"))
    body = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("body"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        ordering = ["screened_on", "id"]
        indexes = [models.Index(fields=["screened_on", "channel"])]

    def __str__(self) -> str:
        return f"identification {self.pk}"


@witnessed
@classified(retention=FILE, P1="case recorded_at", P2="codes", clear="codes", clear_because=COUNTED)
class CountedAs(models.Model):
    """By which codes a case is counted, by dimension, from a moment on: a figure of a past date does not change with the file."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="counted_as")
    codes = models.JSONField(_("codes"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        ordering = ["recorded_at", "id"]
        indexes = [models.Index(fields=["case", "recorded_at"])]

    def __str__(self) -> str:
        return f"codes {self.pk}"


@witnessed
@classified(
    retention="30 years",
    P1="on recorded_at by agency",
    P2="channel crossing place reach sex age_group forms",
    clear="channel crossing place reach sex age_group forms",
    clear_because=COUNTED,
)
class Refusal(CasePart):
    """An adult in whom signs were seen and who wants no help and no file: counted once, without identity."""

    on = models.DateField(_("on"))
    channel = models.CharField(_("channel"), max_length=20, choices=codes.Channel)
    crossing = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="+", verbose_name=_("border crossing point")
    )
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("place"))
    reach = models.CharField(
        _("internal or cross-border"), max_length=14, choices=codes.Reach, default=codes.Reach.UNKNOWN
    )
    sex = models.CharField(_("sex"), max_length=10, blank=True)  # people.Person.Sex
    age_group = models.CharField(_("age group"), max_length=10, choices=codes.AgeGroup, default=codes.AgeGroup.UNKNOWN)
    forms = models.JSONField(_("forms of exploitation"), default=list)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("seen by"))
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("institution"))
    recorded_at = models.DateTimeField(_("recorded"))

    class Meta:
        ordering = ["on", "id"]


@classified(
    retention=FILE,
    P1="scope case version recorded_at recorded_by",
    P2="forms reach acts means recruitment recruiter promises controls exit countries from_on until_on words",
    clear="forms reach acts means recruitment recruiter promises controls exit countries from_on until_on",
    clear_because=COUNTED,
)
class Facts(SealedModel):
    """What happened, in codes: act, means and purpose, recruitment, control, when, where, how it ended; the story in words is sealed."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="facts")
    forms = models.JSONField(_("forms of exploitation"), default=list)  # codes of Form, the main one first
    reach = models.CharField(
        _("internal or cross-border"), max_length=14, choices=codes.Reach, default=codes.Reach.UNKNOWN
    )
    acts = models.JSONField(_("acts"), default=list)
    means = models.JSONField(_("means"), default=list)
    recruitment = models.JSONField(_("first contact"), default=list)
    recruiter = models.CharField(_("recruiter"), max_length=12, choices=codes.Recruiter, blank=True)
    promises = models.JSONField(_("promises"), default=list)
    controls = models.JSONField(_("means of control"), default=list)
    exit = models.CharField(_("how it ended"), max_length=10, choices=codes.Exit, blank=True)
    countries = models.JSONField(_("countries of exploitation"), default=list)  # ISO 3166-1 alpha-3
    from_on = models.DateField(_("from"), null=True, blank=True)
    until_on = models.DateField(_("until"), null=True, blank=True)
    words = SealedField(_("in words"))
    version = models.PositiveIntegerField(default=1)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("recorded by"))

    class Meta:
        ordering = ["recorded_at", "id"]
        verbose_name_plural = "facts"
        constraints = [
            models.CheckConstraint(
                condition=Q(from_on__isnull=True) | Q(until_on__isnull=True) | Q(from_on__lte=models.F("until_on")),
                name="facts_end_after_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return f"facts {self.pk}"


@witnessed
@classified(
    retention=FILE,
    P1="case position recorded_at recorded_by",
    P2="kind country place crossing on",
    clear="kind country place crossing on",
    clear_because=COUNTED,
)
class Leg(CasePart):
    """A stage of the way: where the person was recruited, passed through, was exploited."""

    class Kind(models.TextChoices):
        RECRUITED = "recruitment", _("recruited")
        TRANSIT = "transit", _("passed through")
        EXPLOITED = "exploitation", _("exploited")

    case = models.ForeignKey(Case, models.CASCADE, related_name="legs")
    position = models.PositiveSmallIntegerField(_("order"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind)
    country = models.CharField(_("country"), max_length=3)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("place"))
    crossing = models.ForeignKey(
        Place, models.PROTECT, null=True, related_name="+", verbose_name=_("border crossed at")
    )
    on = models.DateField(_("on"), null=True)
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("recorded by"))

    class Meta:
        ordering = ["position", "id"]


@classified(
    retention=FILE,
    P1="scope case on recorded_at recorded_by",
    P2="kind language material words",
    clear="kind language material",
    clear_because=COUNTED,
)
class RightsEvent(SealedModel):
    """What befell the person's rights: she was informed, counselled, represented, detained, charged, named by a medium; she complained."""

    class Material(models.TextChoices):
        LEAFLET = "leaflet", _("leaflet")
        SPOKEN = "spoken", _("by word of mouth")
        INTERPRETER = "interpreter", _("through an interpreter")
        OTHER = "other", _("other")

    case = models.ForeignKey(Case, models.CASCADE, related_name="rights")
    kind = models.CharField(_("kind"), max_length=12, choices=codes.RightsKind)
    on = models.DateField(_("on"))
    language = models.CharField(_("language"), max_length=8, blank=True)
    material = models.CharField(_("how"), max_length=12, choices=Material, blank=True)
    words = SealedField(_("in words"))
    recorded_at = models.DateTimeField(_("recorded"))
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("recorded by"))

    class Meta:
        ordering = ["on", "recorded_at", "id"]
        indexes = [models.Index(fields=["kind", "on"])]

    def __str__(self) -> str:
        return f"rights {self.pk}"
