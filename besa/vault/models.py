"""The keystore: keys of cases, attachments and the installation, each sealed by a key that is in no database.

It lies apart from the data (own file on SQLite, own schema on PostgreSQL) and is backed up apart.
"""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from besa.lib.classified import classified


@classified(
    retention="until what it seals is erased",
    P1="owner version kek created_at",
    P2="wrapped",
    clear="wrapped",
    clear_because="ciphertext itself: it opens only with a key of the provider, which is in no database",
)
class WrappedKey(models.Model):
    """One version of a key, wrapped. `owner` is `scope:<uuid>` for a case or an attachment, `named:<name>` for the installation's own."""

    owner = models.CharField(_("owner"), max_length=80)
    version = models.PositiveSmallIntegerField(_("version"))
    kek = models.CharField(_("wrapped by"), max_length=80, db_index=True)
    wrapped = models.BinaryField(_("wrapped key"))
    created_at = models.DateTimeField(_("created"))

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["owner", "version"], name="wrapped_key_version_once")]

    def __str__(self) -> str:
        return f"{self.owner} {self.version}"


@classified(retention="as long as the installation", P1="created_at retired_at")
class KeyEncryptionKey(models.Model):
    """A key of the provider that wraps others, by its id there. Itself it is in no database; this row says since and until when it served.

    Whoever wraps with it holds the row, and so does whoever retires it: a key that still wraps something is never destroyed.
    """

    id = models.CharField(max_length=80, primary_key=True)
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["created_at", "id"]

    def __str__(self) -> str:
        return self.id


@classified(
    retention="as long as the installation", P1="kind target after began_at finished_at wrapped resealed unopened"
)
class Rotation(models.Model):
    """A change of keys, from its beginning to its end; one that was broken off is continued by the next run.

    `keys`: a new key-encryption key in place of `target` wraps everything. `data`: a new data key seals the cells of the scope that
    `target` names, or of all where it is empty; `after` is the last row of the keystore at the beginning: younger keys are new ones.
    """

    class Kind(models.TextChoices):
        KEYS = "keys"
        DATA = "data"

    kind = models.CharField(max_length=4, choices=Kind)
    target = models.CharField(max_length=80, blank=True)
    after = models.BigIntegerField(default=0)
    began_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    wrapped = models.PositiveIntegerField(default=0)
    resealed = models.PositiveIntegerField(default=0)
    unopened = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "target"], condition=Q(finished_at__isnull=True), name="rotation_one_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.target}".strip()


class SealedModel(models.Model):
    """A row with sealed cells. `id` is random, since the cells are bound to it; `scope` names the data key that seals them.

    A model whose key also seals files says `keeps_files = True`: a change of data keys leaves its scopes as they are, since files are
    sealed once and not rewritten; their keys are wrapped anew like all others.
    """

    keeps_files: ClassVar[bool] = False

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.UUIDField(_("data key"), db_index=True, editable=False)

    class Meta:
        abstract = True
