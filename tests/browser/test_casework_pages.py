"""The pages of reports, concerns, referrals, providers and figures: WCAG 2.2 AA by axe, and no sideways scrolling on a phone."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import SignIn
from tests.browser.looks import PHONE, barriers, too_wide

PAGES = {
    "border_police": ["/cases/reports/", "/cases/concerns/", "/referrals/", "/providers/"],
    "municipality": ["/", "/cases/concerns/", "/cases/overrides/"],
    "reporter": ["/cases/reports/", "/cases/concerns/"],
    "responsible_authority": ["/figures/", "/figures/victims_at_border/?period=2009Q2&by=status", "/providers/"],
    "shelter": ["/", "/referrals/", "/providers/"],
}
SINGLE = {"border_police": ["/referrals/", "/providers/"], "shelter": ["/referrals/"]}
OF_A_CASE = ("refer/", "consent/", "consent/give/", "matches/", "clocks/", "hand-over/", "status/determine/")


def _first(page: Page, address: str) -> list[str]:
    """The first single thing that the list leads to."""
    page.goto(address)
    found = page.locator("main td a[href]")
    return [str(found.first.get_attribute("href"))] if found.count() else []


def _pages(page: Page, login: str) -> list[str]:
    single = [found for address in SINGLE.get(login, []) for found in _first(page, address)]
    cases = _first(page, "/cases/?whose=mine") if login == "municipality" else []
    return PAGES[login] + single + [case + end for case in cases for end in OF_A_CASE]


@pytest.mark.parametrize("login", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(sign_in: SignIn, login: str, scheme: str) -> None:
    page = sign_in(login, color_scheme=scheme, language="sq" if scheme == "dark" else "en")
    troubles = [trouble for address in _pages(page, login) for trouble in barriers(page, address)]
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("login", PAGES)
def test_pages_fit_a_phone(sign_in: SignIn, login: str) -> None:
    page = sign_in(login, width=PHONE, language="sq")
    wide = too_wide(page, _pages(page, login))
    assert not wide, "\n".join(wide)
