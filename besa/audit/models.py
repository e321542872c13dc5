from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from besa.lib.classified import classified


@classified(
    retention="30 years",
    P1="at actor agency verb object_type object_id fields request_id purpose previous_digest digest",
)
class Event(models.Model):
    """One thing that somebody did. No values and no free text; no foreign keys, so that it outlives what it speaks of.

    `previous_digest` and `digest` are the event's place in the hash chain; they stay empty until the chain is switched on.
    """

    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("who"), max_length=64)
    agency = models.CharField(_("agency"), max_length=40, blank=True)
    verb = models.CharField(_("what"), max_length=60)
    object_type = models.CharField(_("kind of thing"), max_length=60)
    object_id = models.CharField(_("thing"), max_length=80)
    fields = models.JSONField(_("fields changed"), default=list)
    purpose = models.CharField(_("purpose"), max_length=40, blank=True)
    request_id = models.CharField(_("request"), max_length=40, blank=True)
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["object_type", "object_id", "-id"]), models.Index(fields=["actor", "-id"])]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"
