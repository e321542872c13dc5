"""Looking each day for what is unusual, and answering it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from besa.audit import actions, anchoring, anomalies
from besa.audit.models import Anomaly, Event
from besa.lib.hooks import hooked
from besa.lib.refusal import Refused


def look(*, day: date, at: datetime, by: actions.Actor = actions.SYSTEM) -> list[Anomaly]:
    """Apply the rules to the events of the day. Keeps and tells what was not noticed before; gives that."""
    with transaction.atomic():
        actions.record("anomalies_looked_for", anchoring.state(), by=by, at=at)
        found = []
        for finding in anomalies.findings(seen_on(day), limit=settings.REVEALS_AN_HOUR):
            anomaly, is_new = Anomaly.objects.get_or_create(
                rule=finding.rule, actor=finding.actor, day=day, object_type=finding.object_type,
                object_id=finding.object_id,
                defaults={"agency": finding.agency, "count": finding.count, "found_at": at},
            )  # fmt: skip
            if is_new:
                actions.record("anomaly_noticed", anomaly, by=by, at=at, fields=["rule"])
                found.append(anomaly)
        if found:
            for tell in hooked("on_anomalies_noticed"):
                tell(at=at)
        return found


def seen_on(day: date) -> Iterator[anomalies.Seen]:
    """The day's events that rules look at, and an hour before it of roles given."""
    begin = timezone.make_aware(datetime.combine(day, time()))
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), time()))
    watched = Q(verb__in=anomalies.WATCHED)
    for mark in anomalies.MARKS:
        watched |= Q(flags__icontains=f'"{mark}"')
    early = Q(at__gte=begin - anomalies.HOUR, at__lt=begin, verb__in=anomalies.ROLE_GIVEN)
    rows = Event.objects.filter(early | (Q(at__gte=begin, at__lt=end) & watched)).order_by("at", "id")
    columns = ("at", "actor", "agency", "verb", "object_type", "object_id", "relation", "flags")
    for values in rows.values(*columns).iterator():
        changed = {"at": timezone.localtime(values["at"]), "flags": tuple(values["flags"])}
        yield anomalies.Seen(**{**values, **changed})


def check_may_acknowledge(anomaly: Anomaly, own_names: Collection[str]) -> None:
    """Nobody answers for herself, and an answer stands."""
    if anomaly.actor in own_names:
        raise Refused(_("This is about you; somebody else must answer it."))
    if anomaly.note:
        raise Refused(_("This has been answered."))


def acknowledge(*, anomaly: Anomaly, note: str, by: actions.Actor, own_names: Collection[str], at: datetime) -> Anomaly:
    """Answer an anomaly with a note of the closed list."""
    with transaction.atomic():
        anomaly = Anomaly.objects.select_for_update().get(pk=anomaly.pk)
        check_may_acknowledge(anomaly, own_names)
        if note not in Anomaly.Note.values:
            raise Refused(_("Choose an answer from the list."))
        anomaly.note, anomaly.acknowledged_by, anomaly.acknowledged_at = note, by.audit_name, at
        anomaly.save(update_fields=["note", "acknowledged_by", "acknowledged_at"])
        actions.record("anomaly_acknowledged", anomaly, by=by, at=at, fields=["note"])
        return anomaly
