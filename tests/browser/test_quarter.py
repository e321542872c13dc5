"""The whole quarter in a real browser: reported, sent back for one field, corrected, accepted, locked, adopted."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import SignIn


def _write_entries(page: Page) -> str:
    """Follow what is still missing until nothing is, as the focal point would; answers the code of the first activity."""
    page.goto("/")
    page.get_by_role("link", name=re.compile("Report on your activities")).click()
    first = page.locator("table").first.locator("tbody a.code").first.inner_text()
    while page.get_by_text("Choose the status.").count():
        page.locator("li", has_text="Choose the status.").first.get_by_role("link").click()
        page.get_by_label("on track").check()
        page.get_by_label("What was done").fill("Two meetings were held with the regional offices.")
        page.get_by_label("Plan for the next half-year").fill("Finish the draft by October.")
        page.get_by_role("button", name="Save", exact=True).click()
        expect(page.get_by_text("Saved.").first).to_be_visible()
        page.get_by_role("link", name="Back to the return").click()
    return first


def test_quarter(sign_in: SignIn) -> None:
    focal, office = sign_in("focal_point.mfa"), sign_in("coordinator")

    first = _write_entries(focal)
    expect(focal.get_by_text("The return can be submitted")).to_be_visible()
    focal.get_by_role("link", name="Submit").click()
    focal.get_by_role("button", name="Submit").click()
    expect(focal.locator("main")).to_contain_text("has been submitted")
    address = focal.url

    office.goto("/")
    office.get_by_role("link", name=re.compile("Ministry of Foreign Affairs")).first.click()
    office.get_by_text(re.compile(f"^Send back.*{re.escape(first)} what was done", re.IGNORECASE)).first.click()
    office.get_by_label(re.compile(f"What is to be corrected: {re.escape(first)} what was done", re.IGNORECASE)).fill(
        "Please name the offices."
    )
    office.get_by_role("button", name="Send back with these reasons").click()
    expect(office.locator("main")).to_contain_text("has been sent back")

    focal.goto(address)
    expect(focal.locator("main")).to_contain_text("Please name the offices.")
    focal.get_by_role("link", name=first, exact=True).first.click()
    focal.get_by_label("What was done").fill("Two meetings were held with the offices of Vlorë and Korçë.")
    focal.get_by_role("button", name="Save", exact=True).click()
    focal.goto(address)
    focal.get_by_role("link", name="Submit").click()
    focal.get_by_role("button", name="Submit").click()

    office.goto(address)
    office.get_by_role("link", name="Review").click()
    expect(office.locator("main")).to_contain_text("Vlorë and Korçë")
    office.get_by_role("button", name="Accept").click()
    expect(office.locator("main")).to_contain_text("has been accepted")

    _lock_and_adopt(office, sign_in("national_coordinator"))

    focal.goto(address)
    expect(focal.locator("main")).to_contain_text("The round is locked")


def _lock_and_adopt(office: Page, head: Page) -> None:
    office.goto("/reporting/rounds/")
    office.get_by_role("link", name=re.compile("second quarter of 2009", re.IGNORECASE)).click()
    office.get_by_role("link", name="Lock the round").click()
    office.get_by_label(re.compile("Lock the round without")).check()
    office.get_by_role("button", name="Lock the round").click()
    expect(office.locator("main")).to_contain_text("has been locked")
    office.goto("/reporting/reports/")
    office.get_by_role("button", name="Make the report").first.click()
    expect(office.locator("main")).to_contain_text("Decisions asked of the Committee")
    report = office.url

    head.goto(report)
    head.get_by_role("link", name="Record the adoption").click()
    head.get_by_label("Adopted by").select_option(
        label="State Committee for the Fight against Trafficking in Human Beings"
    )
    head.get_by_label("Number of the decision").fill("7")
    head.get_by_label("Date of the decision").fill("2009-07-06")
    head.get_by_role("button", name="Adopt and freeze").click()
    expect(head.locator("main")).to_contain_text("Frozen as adopted")
    with head.expect_download() as download:
        head.get_by_role("link", name="PDF English").click()
    assert download.value.path().read_bytes().startswith(b"%PDF")
