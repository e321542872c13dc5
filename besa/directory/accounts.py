"""How sign-in works here: accounts are given, never taken."""

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up by himself; an administrator of users opens the account."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False
