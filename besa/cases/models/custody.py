"""What watches over a case: emergency openings, holds, erasures, canaries."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.cases.models.base import WATCH, Case, CasePart
from besa.directory.models import Membership
from besa.lib.classified import classified
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel


@classified(
    retention=WATCH,
    P1="scope case membership reason state asked_at from_at until_at second_by reviewed_by reviewed_at finding",
    P2="words",
)
class Glass(SealedModel):
    """An emergency opening: one member, one case, one hour, for a reason; told to others at once and reviewed within 72 hours."""

    class Reason(models.TextChoices):
        DANGER = "danger", _("immediate danger to life or health")
        MISSING = "missing", _("the person is missing")
        CHILD = "child", _("a child must be protected now")
        COURT = "court", _("a court needs it now")

    class State(models.TextChoices):
        ASKED = "asked", _("waits for the second custodian")
        OPENED = "opened", _("opened")
        REFUSED = "refused", _("refused")
        REVIEWED = "reviewed", _("reviewed")

    class Finding(models.TextChoices):
        JUSTIFIED = "justified", _("justified")
        UNJUSTIFIED = "unjustified", _("not justified")

    case = models.ForeignKey(Case, models.CASCADE, related_name="glasses")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    words = SealedField(_("in words"))
    state = models.CharField(_("state"), max_length=10, choices=State)
    asked_at = models.DateTimeField(_("asked"))
    from_at = models.DateTimeField(_("from"), null=True)
    until_at = models.DateTimeField(_("until"), null=True)
    second_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("second custodian")
    )
    reviewed_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    finding = models.CharField(_("finding"), max_length=12, choices=Finding, blank=True)

    class Meta:
        ordering = ["-asked_at", "id"]
        indexes = [models.Index(fields=["membership", "case"]), models.Index(fields=["state", "asked_at"])]

    def __str__(self) -> str:
        return f"glass {self.pk}"


@witnessed
@classified(retention=WATCH, P1="case state reason asked_by asked_at confirmed_by confirmed_at lifted_by lifted_at")
class Hold(CasePart):
    """A legal hold: while it is in force nothing of the case is erased. It takes two persons to put on and two to lift."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        IN_FORCE = "in_force", _("in force")
        LIFTING = "lifting", _("lifting asked")
        LIFTED = "lifted", _("lifted")

    class Reason(models.TextChoices):
        COURT = "court", _("proceedings in court")
        COMPLAINT = "complaint", _("complaint of the person")
        AUDIT = "audit", _("audit or inquiry")

    case = models.ForeignKey(Case, models.CASCADE, related_name="holds")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    lifted_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("lifted by"))
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    class Meta:
        ordering = ["-asked_at", "id"]


@witnessed
@classified(retention="30 years", P1="case state reason asked_by asked_at decided_by decided_at")
class Erasure(CasePart):
    """The wish that a case be erased, asked by one and carried out by another; it outlives the case's content."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        REFUSED = "refused", _("refused")
        DONE = "done", _("done")

    class Reason(models.TextChoices):
        RETENTION = "retention", _("the time of keeping is over")
        WISH = "wish", _("wish of the person")
        MISTAKE = "mistake", _("opened by mistake")

    case = models.ForeignKey(Case, models.PROTECT, related_name="erasures")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.ASKED)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["-asked_at", "id"]


@classified(
    retention=WATCH,
    P3="case set_by set_at",
    clear="case set_by set_at",
    clear_because="it is asked at every reading, before anything is opened; the case concerns nobody",
)
class Canary(models.Model):
    """A made-up case that nobody has a reason to open: who does is reported at once. Readers cannot tell it from others."""

    case = models.OneToOneField(Case, models.CASCADE, related_name="canary")
    set_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name_plural = "canaries"

    def __str__(self) -> str:
        return f"canary {self.pk}"
