"""Two cases that may be of one person: suggested, merged by two institutions, linked when somebody is trafficked again."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from besa.audit.witness import witnessed
from besa.cases.models.base import WATCH, Case, CasePart
from besa.directory.models import Membership
from besa.lib.classified import classified


@witnessed
@classified(retention=WATCH, P1="case other score reasons state found_at decided_by decided_at")
class Match(CasePart):
    """A suggestion that two cases are of one person. `case` has the smaller key, so that a pair is there once."""

    class State(models.TextChoices):
        SUGGESTED = "suggested", _("suggested")
        DIFFERENT = "different", _("different persons")
        SAME = "same", _("the same person")
        OUTDATED = "outdated", _("no longer alike")

    case = models.ForeignKey(Case, models.CASCADE, related_name="matches")
    other = models.ForeignKey(Case, models.CASCADE, related_name="matches_as_other")
    score = models.PositiveSmallIntegerField(_("score"))  # 0 to 100
    reasons = models.JSONField(_("reasons"), default=list)  # kinds of compounds that agree, never values
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SUGGESTED)
    found_at = models.DateTimeField(_("found"))
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)

    class Meta:
        ordering = ["-score", "found_at", "id"]
        constraints = [
            models.UniqueConstraint(fields=["case", "other"], name="match_pair_once"),
            models.CheckConstraint(condition=~Q(case=F("other")), name="match_is_of_two_cases"),
        ]


@witnessed
@classified(retention=WATCH, P1="kept merged state asked_by asked_at confirmed_by confirmed_at undone_by undone_at")
class Merge(CasePart):
    """Two files of one person become one: asked by one institution, confirmed by the other. It can be undone."""

    class State(models.TextChoices):
        ASKED = "asked", _("asked")
        MERGED = "merged", _("merged")
        REFUSED = "refused", _("refused")
        UNDOING = "undoing", _("undoing asked")
        UNDONE = "undone", _("undone")

    kept = models.ForeignKey(Case, models.CASCADE, related_name="merges_kept", verbose_name=_("goes on"))
    merged = models.ForeignKey(Case, models.CASCADE, related_name="merges", verbose_name=_("goes into it"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ASKED)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("asked by"))
    asked_at = models.DateTimeField(_("asked"))
    confirmed_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("confirmed by")
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    undone_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name=_("undone by"))
    undone_at = models.DateTimeField(_("undone"), null=True)

    class Meta:
        ordering = ["-asked_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(kept=F("merged")), name="merge_is_of_two_cases"),
            models.UniqueConstraint(
                fields=["merged"], condition=Q(state__in=["asked", "merged", "undoing"]), name="merge_once"
            ),
        ]


@witnessed
@classified(retention=WATCH, P1="earlier later recorded_by recorded_at ended_at")
class Retrafficking(CasePart):
    """A person who was trafficked again: her earlier and her later case, both counted."""

    earlier = models.ForeignKey(Case, models.CASCADE, related_name="later_links")
    later = models.ForeignKey(Case, models.CASCADE, related_name="earlier_links")
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name=_("recorded by"))
    recorded_at = models.DateTimeField(_("recorded"))
    ended_at = models.DateTimeField(_("taken back"), null=True)

    class Meta:
        ordering = ["recorded_at", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(earlier=F("later")), name="retrafficking_is_of_two_cases"),
            models.UniqueConstraint(
                fields=["earlier", "later"], condition=Q(ended_at__isnull=True), name="retrafficking_once"
            ),
        ]
