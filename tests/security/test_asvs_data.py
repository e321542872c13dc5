"""ASVS V14: where data of people may lie, and where not."""

from __future__ import annotations

import re

import pytest
from django.apps import apps
from django.db.models import Model

from besa.lib.classified import classification_of
from conftest import ClientOf, MakeMember
from tests.architecture.endpoints import endpoints
from tests.security.signing_in import give_password, sign_in
from tests.security.sources import directives, scripts, templates

# What stands in addresses: numbers, codes of the plan and the directory, periods. No name, no contact, no number of a paper.
HARMLESS = {
    *(
        "pk",
        "code",
        "plan",
        "identifier",
        "agency",
        "number",
        "period",
        "language",
        "format",
        "kind",
        "uidb36",
        "key",
        "id",
    ),
    *("slug", "case", "uuid", "case_id", "grant", "attachment"),
    *("verb", "part"),  # from short closed lists
}
TELLING = re.compile(r"name|birth|phone|mail|address|national|passport|secret|token|password|code_word", re.IGNORECASE)


def test_addresses_carry_no_values_of_people() -> None:
    arguments = {argument for end in endpoints() for argument in end.arguments}
    assert arguments <= HARMLESS, "what is new here? a random identifier is harmless, a name is not"
    asked = {
        (path, field)
        for path, page in templates().items()
        for form in re.findall(r"<form(?![^>]*method=[\"']post)[^>]*>.*?</form>", page, re.DOTALL | re.IGNORECASE)
        for field in re.findall(r'<(?:input|select|textarea)[^>]*\bname="([^"{]+)"', form)
    }
    assert [(path, field) for path, field in asked if TELLING.search(field)] == [], "ask for it by POST"


@pytest.mark.parametrize(
    "path", ["/", "/plan/", "/documents/", "/directory/agencies/", "/directory/security/", "/notices/"]
)
def test_pages_of_members_may_not_be_kept(path: str, make_member: MakeMember, client_of: ClientOf) -> None:
    answer = client_of(make_member("coordinator")).get(path, follow=True)
    assert "no-store" in answer["Cache-Control"]


def test_the_proxy_keeps_nothing() -> None:
    said = {name: value for block, name, value in directives() if block == "server location /"}
    assert (said["proxy_cache"], said["proxy_request_buffering"], said["proxy_max_temp_file_size"]) == (
        "off",
        "off",
        "0",
    )
    assert {value for _, name, value in directives() if name == "access_log"} == {"off"}


def test_pages_load_nothing_from_elsewhere() -> None:
    away = re.compile(r"(?:src|href|action|srcset|poster)=[\"'](?:https?:)?//(?!{)", re.IGNORECASE)
    assert [path for path, page in templates().items() if away.search(page) and "/mail/" not in path] == []
    calls = re.compile(r"https?://|sendBeacon|fetch\(|XMLHttpRequest")
    calling = [path for path, code in scripts().items() if calls.search(code)]
    assert calling == ["besa/ui/static/ui/worker.js"]  # it passes on what the browser asks of our own address
    worker = scripts()["besa/ui/static/ui/worker.js"]
    assert set(re.findall(r"fetch\((\w+)", worker)) == {"asked", "SHELL"}
    assert "if (address.origin !== location.origin) return;" in worker


def test_signing_out_clears_the_browser(make_member: MakeMember) -> None:
    """The browser is told to forget; pages were never kept, so that without the answer nothing is left either."""
    member = make_member("coordinator")
    give_password(member.user)
    client = sign_in(member.user)
    assert client.get("/").status_code == 200
    answer = client.post("/account/logout/")
    assert '"cache"' in answer["Clear-Site-Data"]
    assert '"storage"' in answer["Clear-Site-Data"]


def test_every_class_is_in_use() -> None:
    """The classes are more than a word on every field: there are fields that may be told, and fields that may not."""
    found = [classification_of(model) for model in _models()]
    used = {given for one in found if one for given in one.classes.values()}
    assert {"P0", "P1", "P2"} <= used


def _models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith("besa.")]
