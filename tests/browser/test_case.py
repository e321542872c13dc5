"""A case in a real browser: opened, shared, its identity revealed, opened by another in an emergency, reviewed, told to the person."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn
from tests.browser.looks import PHONE, barriers, too_wide

CENTRE = 'Psycho-Social Centre "Vatra", Vlorë'
WORDS = "A man asks for her at the crossing and knows her name."


def _open(page: Page) -> str:
    """Open a case with two papers, as somebody without a script would; answers its number."""
    page.goto("/cases/open/")
    page.get_by_label("trafficked person").check()
    page.get_by_label("Summary").fill("Came to the office alone.")
    page.locator("#id_surname").fill("Provaj")
    page.locator("#id_given_names").fill("Lindita")
    page.get_by_role("button", name="Add another paper").click()
    expect(page.locator("#id_surname")).to_have_value("Provaj")
    page.locator("#id_papers-1-number").fill("ZZ9990001")
    page.get_by_role("button", name="Open the case").last.click()
    expect(page.locator("#messages")).to_contain_text("The case is open.")
    return page.locator("h1").inner_text()


def _agree_and_share(worker: Page, number: str) -> None:
    """Nothing is offered before the person has agreed to it; then that alone."""
    worker.goto(f"/cases/{number}/consent/give/")
    worker.get_by_label("What for").select_option(label="to give a service")
    worker.get_by_label("Who may be told").select_option(label=CENTRE)
    worker.get_by_label("Contacts and languages").check()
    worker.get_by_label("How it was given").select_option(index=1)
    worker.get_by_label("Language in which it was explained").select_option(index=1)
    worker.get_by_role("button", name="Record it").click()
    expect(worker.locator("#messages")).to_contain_text("What is agreed to is recorded.")

    worker.goto(f"/cases/{number}/")
    worker.get_by_role("link", name="Share the case").click()
    worker.get_by_label("Institution").select_option(label=CENTRE)
    worker.get_by_label("Purpose").select_option(label="to give a service")
    worker.get_by_role("button", name="Go on").click()
    expect(worker.get_by_label("Names")).to_have_count(0)
    worker.get_by_label("Contacts and languages").check()
    worker.get_by_role("button", name="Share", exact=True).click()
    expect(worker.locator("main")).to_contain_text("The case is shared.")


@pytest.mark.parametrize("has_script", [True, False])
def test_case(sign_in: SignIn, has_script: bool) -> None:
    options = {"java_script_enabled": has_script}
    worker, police, officer = (sign_in(who, **options) for who in ("municipality", "border_police", "data_protection"))
    number = _open(worker)
    address = worker.url
    expect(worker.locator("#identity")).to_contain_text("[sealed]")

    _agree_and_share(worker, number)

    worker.get_by_label("Open it, why?").select_option(label="to give a service")
    worker.get_by_role("button", name="Open the identity").click()
    expect(worker.locator("main")).to_contain_text("Provaj")
    expect(worker.locator("main")).to_contain_text("It is recorded that you opened it")

    assert police.goto(address).status == 404  # type: ignore[union-attr]
    police.goto("/cases/glass/break/")
    police.get_by_label("Number of the case").fill(number.lower().replace("-", " "))
    police.get_by_label("Reason").select_option(label="immediate danger to life or health")
    police.get_by_label("Why it cannot wait").fill(WORDS)
    police.get_by_role("button", name="Open it now").click()
    expect(police.locator("main")).to_contain_text(re.compile("Opened in an emergency: (59|60) minutes left"))
    police.get_by_label("Open it, why?").select_option(label="in an emergency")
    police.get_by_role("button", name="Open the identity").click()
    expect(police.locator("main")).to_contain_text("ZZ9990001")

    _review_and_tell(officer, number)
    assert police.goto(address).status == 404  # type: ignore[union-attr]


def _review_and_tell(officer: Page, number: str) -> None:
    officer.goto("/cases/glass/")
    officer.locator(".tasks a", has_text=number).click()
    officer.get_by_role("button", name="Read the reason in words").click()
    expect(officer.locator("main")).to_contain_text(WORDS)
    officer.get_by_label("justified", exact=True).check()
    officer.get_by_role("button", name="Record the finding").click()
    expect(officer.locator("#messages")).to_contain_text("The opening has been reviewed.")
    officer.goto(f"/cases/{number}/statement/")
    officer.get_by_label("Language").select_option("en")
    officer.get_by_role("button", name="Show it").click()
    expect(officer.locator("main")).to_contain_text("Border and migration police")
    with officer.expect_download() as download:
        officer.get_by_role("button", name="PDF").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")


PAGES = {
    "municipality": ["/cases/?whose=mine", "/cases/find/", "/cases/open/", "/cases/glass/"],
    "border_police": ["/cases/", "/cases/glass/", "/cases/glass/break/"],
    "data_protection": ["/", "/cases/", "/cases/glass/", "/cases/waiting/"],
    "witness_protection": ["/cases/", "/cases/compartments/"],
}
FORMS = ("", "share/", "team/add/", "conflict/", "hold/", "notes/add/", "edit/", "identity/")


def _pages(page: Page, login: str) -> list[str]:
    """The pages of the role; of its first case too, where it leads one."""
    page.goto("/cases/?whose=mine" if login == "municipality" else "/cases/")
    links = page.locator("td.code a")
    first = [str(links.first.get_attribute("href"))] if links.count() else []
    forms = [first[0] + end for end in FORMS] if first and login == "municipality" else first
    return PAGES[login] + forms


@pytest.mark.parametrize("login", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible(sign_in: SignIn, login: str, scheme: str) -> None:
    page = sign_in(login, color_scheme=scheme, language="sq" if scheme == "dark" else "en")
    troubles = [trouble for address in _pages(page, login) for trouble in barriers(page, address)]
    assert not troubles, "\n".join(troubles)


@pytest.mark.parametrize("login", PAGES)
def test_pages_fit_a_phone(sign_in: SignIn, login: str) -> None:
    page = sign_in(login, width=PHONE)
    wide = too_wide(page, _pages(page, login))
    assert not wide, "\n".join(wide)
