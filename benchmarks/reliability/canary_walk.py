"""The walk of `canaries`: everything that takes personal data is given canaries, by the pages that people use and by broken requests.

What stands in the clear by design gets none: names of staff and agencies, codes of compartments, the recipient of an export.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import Any

from benchmarks.reliability import canary_files
from benchmarks.reliability.canary_browser import CSRF, Answer, Browser, Stopped
from benchmarks.reliability.canary_forms import forms_of, links_of
from benchmarks.reliability.canary_search import Planter
from benchmarks.reliability.canary_world import HOST, World

FORM = "application/x-www-form-urlencoded"
LINK = re.compile(r"https://[^/]+(/account/password/\S+)")
SESSION = "__Host-sessionid"
READ = re.compile(r"/(?:read|reasons|tasks|story|reports|refusals)/$")  # acts that show more forms and change nothing
CONSENT = """
import sys, django
from besa.lib.process import begin
begin(["besa", "prepare"])
django.setup()
from datetime import timedelta
from besa.cases.actions.consents import give_consent
from besa.cases.models import Case
from besa.lib import clock
now, case = clock.now(), Case.objects.get(number=sys.argv[1])
give_consent(
    case=case, purpose="assistance", recipient=None, groups=["names", "contacts"], given_as="best_interests", form="",
    language="", given_on=now.date(), until_at=now + timedelta(days=30), by=case.opened_by, at=now,
)
"""


def code_of(secret: str) -> str:
    """What the authenticator app shows now (RFC 6238)."""
    counter = int(time.time()) // 30
    digest = hmac.new(base64.b32decode(secret), counter.to_bytes(8, "big"), hashlib.sha1).digest()
    place = digest[-1] & 15
    return f"{(int.from_bytes(digest[place : place + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


@dataclass
class Walk:
    """People of the staff at their work, with canaries in place of what they would write."""

    world: World
    plant: Planter
    people: dict[str, Browser] = field(default_factory=dict)
    forms: set[str] = field(default_factory=set)  # found on pages and filled, beside those that are known here
    errors: int = 0  # answers that said that something broke

    @cached_property
    def tomorrow(self) -> str:
        return str((datetime.now(UTC) + timedelta(days=2)).date())

    # --- at the door

    def stranger(self) -> Browser:
        browser = Browser(self.world.port, self.world.folder / "addresses" / "all")
        browser.get("/account/login/")
        return browser

    def by(self, role: str) -> Browser:
        """The person with the role, signed in; the first time she sets her password and adds an app."""
        if role not in self.people:
            self.people[role] = self._enrolled(role)
        return self.people[role]

    def _enrolled(self, role: str) -> Browser:
        browser, email = self.stranger(), self._email(role)
        link = self._link(email)
        form = browser.get(link, expected=302).header("location")
        browser.get(form)
        password = self.plant.word("password")
        browser.post(form, {"password1": password, "password2": password})
        browser.get("/account/login/")
        browser.post("/account/login/", {"login": email, "password": password})
        secret = self._app(browser)
        browser.post("/account/2fa/app/", {"code": code_of(secret)})
        self._learn_session(browser)
        browser.get("/account/2fa/codes/")
        return browser

    def _app(self, browser: Browser) -> str:
        found = re.search(r"<code>([A-Z2-7]{16,})</code>", browser.get("/account/2fa/app/").text)
        if found is None:
            raise Stopped("no secret of an app was shown")
        return self.plant.learned(found[1], "secret of an app")

    def _learn_session(self, browser: Browser) -> None:
        for name, value in browser.cookies.items():
            if name != CSRF and len(value) >= 16:
                self.plant.learned(value, "key of a session" if name == SESSION else "cookie")

    def _email(self, role: str) -> str:
        return next(
            f"{name}.{code.lower()}@example.org"
            for name, code, _kind in (word.split(":") for word in self.world.staff)
            if name == role
        )

    def _link(self, email: str) -> str:
        for mail in sorted((self.world.folder / "mails").iterdir()):
            text = mail.read_bytes().replace(b"=\r\n", b"").replace(b"=3D", b"=").decode()
            if email in text and (found := LINK.search(text)):
                return found[1]
        raise Stopped(f"no link was mailed to {email}")

    def failed_sign_ins(self) -> None:
        """A stranger's and a colleague's: wrong addresses, wrong passwords, wrong codes."""
        word = self.plant
        browser = self.stranger()
        browser.post(
            "/account/login/", {"login": word.mail("failed sign-in"), "password": word.word("failed password")}, 200
        )
        known = {"login": self._email("municipality"), "password": word.albanian("failed password")}
        browser.post("/account/login/", known, 200)
        browser.post("/account/login/", {"login": word.albanian("login that is no address"), "password": "x"}, 200)
        worker = self.by("municipality")
        sent = {"code": word.word("code of an app")}
        worker.post("/account/2fa/reauthenticate/", sent, 0)
        changed = {
            "oldpassword": word.word("old password"),
            "password1": word.word("new password"),
            "password2": word.word("new password"),
        }
        worker.post("/account/password/change/", changed, 0)

    # --- a case

    def identity(self, where: str) -> dict[str, str]:
        """A form of an identity, each free field filled."""

        def word(what: str) -> str:
            return self.plant.word(what + where)

        def albanian(what: str) -> str:
            return self.plant.albanian(what + where)

        phone = self.plant.phone
        rows = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "20"}
        person = {
            "surname": albanian("surname"), "given_names": word("given names"), "father_name": word("father's name"),
            "birth_date": "1994", "birth_place": albanian("place of birth"), "sex": "female", "citizenships": "ALB",
            "registration": "unknown",
        }  # fmt: skip
        parts = {
            "aliases": {"kind": "nickname", "surname": word("alias"), "given_names": albanian("alias")},
            "papers": {"kind": "passport", "country": "ALB", "number": self.plant.paper("paper" + where)},
            "contacts": {
                "kind": "phone", "value": phone("telephone" + where), "is_safe": "unknown", "hours": word("safe hours"),
                "caution": albanian("caution"),
            },
            "languages": {"code": "sq", "level": "mother"},
            "guardians": {"kind": "parent", "name": albanian("guardian"), "contact": phone("guardian's contact" + where)},
        }  # fmt: skip
        person |= {f"{name}-{key}": value for name in parts for key, value in rows.items()}
        return person | {f"{name}-0-{key}": value for name, fields in parts.items() for key, value in fields.items()}

    def open_case(self) -> str:
        """Refused, grown by a row, broken off by an error of the server, and opened; gives the number."""
        worker, word = self.by("municipality"), self.plant
        worker.get("/cases/open/")
        facts = {"kind": "victim", "is_child": "doubt", "place": ""}
        wrong = self.identity(", refused") | {
            "birth_date": word.word("date that is none"),
            "citizenships": word.word("country that is none"),
        }
        worker.post("/cases/open/", facts | wrong | {"summary": word.sentence("summary, refused")}, 422)
        grown = {"more": "papers", "summary": word.sentence("summary, unfinished")}
        worker.post("/cases/open/", facts | self.identity(", unfinished") | grown, 200)
        with self.world.broken("people_person"):
            sent = facts | self.identity(", server error") | {"summary": word.sentence("summary, server error")}
            self._breaks(worker.post("/cases/open/", sent, 0))
        return self.open_simply()

    def open_simply(self) -> str:
        """Opened and read again; gives the number."""
        worker, shown = self.by("municipality"), self.identity("")
        worker.get("/cases/open/")
        facts = {"kind": "victim", "is_child": "doubt", "place": "", "summary": self.plant.sentence("summary")}
        number = worker.post("/cases/open/", facts | shown).header("location").split("/")[2]
        page = worker.post(f"/cases/{number}/reveal/", {"purpose": "assistance"}, 200).text
        if shown["surname"] not in page or shown["contacts-0-value"] not in page:
            raise Stopped("what was put in is not what is shown")
        return number

    def _breaks(self, answer: Answer) -> None:
        if answer.status not in (500, 503):
            raise Stopped(f"the server was to break and answered {answer.status}")
        self.errors += 1

    def write(self, number: str) -> None:
        """Notes, facts, a corrected identity, conflicts of two writers, texts that are refused."""
        worker, word, case = self.by("municipality"), self.plant, f"/cases/{number}/"
        worker.get(f"{case}notes/add/")
        worker.post(f"{case}notes/add/", {"text": word.sentence("note")})
        worker.post(f"{case}notes/add/", {"text": word.albanian("note that is too long") * 800}, 422)
        worker.post(f"{case}notes/add/", {"text": f"\0{word.word('note with a control character')}"}, 422)
        with self.world.broken("cases_note"):
            self._breaks(worker.post(f"{case}notes/add/", {"text": word.sentence("note, server error")}, 0))
        worker.post(f"{case}read/", {}, 200)
        version = self._version(worker.post(f"{case}edit/", {}, 200))
        facts = {"is_child": "yes", "place": ""}
        worker.post(f"{case}edit/", facts | {"summary": word.sentence("summary, edited"), "version": version})
        worker.post(f"{case}edit/", facts | {"summary": word.sentence("summary, in conflict"), "version": version}, 409)
        worker.post(
            f"{case}edit/", facts | {"summary": "", "version": version, "place": word.word("place of a list")}, 422
        )
        version = self._version(worker.post(f"{case}identity/", {"purpose": "assistance"}, 200))
        sent = {"purpose": "assistance", "version": version}
        worker.post(f"{case}identity/", self.identity(", corrected") | sent)
        worker.post(f"{case}identity/", self.identity(", in conflict") | sent, 409)
        worker.post(f"{case}reveal/", {"purpose": word.word("purpose of a list")}, 409)
        worker.post(f"{case}move/", {"verb": word.word("verb of a list")}, 409)

    def _version(self, answer: Answer) -> str:
        found = re.search(r'name="version"[^>]*value="(\d+)"', answer.text) or re.search(
            r'value="(\d+)"[^>]*name="version"', answer.text
        )
        if found is None:
            raise Stopped("the form has no version")
        return found[1]

    def search(self) -> None:
        """By person, by number, in lists; also what no field takes."""
        worker, word = self.by("municipality"), self.plant
        worker.get("/cases/find/")
        asked = {
            "purpose": "contact",
            "surname": word.albanian("searched surname"),
            "given": word.word("searched given name"),
        }
        worker.post(
            "/cases/find/",
            asked
            | {"birth_year": "1994", "paper": word.paper("searched paper"), "phone": word.phone("searched telephone")},
            200,
        )
        worker.post("/cases/find/", asked | {"birth_year": word.word("searched year, no number")}, 422)
        worker.post("/cases/find/", {"number": word.word("number field")}, 422)
        worker.post("/cases/find/", {"number": word.phone("number field")}, 422)
        worker.post("/cases/find/", {"purpose": "contact", "surname": word.albanian("surname alone")}, 422)
        with self.world.broken("audit_event"):
            sent = {"purpose": "contact", "paper": word.paper("searched paper, server error")}
            self._breaks(worker.post("/cases/find/", sent, 0))

    # --- files

    def attach(self, number: str, kinds: tuple[str, ...]) -> None:
        """Files with canaries in content, metadata, title and name; refused ones, and one that meets a broken server."""
        worker, word, path = self.by("municipality"), self.plant, f"/cases/{number}/attachments/add/"
        worker.get(path)
        for kind in kinds:
            made = canary_files.MAKERS[kind](word)
            name = f"{word.albanian(f'name of a {kind}')}.{kind}"
            worker.post(path, {"title": word.sentence(f"title of a {kind}")}, 302, file=(name, made))
        program = b"MZ" + word.word("content of a program").encode() * 400
        worker.post(
            path, {"title": word.word("title, refused")}, 422, file=(f"{word.word('name, refused')}.exe", program)
        )
        wrong = b"%PDF-1.7 " + word.word("content of a broken PDF").encode() * 400
        worker.post(path, {"title": word.word("title, broken")}, 422, file=(f"{word.word('name, broken')}.pdf", wrong))
        with self.world.broken("cases_attachment"):
            made = canary_files.text(word)
            sent = {"title": word.word("title, server error")}
            self._breaks(worker.post(path, sent, 0, file=(f"{word.word('name, server error')}.txt", made)))
        self._cut_off(worker, path)
        listed = worker.post(f"/cases/{number}/attachments/", {}, 200)
        for link in re.findall(rf"/cases/{number}/attachments/[0-9a-f-]+/\w+/", listed.text):
            worker.post(link, {}, 200)

    def _cut_off(self, browser: Browser, path: str) -> None:
        """A connection that ends in the middle of a file."""
        name, content = self.plant.word("name, cut off"), self.plant.word("content, cut off").encode() * 20_000
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}.txt"\r\nContent-Type: text/plain\r\n\r\n'
        cookies = "; ".join(f"{key}={value}" for key, value in browser.cookies.items())
        self._raw(
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.7\r\nCookie: {cookies}\r\n"
            f"Content-Type: multipart/form-data; boundary=x\r\nContent-Length: {len(content) * 2}\r\n\r\n{head}".encode()
            + content
        )

    def _raw(self, data: bytes) -> None:
        with socket.create_connection(("127.0.0.1", self.world.port), timeout=30) as opened:
            opened.sendall(data)

    # --- what others do

    def glass(self, number: str) -> None:
        """Broken, refused for want of words, met by a broken server, reviewed."""
        police, word, path = self.by("police"), self.plant, "/cases/glass/break/"
        police.get(path)
        sent = {"number": number, "reason": "danger"}
        police.post(
            path,
            sent | {"number": word.word("number of the glass"), "words": word.sentence("reason of glass, refused")},
            422,
        )
        police.post(
            path, sent | {"reason": word.word("reason of a list"), "words": word.word("reason of glass, refused")}, 422
        )
        with self.world.broken("cases_glass"):
            self._breaks(police.post(path, sent | {"words": word.sentence("reason of glass, server error")}, 0))
        police.post(path, sent | {"words": word.sentence("reason of glass")})
        police.post(f"/cases/{number}/reveal/", {"purpose": "emergency"}, 200)
        officer = self.by("data_protection")
        opened = re.search(r"/cases/glass/[0-9a-f-]{36}/", officer.get("/cases/glass/").text)
        if opened is None:
            raise Stopped("the opening is not listed")
        officer.get(opened[0])
        officer.post(f"{opened[0]}words/", {}, 200)
        officer.post(f"{opened[0]}review/", {"finding": word.word("finding of a list")}, 422)
        officer.post(f"{opened[0]}review/", {"finding": "justified"})

    def share(self, number: str) -> None:
        """Shared with a house, which opens it and writes; a member of the team; a conflict of interest."""
        worker, word, case = self.by("municipality"), self.plant, f"/cases/{number}/"
        self.world.python(CONSENT, number)
        house = self._choice(worker.get(f"{case}share/"), "agency", "House")
        sent = {"agency": house, "purpose": "assistance", "groups": ["names", "contacts"], "until": self.tomorrow}
        worker.post(f"{case}share/", sent | {"until": word.word("day that is none")}, 422)
        worker.post(f"{case}share/", sent | {"agency": word.word("agency of a list")}, 422)
        worker.post(f"{case}share/", sent)
        shelter = self.by("shelter")
        shelter.post(f"{case}reveal/", {"purpose": "assistance"}, 200)
        shelter.post(f"{case}notes/add/", {"text": word.sentence("note of another institution")})
        police = self._choice(worker.get(f"{case}team/add/"), "membership", "Police Force")
        worker.post(f"{case}team/add/", {"membership": police, "until": self.tomorrow})
        worker.post(f"{case}conflict/", {"user": word.word("person of a list"), "reason": "family"}, 422)
        authority = self._choice(worker.get(f"{case}conflict/"), "user", "Responsible_Authority Office")
        worker.post(f"{case}conflict/", {"user": authority, "reason": "family"})

    def _choice(self, answer: Answer, name: str, words: str) -> str:
        listed = re.search(rf'(?s)<select[^>]*name="{name}".*?</select>', answer.text)
        found = re.search(rf'<option value="(\w+)"[^>]*>\s*{words}', listed[0]) if listed else None
        if found is None:
            raise Stopped(f"no {words} among the choices of {name}")
        return found[1]

    def export(self, number: str) -> None:
        """Asked, approved, fetched: the file is sealed to its recipient. And the statement for the person, in each form."""
        worker, word, officer = self.by("municipality"), self.plant, self.by("data_protection")
        worker.get("/cases/exports/ask/")
        sent = {"groups": ["names", "birth", "contacts"], "purpose": "assistance", "recipient": "Court", "kind": "xlsx"}
        sent |= {"numbers": number, "recipient_key": self.world.recipient}
        worker.post("/cases/exports/ask/", sent | {"numbers": f"{number} {word.word('numbers of an export')}"}, 422)
        worker.post("/cases/exports/ask/", sent | {"recipient_key": word.word("key of a recipient")}, 422)
        asked = worker.post("/cases/exports/ask/", sent).header("location")
        officer.get(asked)
        officer.post(f"{asked}decide/", {"decision": "approve"})
        worker.post(f"{asked}download/", {}, 200)
        for form in ("page", "pdf", "docx"):
            officer.post(f"/cases/{number}/statement/", {"format": form, "language": "sq"}, 200)
        officer.post(f"/cases/{number}/statement/", {"format": word.word("format of a list")}, 404)

    def watch(self) -> None:
        """The auditor and the administrators search people in lists; the words stay in their sessions."""
        word = self.plant
        for role, path, name in (("auditor", "/audit/", "actor"), ("user_admin", "/directory/memberships/", "q")):
            browser = self.by(role)
            browser.get(path)
            browser.post(path, {name: word.albanian("word of a list's search")})
            browser.get(f"{path}?export=csv")
            browser.get(f"{path}?export=xlsx")
        self.by("auditor").get("/audit/anomalies/")

    def erase(self, number: str) -> None:
        """A hold put on and lifted by two, then the erasure, by two."""
        worker, officer, case = self.by("municipality"), self.by("data_protection"), f"/cases/{number}/"
        worker.post(f"{case}hold/", {"reason": self.plant.word("reason of a list")}, 422)
        worker.post(f"{case}hold/", {"reason": "court"})
        hold = self._part(officer.get(case), "hold")
        officer.post(f"{hold}confirm/", {})
        worker.post(f"{hold}ask-lifting/", {})
        officer.post(f"{hold}lift/", {})
        worker.post(f"{case}move/", {"verb": "close", "closing": "withdrawn"})
        worker.post(f"{case}erasure/", {"reason": "wish"})
        officer.post(self._part(officer.get(case), "erasure"), {"answer": "erase"})

    def _part(self, answer: Answer, kind: str) -> str:
        found = re.search(rf"/cases/[\w-]+/{kind}/[0-9a-f-]{{36}}/", answer.text)
        if found is None:
            raise Stopped(f"no {kind} is shown")
        return found[0]

    def every_form(self, number: str) -> None:
        """Whatever else a page of the case leads to: each form with free fields is filled and sent, right or wrong."""
        for role in ("municipality", "data_protection", "shelter", "police"):
            browser = self.by(role)
            elsewhere = set(links_of(browser.get("/").body.decode()))
            page = browser.get(f"/cases/{number}/", expected=0).body.decode()
            for path in (f"/cases/{number}/", *(link for link in links_of(page) if link not in elsewhere)):
                self._fill(browser, path, browser.get(path, expected=0))

    def _fill(self, browser: Browser, path: str, answer: Answer) -> None:
        """Send the forms of a page with canaries in their free fields; look at what an act of reading shows."""
        if answer.status != 200 or "html" not in answer.header("content-type"):
            return
        for form in forms_of(answer.body.decode()):
            action = form.action or path
            if form.free:
                where = re.sub(r"[0-9a-f-]{36}|\b\w{4}-\w{4}-\w\b", "…", action)
                browser.post(action, form.filled(self.plant, where, self.tomorrow), expected=0)
                self.forms.add(where)
            elif READ.search(action) and action != path:
                self._fill(browser, action, browser.post(action, form.values, expected=0))

    # --- requests that no browser sends

    def malformed(self, number: str) -> None:
        """Texts that reach the server and no form: without the form's secret, too large, in no known shape, at an unknown address."""
        worker, word, path = self.by("municipality"), self.plant, f"/cases/{number}/notes/add/"
        secret = f"csrfmiddlewaretoken={worker.cookies[CSRF]}&"
        bodies: list[tuple[str, str, str, str]] = [
            ("without the secret", "POST", FORM, f"text={word.word('without the secret')}"),
            ("too large", "POST", FORM, f"{secret}text=" + word.word("too large") * 300_000),
            ("too many fields", "POST", FORM, secret + f"{word.word('too many fields')}=1&" * 6_000),
            ("no shape", "POST", "multipart/form-data; boundary=x", f"--y\r\n{word.word('no shape')}"),
            ("no boundary", "POST", "multipart/form-data", word.word("no boundary")),
            ("JSON", "POST", "application/json", f'{{"text": "{word.word("JSON")}"}}'),
            ("another method", "PUT", FORM, f"text={word.word('another method')}"),
        ]
        for what, method, kind, body in bodies:
            answer = worker.send(method, path, body.encode(), kind)
            if answer.status < 400 and what != "JSON":
                raise Stopped(f"{what}: {answer.status}")
        # an address and a host that somebody types by mistake: the log of Besa must not have them
        worker.send("GET", f"/cases/{word.word('mistyped address')}/", is_noted=False)
        for broken in (
            f"GET / HTTP/1.1\r\nHost: {word.word('mistyped host')}.example.org\r\n\r\n",
            f"GET /{word.word('broken line')} HTTP/9.9\r\n\r\n",
            f"{word.word('broken method')} / HTTP/1.1\r\nHost: {HOST}\r\n\r\n",
            f"GET / HTTP/1.1\r\nHost: {HOST}\r\n{word.word('broken header')}\r\n\r\n",
        ):
            self._raw(broken.encode())
        with self.world.broken("directory_attempts"):
            sent = {"login": word.mail("sign-in, server error"), "password": word.word("password, server error")}
            self._breaks(self.stranger().post("/account/login/", sent, 0))

    def steps(self, *, is_whole: bool) -> list[Callable[[str], Any]]:
        """What is done with each case, in order."""
        kinds = tuple(canary_files.MAKERS) if is_whole else ("docx",)
        return [
            self.write,
            lambda _number: self.search(),
            lambda number: self.attach(number, kinds),
            self.glass,
            *([self.share, self.export, lambda _number: self.watch(), self.every_form] if is_whole else []),
            self.malformed,
        ]
