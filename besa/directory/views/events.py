"""The record of who did what. Its page lives here since names of people come from the directory."""

from __future__ import annotations

from functools import partial
from typing import cast

import django_tables2
from django.http import HttpResponse

from besa.audit.models import Event
from besa.directory.access import Permission
from besa.directory.guard import MemberRequest, needs
from besa.directory.models import Membership, User
from besa.directory.tables import EventFilter, EventTable
from besa.ui.lists import list_page


@needs(Permission.AUDIT_VIEW)
def events(request: MemberRequest) -> HttpResponse:
    """All events, the newest first, with filters; names of actors are read from the directory as it is today."""
    table = cast("type[django_tables2.Table]", partial(EventTable, names=actor_names()))
    return list_page(request, "directory/events.html", Event.objects.all(), table, EventFilter)


def actor_names() -> dict[str, str]:
    """How actors are called on the page, by their name in the record."""
    names = {f"user:{pk}": name for pk, name in User.objects.values_list("pk", "name")}
    rows = Membership.objects.values_list("pk", "user__name")
    return names | {f"membership:{pk}": name for pk, name in rows}
