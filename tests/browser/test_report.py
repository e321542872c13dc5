"""A report in a real browser: without a script, and through a lost line, a crash, a second window and signing out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from besa.demo.build import PASSWORD
from tests.browser.conftest import CHROMIUM, Server, SignIn

WORDS = "Zogu i bardhë te lumi i Bunës"  # what nothing on the disk may hold
COUNT = """() => new Promise((done) => {
  const asked = indexedDB.open("kept", 1);
  asked.onupgradeneeded = () => asked.result.createObjectStore("pages", { keyPath: "name" });
  asked.onsuccess = () => {
    const all = asked.result.transaction("pages").objectStore("pages").getAll();
    all.onsuccess = () => { asked.result.close(); done(all.result.map((row) => [row.name, row.box.byteLength])); };
  };
})"""


def begin(page: Page) -> str:
    """Begin a report and say that it is of an adult; gives its address."""
    page.goto("/cases/reports/")
    page.locator("form[action$='/begin/'] button").click()
    page.wait_for_url("**/age/")
    page.locator("input[name=is_child][value=no]").check()
    page.locator("[name=age_group]").select_option("18_24")
    press(page, "Next")
    page.wait_for_url("**/how/")
    return page.url.removesuffix("how/")


def press(page: Page, name: str) -> None:
    page.locator(".report-acts").get_by_role("button", name=name, exact=True).click()


def kept(page: Page) -> list[list[object]]:
    found: list[list[object]] = page.evaluate(COUNT)
    return found


def await_kept(page: Page, number: int) -> None:
    """Wait until so many pages are kept on the device: the script does it a moment after the last key."""
    for _attempt in range(50):
        if len(kept(page)) == number:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{len(kept(page))} pages are kept, and not {number}")


def type_words(page: Page, address: str) -> None:
    """Write into the page of words, and wait until it is kept."""
    page.goto(f"{address}words/")
    ready(page)
    page.fill("[name=words]", WORDS)
    await_kept(page, 1)


def ready(page: Page) -> None:
    expect(page.locator("[data-line]")).to_have_attribute("data-ready", "")


def _guardian(page: Page) -> None:
    page.locator("input[name=guardian][value=no]").check()
    page.locator("[name=unit]").select_option(index=1)
    page.locator("[name=is_informed]").check()


def _nothing(page: Page) -> None:
    """Leave the page as it is."""


WALK: dict[str, Callable[[Page], object]] = {
    "age": lambda page: page.locator("input[name=is_child][value=doubt]").check(),
    "how": lambda page: page.locator("input[name=channel][value=border]").check(),
    "where": lambda page: page.locator("[name=crossing]").select_option(index=1),
    "risk": lambda page: page.locator("input[name=risk][value=high]").check(),
    "rights": lambda page: page.locator("input[name=informed][value=yes]").check(),
    "guardian": _guardian,
    "name": lambda page: page.fill("[name=given_names]", "Lindita"),
    "words": lambda page: page.fill("[name=words]", WORDS),
    "status": lambda page: page.locator("input[name=status][value=presumed]").check(),
}


def test_a_child_is_reported_in_albanian_on_a_phone_without_a_script(sign_in: SignIn) -> None:
    page = sign_in("border_police", width=360, language="sq", java_script_enabled=False)
    page.goto("/cases/reports/")
    page.locator("form[action$='/begin/'] button").click()
    seen = []
    while not page.url.endswith("/check/"):
        slug = page.url.rstrip("/").rsplit("/", 1)[-1]
        assert slug not in seen, page.locator(".error-summary").all_inner_texts()
        seen.append(slug)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, slug
        if slug.startswith("seen-") and page.locator("fieldset.question input").count():
            page.locator("fieldset.question input").first.check()
        WALK.get(slug, _nothing)(page)
        page.locator(".report-acts .btn-primary").click()
    assert "consent" not in seen
    assert "wish" not in seen
    expect(page.locator("main")).to_contain_text(WORDS)
    page.locator("form[action$='/send/'] button").click()
    page.wait_for_url("**/sent/")
    expect(page.locator("main")).to_contain_text("Thirrni njësinë e mbrojtjes së fëmijëve")
    number = page.locator(".number-card .code").inner_text()
    page.get_by_role("link", name="Hap dosjen").click()
    expect(page.locator("h1")).to_have_text(number)


def test_a_lost_line_loses_nothing(sign_in: SignIn) -> None:
    page = sign_in("border_police", width=360)
    address = begin(page)
    type_words(page, address)
    page.context.set_offline(True)
    expect(page.locator("[data-line]")).to_contain_text("There is no line")
    press(page, "Next")
    expect(page.locator("[data-line]")).to_contain_text("goes out as soon as there is one")
    assert page.url.endswith("/words/")
    page.context.set_offline(False)
    page.wait_for_url("**/status/")
    ready(page)
    await_kept(page, 0)
    page.goto(f"{address}words/")
    expect(page.locator("[name=words]")).to_have_value(WORDS)


def test_what_was_typed_comes_back_after_a_reload_and_both_stand_where_another_window_wrote(sign_in: SignIn) -> None:
    page = sign_in("border_police")
    address = begin(page)
    type_words(page, address)
    page.reload()
    expect(page.locator("[data-line]")).to_contain_text("What you had typed is back")
    expect(page.locator("[name=words]")).to_have_value(WORDS)
    other = page.context.new_page()
    other.goto(f"{address}name/")
    ready(other)
    other.goto(f"{address}words/")
    ready(other)
    other.fill("[name=words]", "She came alone.")
    other.evaluate("document.querySelector('form[data-page]').submit()")  # from a device that keeps nothing
    other.wait_for_url("**/status/")
    page.reload()
    expect(page.locator("[data-line]")).to_contain_text("changed elsewhere meanwhile")
    expect(page.locator("[data-line]")).to_contain_text("She came alone.")
    expect(page.locator("[name=words]")).to_have_value(WORDS)


def test_without_a_line_a_page_says_what_is_kept(sign_in: SignIn) -> None:
    page = sign_in("border_police", width=360)
    address = begin(page)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.reload()
    assert page.evaluate("navigator.serviceWorker.controller !== null")
    type_words(page, address)
    page.context.set_offline(True)
    page.goto(f"{address}check/")
    expect(page.locator("h1")).to_have_text("There is no line")
    expect(page.locator("[data-number]")).to_have_text("1")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    stored = page.evaluate(
        "async () => (await (await caches.open('kept-shell')).keys()).map((one) => new URL(one.url).pathname)"
    )
    assert [path for path in stored if not path.startswith("/static/")] == ["/cases/reports/offline/en/"]
    page.context.set_offline(False)
    expect(page.locator("[data-line] a")).to_have_attribute("href", f"{urlsplit(address).path}words/")


def test_signing_out_and_throwing_away_wipe_what_is_kept(sign_in: SignIn) -> None:
    page = sign_in("border_police")
    address = begin(page)
    type_words(page, address)
    page.goto(f"{address}check/")
    ready(page)
    page.locator("form[action$='/discard/'] button").click()
    page.wait_for_url("**/reports/")
    ready(page)
    await_kept(page, 0)
    type_words(page, begin(page))
    page.locator("summary.tool").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/account/login/**")
    await_kept(page, 0)
    assert page.evaluate("caches.keys()") == []


@pytest.fixture
def context(browser: Browser, tmp_path: Path, server: Server) -> BrowserContext:
    """A browser whose profile stands on the disk."""
    flags = ["--no-sandbox", "--disable-gpu"]
    return browser.browser_type.launch_persistent_context(
        str(tmp_path / "profile"), executable_path=CHROMIUM, args=flags, base_url=server.url
    )


def test_nothing_on_the_disk_can_be_read(context: BrowserContext, tmp_path: Path) -> None:
    page = context.new_page()
    page.goto("/account/login/")
    page.fill("input[name=login]", "border_police@demo.besa")
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/")
    address = begin(page)
    page.goto(f"{address}words/")
    key = str(page.locator("[data-line]").get_attribute("data-key"))
    type_words(page, address)
    ((name, length),) = kept(page)
    assert len(str(name)) == 64
    assert length == 512 + 16
    context.close()
    markers = [text.encode(code) for text in ("Zogu i bardh", "Zogu+i+bardh", key) for code in ("utf-8", "utf-16-le")]
    files = [path for path in (tmp_path / "profile").rglob("*") if path.is_file()]
    assert any(str(name).encode() in path.read_bytes() or "IndexedDB" in str(path) for path in files)
    assert [(path, marker) for path in files for marker in markers if marker in path.read_bytes()] == []
