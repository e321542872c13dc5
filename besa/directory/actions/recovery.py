"""What is done when a browser or a factor was lost, or may have been stolen."""

from __future__ import annotations

from datetime import datetime
from functools import partial

from allauth.mfa.models import Authenticator
from django.db import transaction

from besa.audit import actions as audit
from besa.directory import sessions
from besa.directory.actions.accounts import tell_of_change
from besa.directory.models import User


def end_sessions(*, user: User, by: audit.Actor, at: datetime) -> int:
    """End every session of the person at once. Gives how many there were."""
    with transaction.atomic():
        found = sessions.open_sessions(user)
        sessions.end_all(user)
        audit.record("sessions_ended", user, by=by, at=at)
    return len(found)


def forget_factors(*, user: User, by: audit.Actor, at: datetime) -> int:
    """Put an account back to its beginning: no factor, no password, no session. Gives how many factors there were.

    It opens again only by the link that an administrator of users mails after she has seen the person, and the person sets
    up a new factor as at the first time. So it takes two: who runs this, and who sends the link.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        factors = int(Authenticator.objects.filter(user=user).delete()[0])
        user.set_unusable_password()
        user.save(update_fields=["password"])
        sessions.end_all(user)
        audit.record("factors_forgotten", user, by=by, at=at)
        transaction.on_commit(partial(tell_of_change, user))
    return factors
