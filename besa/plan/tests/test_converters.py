"""Codes in addresses."""

from __future__ import annotations

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from besa.plan.converters import IdentifierConverter, from_slug, to_slug

CODES = st.from_regex(r"(IV|I{1,3})(\.\d{1,2})?(\.\([a-z]\))?(\.\d{1,2}){0,3}(#\d)?", fullmatch=True)
PARTS = st.sampled_from(
    ["a", "(a)", "(a)#2", "a#2", "a-2", "~", "~61~", "(ab)", "-", "#", "..", "ë", "/", "A", "9", "(", ")", ""]
)


@pytest.mark.parametrize(
    ("identifier", "slug"),
    [("IV.3.(a).1.3#2", "IV.3.a.1.3-2"), ("II.1.(b).5", "II.1.b.5"), ("I.1.(a)", "I.1.a"), ("I", "I"), ("A.b.1", "A.~62~.1")],
)  # fmt: skip
def test_codes_stay_readable(identifier: str, slug: str) -> None:
    assert to_slug(identifier) == slug
    assert from_slug(slug) == identifier
    assert reverse("plan:activity", args=["X", identifier]) == f"/plan/of/X/activity/{slug}/"
    assert reverse("plan:activity", args=[identifier]) == f"/plan/activity/{slug}/"


@given(CODES | st.text(min_size=1, max_size=60) | st.lists(PARTS, min_size=1, max_size=6).map(".".join).filter(bool))
def test_every_identifier_comes_back(identifier: str) -> None:
    slug = to_slug(identifier)
    assert from_slug(slug) == identifier
    assert slug.strip(".")  # an address of dots alone means a folder
    converter = IdentifierConverter()
    assert converter.to_python(converter.to_url(identifier)) == identifier


@given(st.from_regex(IdentifierConverter.regex, fullmatch=True))
def test_each_identifier_has_one_address(slug: str) -> None:
    """An address either is that of an identifier, or is refused with the error that makes it a 404."""
    try:
        identifier = IdentifierConverter().to_python(slug)
    except ValueError:
        return
    assert to_slug(identifier) == slug
