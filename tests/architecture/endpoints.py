"""Every address of Besa, walked from the URL configuration."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

# Pages without @needs: what they are for, so that nobody adds one without a reason.
SIGN_IN = "signing in and what protects one's own account; guarded by allauth"
PUBLIC = {
    "account_login": SIGN_IN,
    "account_logout": SIGN_IN,
    "account_inactive": SIGN_IN,
    "account_reauthenticate": SIGN_IN,
    "account_change_password": SIGN_IN,
    "account_reset_password_from_key": SIGN_IN,
    "account_reset_password_from_key_done": SIGN_IN,
    "mfa_index": SIGN_IN,
    "mfa_authenticate": SIGN_IN,
    "mfa_reauthenticate": SIGN_IN,
    "mfa_activate_totp": SIGN_IN,
    "mfa_deactivate_totp": SIGN_IN,
    "mfa_view_recovery_codes": SIGN_IN,
    "mfa_generate_recovery_codes": SIGN_IN,
    "mfa_download_recovery_codes": SIGN_IN,
    "mfa_list_webauthn": SIGN_IN,
    "mfa_add_webauthn": SIGN_IN,
    "mfa_login_webauthn": SIGN_IN,
    "mfa_reauthenticate_webauthn": SIGN_IN,
    "mfa_edit_webauthn": SIGN_IN,
    "mfa_remove_webauthn": SIGN_IN,
    "usersessions_list": SIGN_IN,
    "end_session": SIGN_IN,
    "end_other_sessions": SIGN_IN,
    "directory:security": SIGN_IN,
    "directory:set_language": SIGN_IN,
    "set_language": "chooses the language, in a cookie",
    "ui:gallery": "the components that pages are made of; no data",
    "ui:theme": "chooses light or dark, in a cookie",
    "cases:report_worker": "a script that stands between a report and the line; no data",
    "cases:report_offline": "what is shown where there is no line; no data",
    "healthz": "is the process alive?",
    "readyz": "can it serve?",
}


@dataclass(frozen=True)
class Endpoint:
    """One pattern: its whole route, its name with namespace, the names of its arguments, its view."""

    route: str
    name: str
    arguments: tuple[str, ...]
    view: Callable[..., Any]

    @property
    def is_guarded(self) -> bool:
        """Whether the view declares by @needs who may open it."""
        return bool(getattr(self.view, "is_guarded", False))


def _walk(resolver: URLResolver, route: str, space: str, arguments: tuple[str, ...]) -> Iterator[Endpoint]:
    for pattern in resolver.url_patterns:
        whole = route + str(pattern.pattern)
        found = (*arguments, *pattern.pattern.converters, *re.findall(r"\(\?P<(\w+)>", str(pattern.pattern)))
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, whole, space + (f"{pattern.namespace}:" if pattern.namespace else ""), found)
        elif isinstance(pattern, URLPattern):
            yield Endpoint(f"/{whole}", f"{space}{pattern.name}", found, pattern.callback)


def endpoints() -> list[Endpoint]:
    """Every pattern, in the order of the URL configuration."""
    return list(_walk(get_resolver(), "", "", ()))
