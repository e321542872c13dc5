"""Reading the record of events."""

from __future__ import annotations

from django.db import connection, models
from django.db.models import Sum

from besa.audit.models import Event, Head


def history_of(*objects: models.Model, limit: int = 50) -> list[Event]:
    """The last events about the things, the newest first; `actor` is a name of the record such as `membership:7`."""
    wanted = models.Q(pk__in=[])
    for obj in objects:
        wanted |= models.Q(object_type=obj._meta.label_lower, object_id=str(obj.pk))
    return list(Event.objects.filter(wanted)[:limit])


def number_of_events() -> int:
    """How many events there are, without counting them: what the heads say."""
    return Head.objects.aggregate(total=Sum("sequence"))["total"] or 0


def values_of(column: str) -> list[str]:
    """The values that a column of the events has, in order. Leaps from one to the next in the index: quick over a million events."""
    name = connection.ops.quote_name(column)
    leap = f"""
    WITH RECURSIVE found(value) AS (
        SELECT MIN({name}) FROM audit_event WHERE {name} > ''
        UNION ALL
        SELECT (SELECT MIN({name}) FROM audit_event WHERE {name} > found.value) FROM found WHERE found.value IS NOT NULL
    ) SELECT value FROM found WHERE value IS NOT NULL"""  # noqa: S608  (a column's name)
    with connection.cursor() as cursor:
        cursor.execute(leap)
        return [value for (value,) in cursor.fetchall()]
