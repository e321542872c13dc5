"""No address names a person: words by which people are searched are posted and stay in the session."""

from __future__ import annotations

import re
from typing import Any

import django_filters
import pytest
from django.urls import get_resolver

from conftest import ClientOf, MakeMember
from tests.architecture.endpoints import endpoints

LISTS = {"/directory/memberships/": ("q", "user_admin"), "/audit/": ("actor", "auditor")}
# Free text that is not about people, with what it is about.
IMPERSONAL = {
    ("AgencyFilter", "q"): "names of agencies",
    ("BodyFilter", "q"): "names of bodies",
    ("DocumentFilter", "q"): "titles of documents",
    ("ActivityFilter", "text"): "the text of the plan",
    ("TimelineFilter", "text"): "the text of the plan",
    ("ReturnFilter", "agency"): "codes of agencies",
    ("ReturnFilter", "period"): "quarters",
    ("EventFilter", "object_id"): "numbers of rows",
    ("EventFilter", "member"): "the number of a membership, as links from a finding give it",
}


def _all(kind: type[Any]) -> list[type[Any]]:
    return [one for sub in kind.__subclasses__() for one in (sub, *_all(sub))]


def test_free_text_about_people_is_private() -> None:
    assert get_resolver().url_patterns  # loads every view, and with it every filter
    ours = [kind for kind in _all(django_filters.FilterSet) if kind.__module__.startswith("besa.")]
    assert len(ours) >= 6
    open_text = {
        (kind.__name__, name)
        for kind in ours
        for name, field in kind.base_filters.items()
        if type(field) is django_filters.CharFilter and name not in getattr(kind, "private", ())
    }
    assert open_text <= IMPERSONAL.keys()


def test_no_address_takes_a_name() -> None:
    named = re.compile(r"name|mail|phone|birth|person_text|surname", re.IGNORECASE)
    assert [end.route for end in endpoints() for argument in end.arguments if named.search(argument)] == []


@pytest.mark.parametrize("path", LISTS)
def test_words_are_posted_kept_and_forgotten(path: str, make_member: MakeMember, client_of: ClientOf) -> None:
    name, role = LISTS[path]
    make_member("donor")
    client = client_of(make_member(role))
    page = client.get(path).content.decode()
    form = re.search(r'<form method="(\w+)">(?:(?!</form>).)*name="' + name + '"', page, re.DOTALL)
    assert form
    assert form[1] == "post"
    answer = client.post(path, {name: "Donor Somebody", "sort": "x", "csrfmiddlewaretoken": "t"})
    assert answer.headers["Location"] == f"{path}?sort=x"
    shown = client.get(path).content.decode()
    assert "<strong>Donor Somebody</strong>" in shown
    links = re.findall(r'(?:href|action)="([^"]*)"', shown)
    assert [link for link in links if "Somebody" in link] == []
    assert f"?forget={name}" in links
    assert client.get(f"{path}?forget={name}").headers["Location"] == path
    assert "Donor Somebody" not in client.get(path).content.decode()
    assert "Donor Somebody" not in client.get(f"{path}?{name}=Donor+Somebody").content.decode(), "an address counts not"
