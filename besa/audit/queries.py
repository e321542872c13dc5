"""Reading the record of events."""

from __future__ import annotations

from django.db import models

from besa.audit.models import Event


def history_of(*objects: models.Model, limit: int = 50) -> list[Event]:
    """The last events about the things, the newest first; `actor` is a name of the record such as `membership:7`."""
    wanted = models.Q(pk__in=[])
    for obj in objects:
        wanted |= models.Q(object_type=obj._meta.label_lower, object_id=str(obj.pk))
    return list(Event.objects.filter(wanted)[:limit])
