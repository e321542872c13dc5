"""Papers: minutes, orders, reports, evidence. The owning app decides who may open one."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from besa.directory.access import Permission
from besa.directory.models import Agency, Membership
from besa.lib.classified import classified
from besa.lib.hooks import hooked


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, member: Membership) -> DocumentQuerySet:
        """Documents of the member's own agency, and those that an owning app links to it.

        Owning apps add theirs by the hook `document_scopes`: callable(member) -> Q over documents.
        """
        if not member.can(Permission.DOCUMENT_VIEW):
            return self.none()
        own = models.Q(issuer=member.agency_id) | models.Q(added_by__agency=member.agency_id)
        for scope in hooked("document_scopes"):
            own |= scope(member)
        return self.filter(own).distinct()


@classified(
    retention="10 years after the plan's period",
    P1="kind number title language dated_on issuer file_name media_type size sha256 added_by added_at",
)
class Document(models.Model):
    """One file as it was handed in: typed, dated and hashed, never changed. The bytes lie under their hash in the document store."""

    class Kind(models.TextChoices):
        MINUTES = "minutes", _("minutes of a meeting")
        ORDER = "order", _("order or decision")
        AGREEMENT = "agreement", _("agreement or memorandum")
        PROCEDURE = "procedure", _("standard operating procedure or guideline")
        CURRICULUM = "curriculum", _("curriculum or training material")
        ATTENDANCE = "attendance", _("list of participants")
        REPORT = "report", _("report or study")
        STATISTICS = "statistics", _("statistics")
        CONTRACT = "contract", _("contract or invoice")
        MATERIAL = "material", _("information material")
        OTHER = "other", _("other")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    number = models.CharField(_("number"), max_length=60, blank=True)
    title = models.CharField(_("title"), max_length=200)
    language = models.CharField(
        _("language"), max_length=5, default="sq", choices=[("en", _("English")), ("sq", _("Albanian"))]
    )
    dated_on = models.DateField(_("date of the document"))
    issuer = models.ForeignKey(Agency, models.PROTECT, related_name="documents", verbose_name=_("issued by"))
    file_name = models.CharField(_("file name"), max_length=200)
    media_type = models.CharField(_("type of file"), max_length=100)
    size = models.PositiveBigIntegerField(_("size"))  # bytes
    sha256 = models.CharField(_("hash"), max_length=64, db_index=True)
    added_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("added by"))
    added_at = models.DateTimeField(_("added"))

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-dated_on", "title"]

    def __str__(self) -> str:
        return self.title
