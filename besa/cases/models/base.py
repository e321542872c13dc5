"""The case of one person, and the walls around some cases."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.cases import codes, policy
from besa.directory import case_policy
from besa.directory.case_policy import Deed
from besa.directory.models import Agency, Membership, Place, User
from besa.lib.classified import classified
from besa.lib.text import in_language
from besa.people.models import Person
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel

FILE = "10 years after the case was closed; erased with its key"
WATCH = "as long as the case"


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, member: Membership, at: datetime) -> CaseQuerySet:
        """The cases that the member may know of, as the policy says."""
        return self.allowing(member, Deed.CASE_VIEW, at)

    def allowing(self, member: Membership, deed: Deed, at: datetime) -> CaseQuerySet:
        """The cases with which the member may do the deed."""
        return self.filter(policy.allowed(member, deed, at))

    def held(self, *, skip_locked: bool = False) -> CaseQuerySet:
        """The cases, locked until the transaction ends; not their keys, so that others can write rows that name them meanwhile."""
        return self.select_for_update(skip_locked=skip_locked, no_key=True, of=("self",))


@classified(retention="as long as the country keeps the system", P1="code name_en name_sq created_at")
class Compartment(models.Model):
    """A wall inside the wall: only the people named in it know of its cases, such as those of protected witnesses."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name_en = models.CharField(_("name in English"), max_length=120)
    name_sq = models.CharField(_("name in Albanian"), max_length=120)
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        return in_language(self, "name")


@witnessed
@classified(
    retention=WATCH,
    P3="compartment membership state from_at until_at proposed_by proposed_at decided_by decided_at",
    clear="compartment membership state from_at until_at proposed_by proposed_at decided_by decided_at",
    clear_because="the database itself asks on every reading who guards a compartment; it says nothing of a case in it",
)
class Custodian(models.Model):
    """A member named in a compartment: proposed by one person, approved by another, until a moment."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("proposed")
        ACTIVE = "active", _("in force")
        REFUSED = "refused", _("refused")
        ENDED = "ended", _("ended")

    compartment = models.ForeignKey(Compartment, models.PROTECT, related_name="custodians")
    membership = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("member"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PROPOSED)
    from_at = models.DateTimeField(_("from"))
    until_at = models.DateTimeField(_("until"))
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name=_("proposed by"))
    proposed_at = models.DateTimeField(_("proposed"))
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by"))
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["compartment", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(proposed_by=models.F("decided_by")),
                name="custodian_takes_two_persons",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed") | Q(decided_at__isnull=False), name="custodian_decision_is_dated"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.compartment_id}: {self.membership_id}"


@classified(
    retention=FILE,
    P1="scope number kind state owner qark place subject is_child compartment opened_at opened_by closed_at closing version merged_into",
    P2="summary status risk",
    clear="status risk",
    clear_because="codes of lists, by which cases are found and counted; by themselves they name nobody",
)
class Case(SealedModel):
    """One person's case. `number` is its pseudonym: random, with a check character; it tells nothing."""

    class Kind(models.TextChoices):
        VICTIM = "victim", _("trafficked person")
        AT_RISK = "at_risk", _("person at risk")

    class State(models.TextChoices):
        OPEN = case_policy.OPEN, _("open")
        ACTIVE = case_policy.ACTIVE, _("active")
        MONITORING = case_policy.MONITORING, _("monitoring")
        CLOSED = case_policy.CLOSED, _("closed")
        ERASED = case_policy.ERASED, _("erased")

    class Closing(models.TextChoices):
        REINTEGRATED = "reintegrated", _("reintegrated")
        RETURNED = "returned", _("returned to the country of origin")
        WITHDRAWN = "withdrawn", _("the person has withdrawn")
        LOST = "lost", _("contact lost")
        NOT_A_VICTIM = "not_a_victim", _("not a victim")
        DECEASED = "deceased", _("deceased")

    number = models.CharField(_("number"), max_length=11, unique=True)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.OPEN)
    owner = models.ForeignKey(Agency, models.PROTECT, related_name="cases", verbose_name=_("answers for it"))
    qark = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("qark"))
    place = models.ForeignKey(Place, models.PROTECT, null=True, related_name="+", verbose_name=_("place"))
    subject = models.OneToOneField(Person, models.PROTECT, related_name="case", verbose_name=_("person"))
    is_child = models.BooleanField(_("child"), null=True)  # None: not known yet
    compartment = models.ForeignKey(
        Compartment, models.PROTECT, null=True, related_name="cases", verbose_name=_("compartment")
    )
    summary = SealedField(_("summary"))
    status = models.CharField(_("status"), max_length=14, choices=codes.Status, blank=True)  # the log's last word
    risk = models.CharField(_("risk"), max_length=10, choices=codes.Risk, default=codes.Risk.UNKNOWN)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged_cases", verbose_name=_("goes on as")
    )
    opened_at = models.DateTimeField(_("opened"))
    opened_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("opened by"))
    closed_at = models.DateTimeField(_("closed"), null=True)
    closing = models.CharField(_("reason of closing"), max_length=14, choices=Closing, blank=True)
    version = models.PositiveIntegerField(default=1)  # counts edits, so that nobody overwrites another's

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "id"]
        indexes = [
            models.Index(fields=["owner", "state", "-opened_at"]),
            models.Index(fields=["qark", "state", "-opened_at"]),
            models.Index(fields=["status", "-opened_at"]),
            models.Index(fields=["-opened_at", "id"]),
            models.Index(fields=["compartment"], name="case_in_a_compartment", condition=Q(compartment__isnull=False)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="closed") | Q(closed_at__isnull=False), name="case_closing_is_dated"
            ),
        ]

    def __str__(self) -> str:
        return self.number


class CasePart(models.Model):
    """A row that belongs to one case."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.model_name} {self.pk}"
