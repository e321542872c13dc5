"""A refusal carries its reason to the person: to the page, the disabled button, the command's last line."""

from collections.abc import Callable

from django.utils.functional import Promise


class Refused(Exception):
    """What was asked may not be done; `reason` says why, in words for the person who asked."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.reason)


def reason_of(check: Callable[[], object]) -> str:
    """Why the check refuses, for the disabled button; empty where it does not."""
    try:
        check()
    except Refused as refused:
        return str(refused)
    return ""


class Conflict(Refused):
    """Somebody else has changed the thing since it was read; nothing was overwritten."""


class Unavailable(Exception):
    """Something that Besa needs cannot be reached: keys, the record of events. Nothing was done; the answer is 503."""
