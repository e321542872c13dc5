"""Who may open what: every address, read and posted to, as every role and as nobody, against the committed table.

A change of rights is a change of `access_matrix.txt`, seen in review. `make matrix` writes it anew.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import Model
from django.template.backends.django import Template as DjangoTemplate
from django.test import Client
from django.urls import reverse
from django.utils.safestring import SafeString
from pytest_django import DjangoDbBlocker

from besa.assistance.models import Referral
from besa.audit.models import Anomaly
from besa.cases.models import (
    Attachment,
    Case,
    Clock,
    Compartment,
    Concern,
    Conference,
    Conflict,
    Consent,
    Custodian,
    Determination,
    Draft,
    Erasure,
    Export,
    Glass,
    Hold,
    Leg,
    Override,
    SavedSearch,
    Share,
    Task,
    TeamMember,
)
from besa.demo import build
from besa.demo.people import DOMAIN
from besa.directory.access import ROLES
from besa.directory.models import Membership, Place, Seat, User
from besa.documents.models import Document
from besa.notices.models import Notice
from besa.plan.models import Activity, Plan
from besa.reporting.models import Entry, Evidence, Reopening, Report, Return, Round
from conftest import ClientOf
from tests.architecture.endpoints import Endpoint, endpoints

pytestmark = pytest.mark.xdist_group("sweep")  # one demonstration for all of them
TABLE = Path(__file__).with_name("access_matrix.txt")
WHO = (*ROLES, "nobody")
SIGNS = {200: ".", 400: "?", 403: "x", 404: "-", 405: "m", 409: "c", 422: "?", 429: "l", 503: "u"}
LEGEND = """\
# Each line: an address, the method, and one sign for each of the following, in this order.
# {who}
# . opens   x refused   - not found   s to sign-in   > onwards   m no such method   ? says what is wrong   c conflict
"""
OWN_AGENCY = "MOLSAEO"  # of the focal point who is asked
PERIOD = "2009Q2"


def _first(model: type[Model], **where: object) -> int:
    """The key of the first such row; 0, which is nobody's key, where there is none."""
    found = model._default_manager.filter(**where).order_by("pk").first()
    return int(found.pk) if found else 0


def _own_entry() -> int:
    return _first(Entry, to__agency__code=OWN_AGENCY, to__round__period=PERIOD)


def _own_return() -> int:
    return _first(Return, agency__code=OWN_AGENCY, round__period=PERIOD)


def _body() -> str:
    return Seat.objects.order_by("pk")[0].body.code


def _case() -> Case:
    """A running case that the municipality leads."""
    rows = Case.objects.filter(opened_by__user__email=f"municipality@{DOMAIN}", state="active", conflicts=None)
    return rows.order_by("opened_at", "number")[0]


def _part(model: type[Model]) -> object:
    """The key of a part of that case, or of the first one of its kind; a key that is nobody's where there is none."""
    rows = model._default_manager.order_by(
        *(model._meta.ordering or ()), "pk"
    )  # keys are random: the order in time is not
    found = rows.filter(case=_case()).first() or rows.first()
    return found.pk if found else UUID(int=0)


def _referral() -> object:
    """The key of the first referral to the shelter of the cast."""
    return Referral.objects.filter(to_agency__code="VATRA").order_by("offered_at", "number")[0].pk


def _export(state: str) -> object:
    """The key of the oldest export in the state."""
    return Export.objects.filter(state=state).order_by("asked_at")[0].pk


def _first_key(model: type[Model]) -> object:
    """The random key of the oldest such row; a key that is nobody's where there is none."""
    found = model._default_manager.order_by(*reversed(model._meta.ordering or ())).first()
    return found.pk if found else UUID(int=0)


REPORT_PAGES = ("report_page", "report_check", "report_send", "report_discard", "report_compare", "report_hand_over")
CONCERN_PAGES = ("concern", "read_concern", "take_concern", "close_concern")
CONFERENCE_PAGES = ("conference", "read_conference", "record_conference", "cancel_conference", "print_minutes")

REFERRAL_PAGES = ("referral", "accept", "decline", "finish", "revoke", "message")
PROVIDER_PAGES = ("provider", "edit_provider", "set_places", "accredit", "address")

# How an argument of an address is filled: by the page and the argument, else by the argument.
ARGUMENTS: dict[str, Callable[[], object]] = {
    "plan": lambda: Plan.objects.get().code,
    "identifier": lambda: Activity.objects.order_by("position")[0].identifier,
    "agency": lambda: OWN_AGENCY,
    "number": lambda: 1,
    **{f"assistance:{page} number": lambda: _case().number for page in ("refer", "hand_over")},
    "period": lambda: PERIOD,
    "language": lambda: "en",
    "format": lambda: "xlsx",
    "uidb36": lambda: "0",
    "key": lambda: "nothing",
    "directory:agency code": lambda: OWN_AGENCY,
    "directory:agency_edit code": lambda: OWN_AGENCY,
    "directory:place code": lambda: Place.objects.order_by("pk")[0].code,
    "directory:body code": _body,
    "directory:seat_add code": _body,
    "directory:seat_end pk": lambda: _first(Seat),
    "directory:membership pk": lambda: _first(Membership, user__email=f"donor@{DOMAIN}"),
    "directory:approve pk": lambda: _first(Membership, state="proposed"),
    "directory:refuse pk": lambda: _first(Membership, state="proposed"),
    "directory:end pk": lambda: _first(Membership, user__email=f"donor@{DOMAIN}"),
    **{
        f"directory:{page} pk": lambda: _first(User, email=f"donor@{DOMAIN}")
        for page in ("account", "close_account", "ask_reopening", "decide_reopening")
    },
    "directory:send_password_link pk": lambda: _first(Membership, user__email=f"donor@{DOMAIN}"),
    "plan:annexed kind": lambda: "law",
    "plan:version_file kind": lambda: "json",
    "reporting:report pk": lambda: _first(Report),
    "reporting:report_file pk": lambda: _first(Report),
    "reporting:request_decisions pk": lambda: _first(Report),
    "reporting:adopt pk": lambda: _first(Report),
    "reporting:round pk": lambda: _first(Round, period=PERIOD),
    "reporting:lock_round pk": lambda: _first(Round, period=PERIOD),
    "reporting:ask_reopening pk": lambda: _first(Round, state="locked"),
    "reporting:decide_reopening pk": lambda: _first(Reopening),
    "reporting:entry pk": _own_entry,
    "reporting:add_evidence pk": _own_entry,
    "reporting:remove_evidence pk": lambda: _first(Evidence),
    **{f"assessments:{page} code": lambda: "border" for page in ("instrument", "try_out", "sheet")},
    "assessments:sheet format": lambda: "pdf",
    "documents:document pk": lambda: _first(Document),
    "documents:download pk": lambda: _first(Document),
    "notices:mark_read pk": lambda: _first(Notice, to__user__email=f"coordinator@{DOMAIN}"),
    **{
        f"cases:{page} pk": lambda: _part(Glass)
        for page in ("glass", "glass_words", "second", "end_glass", "review_glass")
    },
    "cases:end_team_member pk": lambda: _part(TeamMember),
    "cases:end_share pk": lambda: _part(Share),
    "cases:end_conflict pk": lambda: _part(Conflict),
    "cases:determination_correct pk": lambda: _part(Determination),
    "cases:appeal_lodge pk": lambda: _part(Determination),
    "cases:appeal_decide pk": lambda: UUID(int=0),
    "cases:leg_remove pk": lambda: _part(Leg),
    "cases:move_clock pk": lambda: _part(Clock),
    "cases:move_clock verb": lambda: "extend",
    "cases:withdraw_consent pk": lambda: _part(Consent),
    **{f"cases:{page} pk": lambda: _part(Override) for page in ("override", "decide_override", "review_override")},
    "cases:end_task pk": lambda: _part(Task),
    "cases:end_task verb": lambda: "done",
    **{f"cases:{page} pk": lambda: _part(Conference) for page in CONFERENCE_PAGES},
    "cases:decide_hold pk": lambda: _part(Hold),
    "cases:decide_hold verb": lambda: "confirm",
    "cases:decide_erasure pk": lambda: _part(Erasure),
    "cases:propose_custodian pk": lambda: _first(Compartment),
    "cases:decide_custodian pk": lambda: _first(Custodian),
    "cases:decide_custodian verb": lambda: "approve",
    "cases:attachment_read pk": lambda: _part(Attachment),
    "cases:attachment_read part": lambda: "copy",
    "cases:export pk": lambda: _export("asked"),
    "cases:export_decide pk": lambda: _export("asked"),
    "cases:export_download pk": lambda: _export("approved"),
    **{f"cases:{page} pk": lambda: _first_key(Draft) for page in REPORT_PAGES},
    "cases:report_page slug": lambda: "age",
    **{f"cases:{page} pk": lambda: _first_key(Concern) for page in CONCERN_PAGES},
    "cases:remove_search pk": lambda: _first(SavedSearch),
    "cases:decide_match pk": lambda: UUID(int=0),
    "cases:decide_match verb": lambda: "different",
    "cases:unlink pk": lambda: UUID(int=0),
    **{f"cases:{page} pk": lambda: UUID(int=0) for page in ("ask_undoing", "decide_merge")},
    "cases:decide_merge verb": lambda: "confirm",
    **{f"assistance:{page} pk": _referral for page in REFERRAL_PAGES},
    **{f"assistance:{page} code": lambda: "vatra-house" for page in PROVIDER_PAGES},
    "statistics:measure code": lambda: "victims_identified",
    "audit:anomaly pk": lambda: _first(Anomaly),
    "audit:answer pk": lambda: _first(Anomaly),
    "mfa_edit_webauthn pk": lambda: 0,
    "mfa_remove_webauthn pk": lambda: 0,
    "end_session pk": lambda: 0,
}
ARGUMENTS |= {f"{end.name} number": lambda: _case().number for end in endpoints() if end.name.startswith("cases:")}
ARGUMENTS |= {
    f"reporting:{page} pk": _own_return
    for page in (
        *("return", "grid", "return_print", "save_summary", "submit", "review", "accept", "return_form"),
        "return_upload",
    )
}


def _value(end: Endpoint, argument: str) -> object:
    return (ARGUMENTS.get(f"{end.name} {argument}") or ARGUMENTS[argument])()


def address(end: Endpoint) -> str:
    """The address with the demonstration's things in it."""
    return reverse(end.name, kwargs={name: _value(end, name) for name in end.arguments})


@pytest.fixture(scope="module")
def demonstration(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The demonstration, once for all roles, and gone afterwards: its data, and the keys of its files."""
    with django_db_blocker.unblock(), undone():
        list(build.build(settings.COUNTRY, date(2009, 7, 6)))
        yield


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written meanwhile, to the data and to the keystore, is taken back."""
    with transaction.atomic(), transaction.atomic(using="keystore"):
        yield
        transaction.set_rollback(True)
        transaction.set_rollback(True, using="keystore")


def sign(client: Client, method: str, path: str) -> str:
    """One sign for what the address answers; whatever the call has done, to the session too, is undone."""
    cookies = {name: morsel.value for name, morsel in client.cookies.items()}
    with undone():
        response = getattr(client, method.lower())(path)
    client.cookies.clear()
    client.cookies.load(cookies)
    cache.clear()
    if 300 <= response.status_code < 400:
        return "s" if "/account/login/" in response["Location"] else ">"
    return SIGNS.get(response.status_code, "!")


def lines() -> list[tuple[Endpoint, str]]:
    """Each page once, at the first of its addresses: rights are declared on the page."""
    pages = {(end.name, frozenset(end.arguments) - {"plan"}): end for end in reversed(endpoints())}
    return [(end, method) for end in reversed(pages.values()) for method in ("GET", "POST")]


def committed() -> dict[tuple[str, str], str]:
    """(route, method) -> the signs, in the order of WHO."""
    rows = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {(row[0], row[1]): row[-1] for row in rows}


@pytest.fixture
def quick_pages(who: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who gets in is settled before a page is written: write pages for one role only."""
    if who != "coordinator":
        monkeypatch.setattr(DjangoTemplate, "render", lambda self, context=None, request=None: SafeString(""))


def column(who: str, client_of: ClientOf) -> dict[tuple[str, str], str]:
    """What each address answers to one of WHO."""
    client = Client()
    if who != "nobody":
        client = client_of(Membership.objects.get(user__email=f"{who}@{DOMAIN}"))
    return {(end.route, method): sign(client, method, address(end)) for end, method in lines()}


@pytest.mark.parametrize("who", WHO)
def test_each_address_answers_each_role_as_the_table_says(
    who: str, demonstration: None, db: None, quick_pages: None, client_of: ClientOf
) -> None:
    found = column(who, client_of)
    if os.environ.get("BESA_WRITE_MATRIX"):
        _write(who, found)
        return
    place = WHO.index(who)
    expected = {key: signs[place] for key, signs in committed().items()}
    different = {key: (expected.get(key), sign) for key, sign in found.items() if expected.get(key) != sign}
    assert different == {}, "(said, found); if this is meant, run `make matrix` and look at its difference"
    assert expected.keys() == found.keys()
    assert "!" not in found.values(), "an address is broken"


def _write(who: str, found: dict[tuple[str, str], str]) -> None:
    """Put one column into the table; the first one begins it anew."""
    old = committed() if TABLE.exists() and WHO.index(who) else {}
    width = max(len(route) for route, _ in found)
    rows = []
    for (route, method), mark in found.items():
        rows.append(f"{f'{route} {method}':{width + 5}} {old.get((route, method), '')}{mark}")
    TABLE.write_text(LEGEND.format(who=" ".join(WHO)) + "\n".join(rows) + "\n")
