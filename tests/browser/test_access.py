"""What only a browser shows of every page: WCAG 2.2 AA by axe, no sideways scrolling at 360 px, no script error, no CSP breach."""

from __future__ import annotations

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.conftest import SignIn
from tests.browser.looks import PHONE, barriers, too_wide

PAGES = {
    "": ["/account/login/"],
    "coordinator": [
        "/", "/plan/", "/plan/tree/", "/plan/table/", "/plan/timeline/", "/plan/late/", "/plan/due/", "/plan/agencies/",
        "/plan/annexed/", "/plan/search/?q=trajnim", "/plan/activity/IV.1.a.1/", "/reporting/dashboard/", "/reporting/returns/",
        "/reporting/rounds/", "/reporting/reports/", "/directory/agencies/", "/directory/bodies/", "/directory/places/",
        "/notices/", "/ui/",
    ],
    "focal_point": ["/", "/reporting/returns/"],
    "security_admin": ["/", "/directory/memberships/"],
    "auditor": ["/audit/"],
}  # fmt: skip


def _linked(page: Page, pattern: str) -> list[str]:
    """The first address of each kind that a list leads to, so that pages of single things are looked at too."""
    found = page.eval_on_selector_all("main a[href]", "links => links.map(link => link.getAttribute('href'))")
    return [href for href in found if pattern in href][:1]


def _check(page: Page, address: str, troubles: list[str]) -> None:
    heard: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            heard.append(message.text)

    page.on("console", listen)
    troubles.extend(barriers(page, address))
    troubles.extend(f"{address}: console: {text}" for text in heard)
    page.remove_listener("console", listen)


@pytest.mark.parametrize("login", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages(sign_in: SignIn, login: str, scheme: str) -> None:
    page = sign_in(login, color_scheme=scheme, language="sq" if scheme == "dark" else "en")
    troubles: list[str] = []
    deeper: list[str] = []
    for address in PAGES[login]:
        _check(page, address, troubles)
        deeper += [
            href
            for pattern in ("/returns/", "/rounds/", "/reports/", "/bodies/", "/entries/")
            for href in _linked(page, pattern)
        ]
    for address in dict.fromkeys(deeper):
        if not address.endswith((".pdf", ".xlsx", ".docx")):
            _check(page, address, troubles)
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("login", PAGES)
def test_fits_a_phone(sign_in: SignIn, login: str) -> None:
    page = sign_in(login, width=PHONE)
    wide = too_wide(page, PAGES[login])
    assert not wide, "\n".join(wide)
