from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from besa.lib.classified import classified


@classified(
    retention="30 years",
    P1=(
        "at actor agency verb object_type object_id fields request_id purpose relation flags witness stream sequence "
        "previous_digest digest mac"
    ),
)
class Event(models.Model):
    """One thing that somebody did. No values and no free text; no foreign keys, so that it outlives what it speaks of.

    `stream` and `sequence` are its place in the hash chain, `previous_digest` and `digest` its links (`besa/audit/chain.py`), `mac`
    what only the holder of the installation's key can write. `witness` is a digest of the row after the change. The database
    lets nobody change or delete an event (`besa/audit/guard.py`).
    """

    at = models.DateTimeField(_("at"))
    actor = models.CharField(_("who"), max_length=64)
    agency = models.CharField(_("agency"), max_length=40, blank=True)
    verb = models.CharField(_("what"), max_length=60)
    object_type = models.CharField(_("kind of thing"), max_length=60)
    object_id = models.CharField(_("thing"), max_length=80)
    fields = models.JSONField(_("fields changed"), default=list)
    purpose = models.CharField(_("purpose"), max_length=40, blank=True)
    relation = models.CharField(_("relation to the thing"), max_length=40, blank=True)
    flags = models.JSONField(_("marks"), default=list)
    request_id = models.CharField(_("request"), max_length=40, blank=True)
    witness = models.CharField(max_length=64, blank=True)
    stream = models.PositiveSmallIntegerField()
    sequence = models.BigIntegerField()
    previous_digest = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["stream", "sequence"], name="event_one_place_in_the_chain")]
        indexes = [
            models.Index(fields=["object_type", "object_id", "-id"]),
            models.Index(fields=["actor", "-id"]),
            models.Index(fields=["agency", "-id"]),
            models.Index(fields=["verb", "-id"]),
            models.Index(fields=["purpose", "-id"]),
            models.Index(fields=["at"]),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"


@classified(retention="as long as the record of events", P1="stream sequence digest mac")
class Head(models.Model):
    """Where a stream of the chain ends: the place and digest of its last event. Whoever writes an event holds its row."""

    stream = models.PositiveSmallIntegerField(primary_key=True)
    sequence = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64)
    mac = models.CharField(max_length=64)

    class Meta:
        ordering = ["stream"]

    def __str__(self) -> str:
        return f"{self.stream}: {self.sequence}"


@classified(
    retention="the last state only",
    P1=(
        "verified_at is_whole verified_events verified_with_data problem "
        "anchored_at anchored_to anchor_number anchored_events anchor_digest"
    ),
)
class ChainState(models.Model):
    """What the commands last found and did: one row, for the page of the record. The chain itself does not depend on it."""

    verified_at = models.DateTimeField(null=True)
    is_whole = models.BooleanField(null=True)
    verified_events = models.BigIntegerField(default=0)
    verified_with_data = models.BooleanField(default=False)
    problem = models.CharField(max_length=200, blank=True)
    anchored_at = models.DateTimeField(null=True)
    anchored_to = models.CharField(max_length=300, blank=True)
    anchor_number = models.PositiveIntegerField(default=0)
    anchored_events = models.BigIntegerField(default=0)
    anchor_digest = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"anchor {self.anchor_number}"


@classified(
    retention="5 years",
    P1="rule actor agency object_type object_id day count found_at note acknowledged_by acknowledged_at",
)
class Anomaly(models.Model):
    """Something in one day's events that somebody should look at: which rule found it, about whom, how often.

    It proves nothing. Who looks into it answers with a note from a closed list.
    """

    class Rule(models.TextChoices):
        NO_TASK = "no_task", _("Opened files without being on the team")
        MANY = "many", _("Opened many files within an hour")
        NIGHT = "night", _("Opened files at an unusual hour")
        OWN_NAME = "own_name", _("Opened a file with the own name or family name")
        CANARY = "canary", _("Opened a file that is only there to be watched")
        REFUSED = "refused", _("Was refused many times")
        BRIEF_ROLE = "brief_role", _("A role was given and taken back within an hour")

    class Note(models.TextChoices):
        WORK = "work", _("The work explains it")
        ASKED = "asked", _("The person was asked and explained it")
        MISTAKE = "mistake", _("A mistake; the person was told")
        RIGHTS = "rights", _("Rights were changed")
        INQUIRY = "inquiry", _("Handed over for inquiry")

    rule = models.CharField(_("what was noticed"), max_length=20, choices=Rule)
    actor = models.CharField(_("who"), max_length=64)
    agency = models.CharField(_("agency"), max_length=40, blank=True)
    object_type = models.CharField(_("kind of thing"), max_length=60, blank=True)
    object_id = models.CharField(_("thing"), max_length=80, blank=True)
    day = models.DateField(_("day"))
    count = models.PositiveIntegerField(_("how often"))
    found_at = models.DateTimeField(_("noticed"))
    note = models.CharField(_("answer"), max_length=20, choices=Note, blank=True)
    acknowledged_by = models.CharField(_("answered by"), max_length=64, blank=True)
    acknowledged_at = models.DateTimeField(_("answered"), null=True, blank=True)

    class Meta:
        ordering = ["-day", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "actor", "day", "object_type", "object_id"], name="anomaly_once_a_day"
            ),
            models.CheckConstraint(
                condition=models.Q(note="", acknowledged_by="", acknowledged_at__isnull=True)
                | (~models.Q(note="") & ~models.Q(acknowledged_by="") & models.Q(acknowledged_at__isnull=False)),
                name="anomaly_answer_is_signed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.day} {self.actor}"
