"""Who may open a document. The owning app answers through the hook `document_guards`."""

from __future__ import annotations

from besa.directory.access import Permission
from besa.directory.models import Membership
from besa.documents.models import Document
from besa.lib.hooks import hooked


def may_open(member: Membership, document: Document) -> bool:
    """Yes for who belongs to the agency that issued it or handed it in; else when an owning app says so.

    An app names guards on its AppConfig: `document_guards = ["besa.reporting.access.may_open"]`, callable(member, document) -> bool.
    """
    if not member.can(Permission.DOCUMENT_VIEW):
        return False
    if member.agency_id in (document.issuer_id, document.added_by.agency_id):
        return True
    return any(guard(member, document) for guard in hooked("document_guards"))
