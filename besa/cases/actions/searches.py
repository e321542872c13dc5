"""Choices of filters that a member keeps."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.audit import actions as audit
from besa.audit.witness import DELETED
from besa.cases.models import SavedSearch
from besa.directory.models import Membership
from besa.lib.refusal import Refused

MOST = 20


def save_search(*, name: str, filters: Mapping[str, str], by: Membership, at: datetime) -> SavedSearch:
    """Keep the filters under a name; the same name again replaces what it stood for."""
    if not name.strip():
        raise Refused(_("Give the search a name."))
    if not filters:
        raise Refused(_("No filter is set; there is nothing to keep."))
    with transaction.atomic():
        mine = SavedSearch.objects.filter(membership=by)
        if mine.exclude(name=name.strip()).count() >= MOST:
            raise Refused(_("You keep many searches already. Remove one first."))
        kept, _is_new = SavedSearch.objects.update_or_create(
            membership=by, name=name.strip(), defaults={"filters": dict(filters), "made_at": at}
        )
        audit.record("search_saved", kept, by=by, at=at, fields=["filters"])
        return kept


def remove_search(*, search: SavedSearch, by: Membership, at: datetime) -> None:
    """Forget a search; only one's own."""
    with transaction.atomic():
        if search.membership_id != by.pk:
            raise Refused(_("This search is somebody else's."))
        audit.record("search_removed", search, by=by, at=at, flags=[DELETED])
        search.delete()
