"""What was done to keep the data safe: backups, restores, drills."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from besa.lib.classified import classified


@classified(retention="5 years", P1="kind state name problem begun_at real_seconds seconds bytes")
class Run(models.Model):
    """One backup, restore or drill: when it began, how long it took, how large it was, and whether it held.

    A run that stands as under way although none is was broken off: the process was killed, or the machine went down.
    """

    class Kind(models.TextChoices):
        BACKUP = "backup", _("backup")
        RESTORE = "restore", _("restore")
        DRILL = "drill", _("restore drill")

    class State(models.TextChoices):
        RUNNING = "running", _("under way")
        OK = "ok", _("held")
        FAILED = "failed", _("failed")

    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    name = models.CharField(_("archive"), max_length=60, blank=True)
    problem = models.CharField(_("problem"), max_length=40, blank=True)  # a code
    begun_at = models.DateTimeField(_("begun"))
    real_seconds = models.FloatField(
        _("begun, real seconds")
    )  # since 1970; the demonstration's clock stands still by days
    seconds = models.FloatField(_("seconds"), null=True)
    bytes = models.PositiveBigIntegerField(_("bytes"), null=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"
