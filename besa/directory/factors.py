"""Whose secret of a second factor is sealed or opened: each is bound to its person, so that in another's row it opens nothing.

The library that keeps the factors does not say whose text it wants sealed. It is the person who is signed in; where nobody is yet, or
outside of a request, it is whom `secrets_of` names. Where that is nobody, nothing is sealed and nothing opened.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from allauth.core import context

from besa.directory.models import User
from besa.vault import envelope, keystore

KEY = "second_factor"
_named: ContextVar[int | None] = ContextVar("whose secrets", default=None)


@contextmanager
def secrets_of(user: User) -> Iterator[None]:
    """For the time of this, secrets are the person's."""
    token = _named.set(user.pk)
    try:
        yield
    finally:
        _named.reset(token)


def seal(text: str) -> str:
    """The text, sealed for this person, in base64."""
    return base64.b64encode(envelope.seal(keystore.named(KEY), text.encode(), context=_place())).decode()


def opened(text: str) -> str:
    """What was sealed for this person. Raises Unopened, also for a text that was never sealed, or was sealed for somebody else."""
    place = _place()
    try:
        box = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise envelope.Unopened from None
    return envelope.open_(keystore.named(KEY), box, context=place).decode()


def _place() -> bytes:
    person = _named.get()
    if person is None and context.request is not None and context.request.user.is_authenticated:
        person = context.request.user.pk
    if person is None:
        raise RuntimeError("a secret of a second factor is somebody's: name her by secrets_of")
    return envelope.context("second factor", person)
