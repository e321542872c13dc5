"""What can go wrong with keys."""

from besa.lib.refusal import Unavailable


class KeysUnavailable(Unavailable):
    """The keys cannot be reached: nothing is opened and nothing is written until they can."""


class KeyGone(Exception):
    """The key was destroyed, or never was; what it sealed is gone."""
