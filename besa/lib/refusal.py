"""A refusal carries its reason to the person: to the page, the disabled button, the command's last line."""

from django.utils.functional import Promise


class Refused(Exception):
    """What was asked may not be done; `reason` says why, in words for the person who asked."""

    def __init__(self, reason: str | Promise) -> None:
        super().__init__(reason)
        self.reason = reason

    def __str__(self) -> str:
        return str(self.reason)


class Conflict(Refused):
    """Somebody else has changed the thing since it was read; nothing was overwritten."""
