"""What the person agreed to, and what was shared against or without her consent by two."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.cases.models.base import WATCH, Case, CasePart
from besa.directory import case_policy
from besa.directory.case_policy import Purpose
from besa.directory.models import Agency, Membership
from besa.lib.classified import classified

PURPOSES = [(purpose.value, case_policy.PURPOSE_WORDS[purpose]) for purpose in Purpose]


@witnessed
@classified(
    retention=WATCH,
    P1="case purpose recipient groups given_as given_on until_at recorded_by recorded_at withdrawn_at withdrawn_by",
    P2="language form",
    clear="language form",
    clear_because="codes of lists; they say how the consent was given, and name nobody",
)
class Consent(CasePart):
    """A grant: for this purpose this institution (or, without one, each that the person is referred to) may know these parts, until a day.

    It can be withdrawn at any time, and then counts at once. For a child nobody asks her; who answers for her best interests decides.
    """

    class GivenAs(models.TextChoices):
        PERSON = "person", _("by the person")
        GUARDIAN = "guardian", _("by the guardian")
        BEST_INTERESTS = "best_interests", _("in the best interests of the child")
        DANGER = "danger", _("without consent, in immediate danger")

    class Form(models.TextChoices):
        SIGNED = "signed", _("signed")
        SPOKEN = "spoken", _("by word of mouth, with a witness")

    case = models.ForeignKey(Case, models.CASCADE, related_name="consents")
    purpose = models.CharField(_("purpose"), max_length=16, choices=PURPOSES)
    recipient = models.ForeignKey(Agency, models.PROTECT, null=True, related_name="+", verbose_name=_("recipient"))
    groups = models.JSONField(_("parts of the file"), default=list)  # codes of case_policy.Group
    given_as = models.CharField(_("given"), max_length=16, choices=GivenAs)
    form = models.CharField(_("form"), max_length=8, choices=Form, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    given_on = models.DateField(_("given on"))
    until_at = models.DateTimeField(_("until"))
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded"))
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True)
    withdrawn_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("withdrawal recorded by")
    )

    class Meta:
        ordering = ["given_on", "recorded_at", "id"]
        indexes = [models.Index(fields=["case", "purpose"])]


@witnessed
@classified(
    retention=WATCH,
    P1="case purpose recipient groups reason state asked_by asked_at decided_by decided_at until_at reviewed_by reviewed_at is_justified",
)
class Override(CasePart):
    """Sharing without consent: asked by one, approved by another, for a reason of a list, until a day, and reviewed."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        REVIEWED = "reviewed", _("reviewed")

    class Reason(models.TextChoices):
        DANGER = "danger", _("immediate danger to life or health")
        CHILD = "child", _("a child must be protected now")
        COURT = "court", _("a court has ordered it")

    case = models.ForeignKey(Case, models.CASCADE, related_name="overrides")
    purpose = models.CharField(_("purpose"), max_length=16, choices=PURPOSES)
    recipient = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("recipient"))
    groups = models.JSONField(_("parts of the file"), default=list)
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    until_at = models.DateTimeField(_("until"))
    reviewed_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("reviewed by")
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    is_justified = models.BooleanField(_("justified"), null=True)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(asked_by=models.F("decided_by")),
                name="override_takes_two_persons",
            ),
        ]
