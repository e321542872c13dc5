"""The manual and the journeys lead to pages, commands, tests and files that are there, and say the same in both languages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.management import get_commands
from django.urls import Resolver404, resolve

ROOT = Path(__file__).resolve().parent.parent.parent
MANUAL = ROOT / "docs" / "manual"
PAGES = sorted([*MANUAL.rglob("*.md"), *(ROOT / "docs" / "journeys").glob("*.md")])
ADDRESS = re.compile(r"`(/[^`\s]*)`")
QUOTED_TEST = re.compile(r"`([\w/]+/test_\w+\.py)`")
COMMAND = re.compile(r"`besa (\w+)")
LINK = re.compile(r"\]\(([^)#]+)")
# What stands for the names in braces, by the kind of route that takes it; the first that fits is right.
STAND_INS = ("7", "00000000-0000-4000-8000-000000000007", "K7M2-9QXA-5")
ids = [str(page.relative_to(ROOT / "docs")) for page in PAGES]


def _leads_somewhere(address: str) -> bool:
    for stand_in in STAND_INS:
        path = re.sub(r"\{id\}", stand_in, address.partition("?")[0]).replace("{number}", STAND_INS[2])
        try:
            resolve(path)
        except Resolver404:
            continue
        return True
    return False


def test_an_address_that_is_not_there_is_seen() -> None:
    assert _leads_somewhere("/cases/{number}/consent/{id}/withdraw/")
    assert not _leads_somewhere("/nowhere/{id}/")


def test_both_languages_have_the_same_pages() -> None:
    english, albanian = ({page.name for page in (MANUAL / language).iterdir()} for language in ("en", "sq"))
    assert english == albanian
    assert {"README.md", "roles.md"} < english


@pytest.mark.parametrize("name", sorted(page.name for page in (MANUAL / "en").glob("*.md")))
def test_both_languages_name_the_same_addresses_and_commands(name: str) -> None:
    english, albanian = ((MANUAL / language / name).read_text() for language in ("en", "sq"))
    for pattern in (ADDRESS, COMMAND):
        assert sorted(set(pattern.findall(english))) == sorted(set(pattern.findall(albanian)))
    assert len(re.findall(r"^#+ ", english, re.MULTILINE)) == len(re.findall(r"^#+ ", albanian, re.MULTILINE))


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text()
    assert [address for address in ADDRESS.findall(text) if not _leads_somewhere(address)] == []
    assert [path for path in QUOTED_TEST.findall(text) if not (ROOT / path).exists()] == []
    assert set(COMMAND.findall(text)) <= get_commands().keys()
    assert [link for link in LINK.findall(text) if "://" not in link and not (page.parent / link).exists()] == []


def test_the_readme_leads_to_the_manual_and_the_journeys() -> None:
    text = (ROOT / "README.md").read_text()
    assert all(
        f"docs/{where}" in text for where in ("manual/en/README.md", "manual/sq/README.md", "journeys/README.md")
    )


def test_every_journey_stands_in_the_list_and_says_where_it_is_tested() -> None:
    folder = ROOT / "docs" / "journeys"
    listed = LINK.findall((folder / "README.md").read_text())
    for journey in folder.glob("*.md"):
        if journey.name != "README.md":
            assert journey.name in listed
            assert "**Tested**" in journey.read_text(), journey.name
