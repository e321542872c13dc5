"""What is kept in a case: notes and files, and what leaves it."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.cases.models.base import FILE, Case, CasePart
from besa.directory import case_policy
from besa.directory.case_policy import Purpose
from besa.directory.models import Membership
from besa.lib.classified import classified
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel


@classified(retention=FILE, P1="scope case author written_at", P2="text")
class Note(SealedModel):
    """What somebody on the case wrote down. Notes are not changed; a correction is a new one."""

    case = models.ForeignKey(Case, models.CASCADE, related_name="notes")
    author = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("written by"))
    written_at = models.DateTimeField(_("written"))
    text = SealedField(_("text"))

    class Meta:
        ordering = ["-written_at", "id"]

    def __str__(self) -> str:
        return f"note {self.pk}"


@classified(
    retention=FILE,
    P1="scope case media_type size copy_size scan added_by added_at",
    P2="title file_name digest copy_digest",
)
class Attachment(SealedModel):
    """A file in the case: sealed while it arrived, by a key of its own. People view a copy without metadata; the original stays."""

    class Scan(models.TextChoices):
        CLEAN = "clean", _("scanned, nothing found")
        NOT_SCANNED = "not scanned", _("not scanned")

    keeps_files = True

    case = models.ForeignKey(Case, models.CASCADE, related_name="attachments")
    title = SealedField(_("title"))
    file_name = SealedField(_("file name"))
    media_type = models.CharField(_("type of file"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"))  # bytes
    copy_size = models.PositiveBigIntegerField(_("size of the copy"))
    digest = SealedField(_("hash"))  # SHA-256 in hexadecimal
    copy_digest = SealedField(_("hash of the copy"))
    scan = models.CharField(_("scan"), max_length=12, choices=Scan)
    added_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))

    class Meta:
        ordering = ["-added_at", "id"]

    def __str__(self) -> str:
        return f"attachment {self.pk}"


@witnessed
@classified(
    retention="30 years",
    P1="cases versions groups purpose kind recipient recipient_key state asked_by asked_at decided_by decided_at until_at"
    " downloaded_at digest",
)
class Export(CasePart):
    """Identities taken out of the system: asked by one, approved by another, for exactly these cases as they were then.

    It is sealed to the recipient's key, marked, and can be fetched once, within a day.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        APPROVED = "approved", _("approved")
        REFUSED = "refused", _("refused")
        DOWNLOADED = "downloaded", _("downloaded")

    class Kind(models.TextChoices):
        XLSX = "xlsx", _("Excel")
        CSV = "csv", _("CSV")

    cases = models.JSONField(_("cases"))  # their keys
    versions = models.CharField(max_length=64)  # a digest over the cases and the versions that they had
    groups = models.JSONField(_("parts of the identity"))
    purpose = models.CharField(
        _("purpose"), max_length=16, choices=[(p.value, case_policy.PURPOSE_WORDS[p]) for p in Purpose]
    )
    kind = models.CharField(_("format"), max_length=4, choices=Kind)
    recipient = models.CharField(_("recipient"), max_length=120)
    recipient_key = models.CharField(_("public key of the recipient"), max_length=80)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    until_at = models.DateTimeField(_("until"), null=True)
    downloaded_at = models.DateTimeField(_("downloaded"), null=True)
    digest = models.CharField(_("hash"), max_length=64, blank=True)  # of the sealed file that left

    class Meta:
        ordering = ["-asked_at", "id"]
        indexes = [models.Index(fields=["state", "-asked_at"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(asked_by=models.F("decided_by")),
                name="export_takes_two_persons",
            ),
        ]
