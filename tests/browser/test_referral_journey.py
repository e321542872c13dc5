"""From the border post to the shelter in a real browser: a child is reported, one shelter declines, the next accepts and only then learns
the name; after the period of reflection the Responsible Authority decides, and the police find the figure in their return.
"""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import uuid
from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Server, SignIn, free_port

AFTER_REFLECTION = "2009-09-30"
SURNAME = "Zogjani"
MESSAGE = "She has not slept for two nights."
NAMED = re.compile(SURNAME)

# What the officer answers on each page: radio buttons and boxes to tick, lists to choose from, words to write.
TICKED: dict[str, list[str]] = {
    "age": ["is_child=yes"],
    "how": ["channel=border"],
    "reach": ["reach=cross_border"],
    "present": ["present=social_worker"],
    "seen-age": ["age=under_18"],
    "seen-alone": ["alone=other"],
    "needs": ["needs=shelter", "needs=psychological"],
    "risk": ["risk=high"],
    "rights": ["informed=yes"],
    "guardian": ["guardian=no", "is_informed=on"],
    "status": ["status=presumed"],
}
CHOSEN = {
    "age": {"age_group": "12_17"},
    "where": {"crossing": "BCP-KAKAVIJE"},
    "language": {"language": "sq"},
    "status": {"form": "forced_begging"},
    "about": {"sex": "female"},
}
WRITTEN = {
    "name": {"surname": SURNAME, "given_names": "Mimoza"},
    "about": {"birth_date": "1994", "citizenships": "ALB"},
    "words": {"words": "She was told to beg in the square and to bring the money to a man in a car."},
}


@pytest.fixture(scope="module")
def server(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """A copy of the demonstration: this journey goes into another quarter, which the other tests do not expect."""
    var = tmp_path_factory.mktemp("journey") / "var"
    shutil.copytree(server.var, var, ignore=shutil.ignore_patterns("*.sqlite3*", "server.log"))
    for database in server.var.glob("*.sqlite3"):
        with closing(sqlite3.connect(database)) as old, closing(sqlite3.connect(var / database.name)) as new:
            old.backup(new)
    url = f"http://localhost:{free_port()}"
    return Server(url, var, {**server.env, "BESA_VAR": str(var), "BESA_BASE_URL": url})


def _answer(page: Page) -> None:
    """Answer the page that is open. Signs of the screening that are not named above get their first answer."""
    slug = page.url.rstrip("/").rsplit("/", 1)[1]
    for answer in TICKED.get(slug, []):
        name, value = answer.split("=")
        page.locator(f"main input[name='{name}']:is([value='{value}'], :not([value]))").check()
    for name, value in CHOSEN.get(slug, {}).items():
        page.locator(f"main select[name='{name}']").select_option(value)
    for name, value in WRITTEN.get(slug, {}).items():
        page.locator(f"main [name='{name}']").fill(value)
    if slug == "guardian":
        page.locator("main select[name=unit]").select_option(index=1)
    if slug.startswith("seen-") and slug not in TICKED and page.locator("main input[type=radio]").count():
        page.locator("main input[type=radio]").first.check()
    page.locator(".report-acts button").first.click()


def _report(officer: Page) -> str:
    """Report the child, one page in Albanian; answers the number of the case."""
    officer.goto("/cases/reports/")
    officer.get_by_role("button", name="Begin a report").click()
    officer.wait_for_url("**/age/")  # a click does not wait for the page that it leads to
    pages = 0
    while "/check/" not in officer.url:
        address = officer.url
        if address.endswith("/seen-age/"):
            officer.get_by_role("button", name="Shqip").click()
            expect(officer.locator("h1")).to_have_text("Sa vjeç duket fëmija?")
        _answer(officer)
        expect(officer).not_to_have_url(address)
        expect(officer.locator(".report-child")).to_be_visible()
        if address.endswith("/seen-age/"):
            officer.get_by_role("button", name="English").click()
            # else the next answer is given to the page that is about to go
            expect(officer.locator("html")).to_have_attribute("lang", "en")
        pages += 1
    assert pages > 15
    expect(officer.locator("main")).to_contain_text("Kakavijë")
    officer.get_by_role("button", name="Send the report").click()
    expect(officer.locator("main")).to_contain_text("Call the child protection unit")
    return officer.locator(".number-card .code").inner_text()


def _refer(officer: Page, house: str) -> str:
    """Choose whom to ask and send; answers the address of the referral."""
    officer.get_by_role("button", name="Who could help?").click()
    officer.locator(f"#to-{house}").check()
    officer.get_by_label("Names").check()
    officer.get_by_label("Message to who accepts").fill(MESSAGE)
    officer.get_by_role("button", name="Send the referral").click()
    expect(officer.locator("#messages")).to_contain_text("The institution sees the needs, and no name.")
    return officer.url


def _finds_no_name(shelter: Page, referral: str, case: str) -> None:
    """Who is asked reads what is needed, and finds neither the name nor the case nor the message."""
    shelter.goto("/referrals/")
    expect(shelter.locator("main")).not_to_contain_text(NAMED)
    shelter.goto(referral)
    expect(shelter.locator("main")).to_contain_text("safe accommodation")
    assert SURNAME not in shelter.content()
    assert case not in shelter.content()
    expect(shelter.get_by_role("button", name="Read the message")).to_have_count(0)
    assert shelter.goto(f"/cases/{case}/").status == 404  # type: ignore[union-attr]
    shelter.goto(referral)


def _open_identity(page: Page, purpose: str) -> None:
    page.get_by_label("Open it, why?").select_option(label=purpose)
    page.get_by_role("button", name="Open the identity").click()
    expect(page.locator("main")).to_contain_text(SURNAME)


def _readings(server: Server, *things: str) -> list[tuple[str, str, str]]:
    """Who has read what of the things, and for which purpose, as the record of events has it, in its order."""
    query = (
        "SELECT u.email, e.verb, e.purpose FROM audit_event e"
        " JOIN directory_membership m ON e.actor = 'membership:' || m.id JOIN directory_user u ON u.id = m.user_id"
        " WHERE e.object_id IN (SELECT value FROM json_each(?)) AND (e.verb LIKE '%read' OR e.verb LIKE '%revealed')"
        " ORDER BY e.at, e.id"
    )
    with closing(sqlite3.connect(server.var / "besa.sqlite3")) as database:
        rows = database.execute(query, [json.dumps(things)]).fetchall()
    return [(email.removesuffix("@demo.besa"), verb, purpose) for email, verb, purpose in rows]


def _key(server: Server, number: str) -> str:
    with closing(sqlite3.connect(server.var / "besa.sqlite3")) as database:
        (found,) = database.execute("SELECT id FROM cases_case WHERE number = ?", [number]).fetchone()
    return str(uuid.UUID(found))


def _counted(server: Server) -> dict[str, int]:
    """The figure of the quarter for the police, by status."""
    said = json.loads(
        server.besa("measure", "victims_at_border", "--period", "2009Q3", "--by", "status", "--agency", "ASP", "--json")
    )
    return {cell["codes"]["status"]: int(cell["value"]) for cell in said["cells"]}


def _until_the_shelter(server: Server, sign_in: SignIn) -> str:
    """On 6 July: reported, declined, accepted. Answers the number of the case."""
    officer = sign_in("border_police")
    number = _report(officer)
    officer.get_by_role("link", name="Refer the person").click()
    first = _refer(officer, "reception-linze")

    authority = sign_in("responsible_authority")
    authority.goto("/cases/")
    authority.get_by_role("link", name=number).click()
    expect(authority.locator("main")).to_contain_text("presumed victim")
    expect(authority.locator("main")).to_contain_text("You do not open the identity of this case.")

    centre = sign_in("shelter.nrcvt")
    _finds_no_name(centre, first, number)
    centre.get_by_text("Decline").first.click()
    centre.get_by_label("no free place").check()
    centre.get_by_role("button", name="Decline").click()
    expect(centre.locator("#messages")).to_contain_text("Declined.")

    officer.goto(first)
    officer.get_by_role("link", name="Choose the next provider").click()
    second = _refer(officer, "vizion-house")
    shelter = sign_in("shelter.tjeter-vizion")
    _finds_no_name(shelter, second, number)
    shelter.get_by_role("button", name="Accept").click()
    expect(shelter.locator("#messages")).to_contain_text("Accepted.")
    shelter.get_by_role("button", name="Read the message").click()
    expect(shelter.locator("main")).to_contain_text(MESSAGE)
    shelter.goto(f"/cases/{number}/")
    expect(shelter.locator("main")).not_to_contain_text(NAMED)
    _open_identity(shelter, "to give a service")
    assert centre.goto(f"/cases/{number}/").status == 404  # type: ignore[union-attr]

    things = [_key(server, number), first.rstrip("/").rsplit("/", 1)[1], second.rstrip("/").rsplit("/", 1)[1]]
    assert _readings(server, *things) == [
        ("shelter.tjeter-vizion", "referral_read", ""),
        ("shelter.tjeter-vizion", "identity_revealed", "assistance"),
    ]
    return number


def _decide(authority: Page, number: str) -> None:
    """The formal decision after the period of reflection."""
    authority.goto(f"/cases/{number}/")
    authority.get_by_role("link", name="Decide whether she is a victim").click()
    authority.locator("input[name=status][value=identified]").check()
    authority.get_by_label("On what it rests").select_option("formal_interview")
    authority.get_by_role("button", name="Record the decision").click()
    expect(authority.locator("#messages")).to_contain_text("The decision is in the status log.")


def test_from_the_border_post_to_the_shelter(server: Server, sign_in: SignIn) -> None:
    before = _counted(server)
    with server.running():
        number = _until_the_shelter(server, sign_in)

    later = replace(server, env={**server.env, "BESA_TODAY": AFTER_REFLECTION})
    later.besa("tick_clocks")
    with later.running():
        authority = sign_in("responsible_authority")
        _decide(authority, number)
        after = _counted(later)
        for status in ("presumed", "identified"):
            assert after[status] == before.get(status, 0) + 1
        later.besa("open_round", "2009Q3")
        later.besa("count_indicators", "2009Q3")

        police = sign_in("focal_point.asp")
        police.goto("/")
        police.get_by_role(
            "link", name=re.compile("Report on your activities.*(2009Q3|third quarter)", re.IGNORECASE)
        ).click()
        police.get_by_role("link", name=re.compile(r"II\.2\.\(c\)")).first.click()
        expect(police.locator("main")).to_contain_text("Counted from the records")
        police.get_by_role("link", name="Victims found at the border").click()
        expect(police.locator("main")).to_contain_text("not for you")
        assert number not in police.content()
        authority.goto(police.url)
        authority.get_by_role("link", name=number).click()
        expect(authority.locator("main")).to_contain_text("identified victim")
