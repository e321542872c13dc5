"""Who gives help and has room, and the referrals by which one institution asks another for it."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.cases import codes
from besa.cases import policy as case_policy
from besa.cases.models import Case, Share
from besa.cases.models.consent import PURPOSES
from besa.directory.access import Permission
from besa.directory.models import Agency, Membership, Place
from besa.lib.classified import classified
from besa.lib.text import in_language
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel


@classified(
    retention="10 years after it has closed",
    P1="scope code agency kind name_en name_sq place services takes_women takes_men takes_children takes_with_children"
    " is_accessible security capacity taken_otherwise accredited_until is_open version changed_at changed_by",
    P3="address telephone",
)
class Provider(SealedModel):
    """A house, centre or office that helps: what it offers, whom it takes, how many places it has. Where it lies is sealed.

    `taken_otherwise` counts places that are taken by persons who are not referred through Besa.
    """

    class Kind(models.TextChoices):
        RECEPTION = "reception_centre", _("reception centre")
        SHELTER = "shelter", _("shelter")
        DAY_CENTRE = "day_centre", _("day centre")
        MUNICIPALITY = "municipality", _("municipal service")
        NGO = "ngo", _("service of an NGO")
        HEALTH = "health", _("health service")
        LEGAL = "legal", _("legal service")
        POLICE = "police", _("police")
        OTHER = "other", _("other")

    class Security(models.TextChoices):
        OPEN = "open", _("open")
        SECURE = "secure", _("guarded, address kept secret")

    code = models.CharField(_("code"), max_length=40, unique=True)
    agency = models.ForeignKey(Agency, models.PROTECT, related_name="providers", verbose_name=_("institution"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name_en = models.CharField(_("name in English"), max_length=200)
    name_sq = models.CharField(_("name in Albanian"), max_length=200)
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("qark"))
    address = SealedField(_("address"))
    telephone = SealedField(_("telephone"))
    services = models.JSONField(_("services"), default=list)  # codes of codes.Need
    takes_women = models.BooleanField(_("takes women"), default=True)
    takes_men = models.BooleanField(_("takes men"), default=False)
    takes_children = models.BooleanField(_("takes children alone"), default=False)
    takes_with_children = models.BooleanField(_("takes parents with children"), default=False)
    is_accessible = models.BooleanField(_("accessible to persons with a disability"), default=False)
    security = models.CharField(_("security"), max_length=8, choices=Security, default=Security.OPEN)
    capacity = models.PositiveSmallIntegerField(_("places"), default=0)
    taken_otherwise = models.PositiveSmallIntegerField(_("places taken otherwise"), default=0)
    accredited_until = models.DateField(_("accredited until"), null=True)
    is_open = models.BooleanField(_("receives persons"), default=True)
    version = models.PositiveIntegerField(default=1)
    changed_at = models.DateTimeField(_("changed"))
    changed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("changed by"))

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=Q(taken_otherwise__lte=models.F("capacity")), name="provider_has_the_places_taken"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return in_language(self, "name")


class ReferralQuerySet(models.QuerySet["Referral"]):
    def visible_to(self, member: Membership, at: datetime) -> ReferralQuerySet:
        """Referrals from and to the member's institution; the Responsible Authority all, the regional committee those that came to it.

        A conflict of interest and a compartment deny these as they deny the case.
        """
        if not member.can(Permission.REFERRAL_VIEW):
            return self.none()
        who = case_policy.Who.of(member, at, is_for_many=True)
        mine = Q(from_agency=member.agency_id) | Q(to_agency=member.agency_id)
        if member.role == "responsible_authority":
            mine = Q(pk__isnull=False)
        conflicting, sealed_off = (
            Case.objects.filter(denying(who)) for denying in (case_policy.conflicting, case_policy.sealed_off)
        )
        return self.filter(mine).exclude(case__in=conflicting).exclude(case__in=sealed_off)


@classified(
    retention="10 years after the case was closed; erased with its key",
    P1="scope number case kind from_agency from_by to_agency provider urgency purpose groups state offered_at reply_by answered_at"
    " answered_by ended_at ended_by share previous version",
    P2="services sex age_group is_child languages needs_interpreter companions risk qark decline_reason outcome message",
    clear="services sex age_group is_child languages needs_interpreter companions risk qark decline_reason outcome",
    clear_because="what an institution must know to say whether it has room; codes of lists that name nobody",
)
class Referral(SealedModel):
    """One institution asks another for services for a person. Until it accepts, the receiver sees needs, no name and no case.

    `groups` are the parts of the file to which the person consented for this purpose and receiver; accepting opens exactly these.
    `kind` "handover" asks the receiver to answer for the whole case from then on.
    """

    class Kind(models.TextChoices):
        SERVICE = "service", _("services")
        HANDOVER = "handover", _("the case is handed over")

    class Urgency(models.TextChoices):
        NOW = "now", _("at once: answer within an hour")
        SOON = "soon", _("soon: answer within a day")
        ROUTINE = "routine", _("answer within three days")

    class State(models.TextChoices):
        OFFERED = "offered", _("waits for an answer")
        ACCEPTED = "accepted", _("accepted")
        DECLINED = "declined", _("declined")
        EXPIRED = "expired", _("not answered in time")
        REVOKED = "revoked", _("taken back")
        DONE = "done", _("done")

    class Decline(models.TextChoices):
        FULL = "full", _("no free place")
        PROFILE = "profile", _("does not take persons of this profile")
        SERVICE = "service", _("does not give this service")
        SECURITY = "security", _("cannot keep the person safe")
        JURISDICTION = "jurisdiction", _("another institution is competent")
        OTHER = "other", _("other")

    class Outcome(models.TextChoices):
        PROVIDED = "provided", _("services were provided")
        PARTLY = "partly", _("services were provided in part")
        REFUSED = "refused", _("the person refused the services")
        LEFT = "left", _("the person left")
        MOVED = "moved", _("the person moved to another provider")

    number = models.CharField(_("number"), max_length=11, unique=True)
    case = models.ForeignKey(Case, models.CASCADE, related_name="referrals", verbose_name=_("case"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.SERVICE)
    from_agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("from"))
    from_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("sent by"))
    to_agency = models.ForeignKey(Agency, models.PROTECT, related_name="+", verbose_name=_("to"))
    provider = models.ForeignKey(
        Provider, models.PROTECT, null=True, related_name="referrals", verbose_name=_("provider")
    )
    services = models.JSONField(_("services asked for"), default=list)  # codes of codes.Need
    urgency = models.CharField(_("urgency"), max_length=8, choices=Urgency)
    purpose = models.CharField(_("purpose"), max_length=16, choices=PURPOSES)
    groups = models.JSONField(_("parts of the file"), default=list)  # codes of case_policy.SHAREABLE
    sex = models.CharField(_("sex"), max_length=10, blank=True)
    age_group = models.CharField(_("age group"), max_length=10, choices=codes.AgeGroup, default=codes.AgeGroup.UNKNOWN)
    is_child = models.BooleanField(_("child"), null=True)
    languages = models.JSONField(_("languages"), default=list)
    needs_interpreter = models.BooleanField(_("needs an interpreter"), default=False)
    companions = models.PositiveSmallIntegerField(_("children who come along"), default=0)
    risk = models.CharField(_("risk"), max_length=10, choices=codes.Risk, default=codes.Risk.UNKNOWN)
    qark = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("qark"))
    message = SealedField(_("message to the receiver"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.OFFERED)
    offered_at = models.DateTimeField(_("offered"))
    reply_by = models.DateTimeField(_("answer due"))
    answered_at = models.DateTimeField(_("answered"), null=True)
    answered_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("answered by")
    )
    decline_reason = models.CharField(_("reason"), max_length=14, choices=Decline, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    ended_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("ended by"))
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, blank=True)
    share = models.OneToOneField(
        Share, models.PROTECT, null=True, related_name="referral", verbose_name=_("what it opened")
    )
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="later", verbose_name=_("asked before of")
    )
    version = models.PositiveIntegerField(default=1)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        ordering = ["-offered_at", "id"]
        indexes = [
            models.Index(fields=["to_agency", "state", "reply_by"]),
            models.Index(fields=["from_agency", "state", "-offered_at"]),
            models.Index(fields=["case", "-offered_at"]),
            models.Index(fields=["provider", "state"]),
            models.Index(fields=["state", "reply_by"]),
            models.Index(fields=["-offered_at", "id"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="offered") | Q(answered_at__isnull=False) | Q(ended_at__isnull=False),
                name="referral_answer_is_dated",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | ~Q(decline_reason=""), name="referral_decline_has_a_reason"
            ),
            models.CheckConstraint(condition=~Q(state="done") | ~Q(outcome=""), name="referral_end_has_an_outcome"),
        ]

    def __str__(self) -> str:
        return self.number
