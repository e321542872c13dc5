"""Sessions that a copy of the database does not open: rows are named by a digest of the key, their content is sealed.

The key itself is in the browser's cookie and nowhere else. `SessionStore` is Django's, and what lists and ends the sessions
of a person stands beside it, since both must name rows alike.
"""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterable
from typing import Any

from allauth.usersessions.models import UserSession
from asgiref.sync import sync_to_async
from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from besa.directory.models import User
from besa.vault import envelope, keystore

log = logging.getLogger("django.security.SuspiciousSession")
UNKNOWN_ADDRESS = "::"
ROW_KEY_LENGTH = 40  # hex digits: 160 of the 165 bits of a key, as many as the columns hold


def row_key(session_key: str | None) -> str:
    """The name of a session's row. From it nobody finds the key, and as a cookie it opens nothing."""
    return hashlib.sha256(f"session {session_key or ''}".encode()).hexdigest()[:ROW_KEY_LENGTH]


class SessionStore(db.SessionStore):
    """A session in the database, named by the digest of its key and sealed to its row."""

    def load(self) -> dict[str, Any]:
        name = row_key(self.session_key)
        row = self.model.objects.filter(session_key=name, expire_date__gt=timezone.now()).first()
        if row is None:
            self._session_key = None
            return {}
        return self.decode(row.session_data)

    def exists(self, session_key: str) -> bool:
        return super().exists(row_key(session_key))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        key = self._get_or_create_session_key()  # type: ignore[attr-defined]
        return Session(session_key=row_key(key), session_data=self.encode(data), expire_date=self.get_expiry_date())

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            super().delete(row_key(key))

    def encode(self, session_dict: dict[str, Any]) -> str:
        box = envelope.seal(keystore.named("session"), self.serializer().dumps(session_dict), context=self._place())
        return base64.b64encode(box).decode()

    def decode(self, session_data: str | bytes) -> dict[str, Any]:
        """The content, or an empty session where the row was changed or moved from another session."""
        try:
            box = base64.b64decode(session_data, validate=True)
            text = envelope.open_(keystore.named("session"), box, context=self._place())
            return dict(self.serializer().loads(text))
        except (envelope.Unopened, ValueError):
            log.warning("a session's row does not open")
            return {}

    def _place(self) -> bytes:
        return envelope.context("session", row_key(self.session_key))

    aload = sync_to_async(load)  # type: ignore[arg-type]
    aexists = sync_to_async(exists)  # type: ignore[arg-type]
    acreate_model_instance = sync_to_async(create_model_instance)  # type: ignore[arg-type]
    adelete = sync_to_async(delete)  # type: ignore[arg-type]


def note(request: HttpRequest, user: User, address: str | None) -> None:
    """Put the session that has just begun on the person's list. Sessions that are over leave it."""
    with transaction.atomic():
        listed = UserSession.objects.filter(user=user)
        over = set(listed.values_list("session_key", flat=True)) - {row.session_key for row in open_sessions(user)}
        listed.filter(session_key__in=over).delete()
        UserSession.objects.update_or_create(
            session_key=row_key(request.session.session_key),
            defaults={
                "user": user,
                "ip": address or UNKNOWN_ADDRESS,
                "user_agent": request.headers.get("User-Agent", "")[:200],
                "last_seen_at": timezone.now(),
            },
        )


def touch(request: HttpRequest) -> None:
    """Note on the person's list that the session is in use."""
    name = row_key(request.session.session_key)
    UserSession.objects.filter(session_key=name).update(last_seen_at=timezone.now())


def open_sessions(user: User) -> list[UserSession]:
    """Sessions of the person that are open, the one used last first."""
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at"))
    names = [row.session_key for row in rows]
    there = Session.objects.filter(session_key__in=names, expire_date__gt=timezone.now())
    open_names = set(there.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in open_names]


def is_this(row: UserSession, request: HttpRequest) -> bool:
    return bool(row.session_key == row_key(request.session.session_key))


def end(rows: Iterable[UserSession]) -> None:
    """End sessions: their keys open nothing from the next request on."""
    found = list(rows)
    names = [row.session_key for row in found]
    with transaction.atomic():
        Session.objects.filter(session_key__in=names).delete()
        UserSession.objects.filter(pk__in=[row.pk for row in found]).delete()


def end_all(user: User, *, but: HttpRequest | None = None) -> None:
    """End every session of the person, except the one of the request `but`."""
    rows = UserSession.objects.filter(user=user)
    end(row for row in rows if but is None or not is_this(row, but))
