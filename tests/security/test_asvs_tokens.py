"""ASVS V9: the tokens that carry what they say: links for passwords, and what the framework signs."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import signing
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from besa.directory.models import Membership
from conftest import MakeMember
from tests.security.signing_in import OTHER, give_password, is_inside, password_link, set_password, sign_in
from tests.security.sources import importers


@pytest.fixture
def member(make_member: MakeMember) -> Membership:
    found = make_member("focal_point")
    give_password(found.user)
    return found


@pytest.fixture
def link(
    member: Membership, make_member: MakeMember, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> str:
    return password_link(member.user, make_member("user_admin"), django_capture_on_commit_callbacks)


def _other_letter(text: str, place: int) -> str:
    return text[:place] + ("a" if text[place] != "a" else "b") + text[place + 1 :]


def test_a_changed_link_sets_nothing(link: str, member: Membership) -> None:
    found = re.search(r"/key/(\w+)-(\w+)-(\w+)/$", link)
    assert found
    _user, moment, digest = found.groups()
    changed = [_other_letter(digest, place) for place in (0, len(digest) // 2, len(digest) - 1)] + [digest[:-1], ""]
    forged = [link.replace(digest, text) if text else link.replace(f"-{digest}", "-") for text in changed]
    forged.append(link.replace(f"-{moment}-", f"-{_other_letter(moment, len(moment) - 1)}-"))
    for path in forged:
        assert not set_password(path, OTHER), path
    assert set_password(link, OTHER), "the true one does"
    assert is_inside(sign_in(member.user, OTHER))


def test_a_link_of_another_installation_sets_nothing(link: str, settings: Settings) -> None:
    settings.SECRET_KEY = "another installation " * 4
    assert not set_password(link, OTHER)


def test_a_link_is_of_one_person(link: str, member: Membership, make_member: MakeMember) -> None:
    stranger = make_member("donor")
    give_password(stranger.user)
    token = PasswordResetTokenGenerator().make_token(member.user)
    assert PasswordResetTokenGenerator().check_token(member.user, token)
    assert not PasswordResetTokenGenerator().check_token(stranger.user, token)


def test_one_method_signs_and_none_is_named_by_the_token(production: dict[str, Any]) -> None:
    """No JOSE in the house, where a token names its own method; the framework signs by HMAC with SHA-256."""
    assert importers("jwt", "jose", "joserfc", "authlib", "itsdangerous") == set()
    assert signing.Signer().algorithm == "sha256"
    assert PasswordResetTokenGenerator().algorithm == "sha256"
    assert (
        production.get("SIGNING_BACKEND", "django.core.signing.TimestampSigner")
        == "django.core.signing.TimestampSigner"
    )
    assert production.get("DEFAULT_HASHING_ALGORITHM", "sha256") == "sha256"


def test_a_token_serves_one_purpose(member: Membership) -> None:
    signed = signing.dumps({"user": member.user_id}, salt="one purpose")
    assert signing.loads(signed, salt="one purpose") == {"user": member.user_id}
    with pytest.raises(signing.BadSignature):
        signing.loads(signed, salt="another purpose")
    token = PasswordResetTokenGenerator().make_token(member.user)
    with pytest.raises(signing.BadSignature):
        signing.loads(token, salt="one purpose")
