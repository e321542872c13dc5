"""ASVS requirements about parts that Besa does not have: the test fails as soon as such a part comes in."""

from __future__ import annotations

import json
import re

import pytest

from tests.architecture.endpoints import endpoints
from tests.security.sources import importers, scripts, text

# part -> libraries that would bring it, words of addresses, settings or scripts that would show it
ABSENT: dict[str, tuple[list[str], str]] = {
    "LDAP": (["ldap", "ldap3", "django_auth_ldap", "bonsai"], r"ldap"),
    "XPath": (["lxml.etree.XPath", "elementpath"], r"xpath"),
    "LaTeX": (["pylatex", "latex", "django_tex"], r"latex"),
    "JNDI": (["jpype", "py4j", "jnius"], r"jndi"),
    "memcache": (["memcache", "pylibmc", "pymemcache"], r"memcache"),
    "GraphQL": (["graphene", "graphql", "strawberry", "ariadne"], r"graphql"),
    "WebSocket": (["channels", "websockets", "daphne", "uvicorn", "wsproto"], r"\bws/|websocket"),
    "OAuth and OpenID Connect": (
        ["oauthlib", "oauth2_provider", "authlib", "allauth.socialaccount", "allauth.idp", "mozilla_django_oidc"],
        r"oauth|openid|oidc|3rdparty|idp/",
    ),
    "SAML": (["saml2", "onelogin", "djangosaml2"], r"saml"),
    "codes by telephone": (["twilio", "vonage", "phonenumbers", "messagebird"], r"sms|otp/send|phone/verify"),
    "WebRTC": (["aiortc", "livekit", "janus"], r"webrtc|turn:|stun:|signal/"),
}


@pytest.mark.parametrize("part", ABSENT)
def test_the_part_is_not_there(part: str, production: dict[str, object]) -> None:
    libraries, words = ABSENT[part]
    assert importers(*libraries) == set()
    installed = " ".join(map(str, [*production["INSTALLED_APPS"], *production["MIDDLEWARE"]]))  # type: ignore[misc]
    installed += str(production["CACHES"]) + str(production["AUTHENTICATION_BACKENDS"])
    assert not [name for name in libraries if name in installed]
    locked = set(re.findall(r"^([a-z0-9-]+)==", text("requirements.lock"), re.MULTILINE))
    assert not locked & {
        name.partition(".")[0].replace("_", "-") for name in libraries if not name.startswith(("lxml", "allauth"))
    }
    shown = re.compile(words, re.IGNORECASE)
    assert [end.route for end in endpoints() if shown.search(end.route)] == []
    assert [path for path, code in scripts().items() if shown.search(code)] == []
    assert not shown.search(json.dumps(production["AUTHENTICATION_BACKENDS"]))


def test_a_part_that_is_there_would_be_found() -> None:
    """The test above can fail: it would find the passkeys and the sign-in that Besa does have."""
    assert importers("allauth.account")
    assert any(re.search("login", end.route) for end in endpoints())
