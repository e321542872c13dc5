"""Who is on a case, with whom it is shared, who must not see it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.cases.models.base import WATCH, Case, CasePart
from besa.directory import case_policy
from besa.directory.case_policy import Purpose
from besa.directory.models import Agency, Membership, User
from besa.lib.classified import classified


@witnessed
@classified(retention=WATCH, P1="case membership is_lead from_at until_at added_by ended_at")
class TeamMember(CasePart):
    """A member who works on the case, until a moment at the latest. Who leads it makes up its team."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="team")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("member"))
    is_lead = models.BooleanField(_("leads the case"), default=False)
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    added_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("added by"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ["-is_lead", "from_at", "id"]
        indexes = [models.Index(fields=["membership", "case"])]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "membership"], condition=Q(ended_at__isnull=True), name="team_member_once"
            ),
        ]


@witnessed
@classified(retention=WATCH, P1="case agency groups purpose from_at until_at given_by ended_at")
class Share(CasePart):
    """The case is shared with another institution for a purpose: only the named groups of the identity, until a moment."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="shares")
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("institution"))
    groups = models.JSONField(_("parts of the identity"), default=list)
    purpose = models.CharField(
        _("purpose"), max_length=16, choices=[(p.value, case_policy.PURPOSE_WORDS[p]) for p in Purpose]
    )
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    given_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("given by"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ["from_at", "id"]
        indexes = [models.Index(fields=["agency", "case"])]


@witnessed
@classified(
    retention=WATCH,
    P2="case user reason declared_by declared_at ended_at",
    clear="case user reason declared_by declared_at ended_at",
    clear_because="the database itself hides the case from this user on every reading; the reason is one word of a list",
)
class Conflict(CasePart):
    """A conflict of interest: the user, in whatever role, finds nothing of this case."""

    class Reason(models.TextChoices):
        FAMILY = "family", _("family or friendship")
        INVOLVED = "involved", _("involved in the facts")
        SUSPECTED = "suspected", _("suspected or accused")
        OTHER = "other", _("other")

    case = models.ForeignKey(Case, models.CASCADE, related_name="conflicts")
    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("person"))
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    declared_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("declared by"))
    declared_at = models.DateTimeField(_("declared"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta:
        ordering = ["declared_at", "id"]
        indexes = [models.Index(fields=["user", "case"])]
