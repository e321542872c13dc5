"""Keeping the register of providers: what they offer, how many places are free, until when they are accredited."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from besa.assistance.models import Provider, Referral
from besa.audit import actions as audit
from besa.cases.actions.reading import record_reading
from besa.directory.access import Permission
from besa.directory.models import Agency, Membership
from besa.directory.rules import check_permission
from besa.lib.refusal import Conflict, Refused
from besa.vault import cells, keystore

SEALED = ("address", "telephone")
FACTS = (
    *("kind", "name_en", "name_sq", "place", "services", "takes_women", "takes_men", "takes_children"),
    *("takes_with_children", "is_accessible", "security", "capacity", "taken_otherwise", "is_open"),
)


def _check_may_edit(by: Membership, agency: Agency) -> None:
    """A provider's own institution keeps its entry; the Responsible Authority keeps any."""
    if not by.can(Permission.PROVIDER_EDIT) or (by.agency_id != agency.pk and not by.can(Permission.PROVIDER_ACCREDIT)):
        raise Refused(_("Only the provider's own institution or the Responsible Authority changes this."))


def add_provider(*, code: str, agency: Agency, values: Mapping[str, Any], by: Membership, at: datetime) -> Provider:
    """Enter a provider into the register; its address is sealed by a key of its own."""
    with transaction.atomic():
        _check_may_edit(by, agency)
        if Provider.objects.filter(code=code).exists():
            raise Refused(_("There is a provider with this code already."))
        made = Provider(scope=keystore.new_scope(at=at), code=code, agency=agency, changed_at=at, changed_by=by)
        _take(made, values)
        made.save(force_insert=True)
        audit.record("provider_added", made, by=by, at=at, fields=[*FACTS, *SEALED])
        return made


def _take(provider: Provider, values: Mapping[str, Any]) -> None:
    for name in FACTS:
        if name in values:
            setattr(provider, name, values[name])
    sealed = {name: values[name] for name in SEALED if name in values}
    if sealed:
        cells.seal(provider, **sealed)
    if provider.taken_otherwise > provider.capacity:
        raise Refused(_("More places are taken than there are."))


def edit_provider(
    *, provider: Provider, version: int, values: Mapping[str, Any], by: Membership, at: datetime
) -> Provider:
    """Change what is said of a provider. Raises Conflict when somebody else has changed it since `version` was read."""
    with transaction.atomic():
        row = Provider.objects.select_for_update(of=("self",)).select_related("agency").get(pk=provider.pk)
        _check_may_edit(by, row.agency)
        if row.version != version:
            raise Conflict(_("Somebody else has changed this provider since you opened it. Nothing was overwritten."))
        _take(row, values)
        row.version += 1
        row.changed_at, row.changed_by = at, by
        row.save()
        audit.record("provider_edited", row, by=by, at=at, fields=sorted(values))
        return row


def accredit(*, provider: Provider, until_on: date | None, by: Membership, at: datetime) -> Provider:
    """Say until when a provider is accredited; None takes it back (standards of decision 195/2007)."""
    with transaction.atomic():
        check_permission(by, Permission.PROVIDER_ACCREDIT)
        row = Provider.objects.select_for_update(of=("self",)).get(pk=provider.pk)
        row.accredited_until = until_on
        row.version += 1
        row.changed_at, row.changed_by = at, by
        row.save()
        audit.record("provider_accredited", row, by=by, at=at, fields=["accredited_until"])
        return row


def may_read_address(provider: Provider, member: Membership) -> bool:
    """The provider's own people, and who brings a person there: the sender of a referral that it has accepted."""
    if member.agency_id == provider.agency_id:
        return True
    return Referral.objects.filter(
        provider=provider, from_agency=member.agency_id, state=Referral.State.ACCEPTED
    ).exists()


def read_address(*, provider: Provider, by: Membership, at: datetime) -> dict[str, str]:
    """Where a provider lies and its telephone, recorded as a reading."""
    with transaction.atomic():
        if not may_read_address(provider, by):
            raise Refused(
                _("The address opens to the provider itself, and to who brings a person whom it has accepted.")
            )
        found = cells.open_cells(provider, list(SEALED))
        record_reading("provider_address_read", provider, by=by, at=at, fields=SEALED)
    return found
