"""allauth's list of sessions without its signals: they would write the key of the session itself; `sessions.note` does not."""

from __future__ import annotations

from allauth.usersessions.apps import UserSessionsConfig


class ListedSessions(UserSessionsConfig):  # type: ignore[misc]
    """The app with its table, listening to nothing."""

    def ready(self) -> None:
        pass
