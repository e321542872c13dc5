"""Questionnaires in their versions, and what was answered to them. What is asked and how it is scored is data (`engine/`)."""

from __future__ import annotations

from functools import cached_property

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from besa.assessments.engine.definition import Definition
from besa.assessments.engine.reading import read
from besa.audit.witness import witnessed
from besa.directory.models import Membership
from besa.lib.classified import classified
from besa.lib.text import in_language
from besa.vault.fields import SealedField
from besa.vault.models import SealedModel


@witnessed
@classified(
    retention="as long as an answer to it is kept",
    P0="code version kind audience title_en title_sq digest loaded_at",
    P1="content",
)
class Instrument(models.Model):
    """A questionnaire in one version. It never changes: who words a question differently loads another version.

    `content` is the whole of it, `digest` the SHA-256 of that; so an answer is shown for ever as it was asked.
    """

    class Kind(models.TextChoices):
        SCREENING = "screening", _("screening")
        RISK = "risk", _("assessment of risk")
        NEEDS = "needs", _("assessment of needs")
        SATISFACTION = "satisfaction", _("satisfaction")
        KNOWLEDGE = "knowledge", _("test of knowledge")

    class Audience(models.TextChoices):
        ADULT = "adult", _("adults")
        CHILD = "child", _("children")
        ANY = "any", _("everybody")

    code = models.SlugField(_("code"), max_length=60)
    version = models.PositiveSmallIntegerField(_("version"))
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    audience = models.CharField(_("for whom"), max_length=10, choices=Audience)
    title_en = models.CharField(_("title in English"), max_length=200)
    title_sq = models.CharField(_("title in Albanian"), max_length=200)
    content = models.JSONField(_("content"))
    digest = models.CharField(_("hash"), max_length=64)
    loaded_at = models.DateTimeField(_("loaded"))

    class Meta:
        ordering = ["kind", "code", "-version"]
        constraints = [models.UniqueConstraint(fields=["code", "version"], name="instrument_one_of_each_version")]

    def __str__(self) -> str:
        return f"{self.code} {self.version}"

    @property
    def title(self) -> str:
        return in_language(self, "title")

    @cached_property
    def definition(self) -> Definition:
        """The questionnaire as the engine works with it."""
        return read(self.content, str(self))


@classified(
    retention="as long as what it belongs to; erased with its key",
    P1="scope instrument answered_at answered_by replaces",
    P2="content outcome",
)
class Answers(SealedModel):
    """A questionnaire that was filled in: sealed under the key of the case, or of whatever it belongs to, with its score.

    It is never edited: a correction is filled in anew and `replaces` the older one, which stays. The apps above point to it.
    """

    instrument = models.ForeignKey(Instrument, models.PROTECT, related_name="+", verbose_name=_("questionnaire"))
    content = SealedField(_("answers"))
    outcome = SealedField(_("score"))
    answered_at = models.DateTimeField(_("answered"))
    answered_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("answered by"))
    replaces = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="replaced_by", verbose_name=_("replaces")
    )

    class Meta:
        ordering = ["-answered_at", "id"]
        verbose_name_plural = "answers"
        constraints = [
            models.CheckConstraint(condition=~Q(replaces=F("id")), name="answers_do_not_replace_themselves"),
        ]

    def __str__(self) -> str:
        return f"answers {self.pk}"
