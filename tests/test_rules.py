"""The strict rules can fail: each is broken here on purpose."""

from __future__ import annotations

import socket

import pytest
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.test import Client
from django.urls import path
from pytest_django import Settings

from besa.audit import actions as audit
from besa.directory.models import Agency
from besa.lib import clock
from tests.rules import NetworkBlocked, RequestRule, UndefinedVariable


def silent_write(request: HttpRequest) -> HttpResponse:
    Agency.objects.update(note="changed")
    return HttpResponse()


def recorded_write(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        agency = Agency.objects.select_for_update().get()
        Agency.objects.filter(pk=agency.pk).update(note="changed")
        audit.record("agency_edited", agency, by=audit.SYSTEM, at=clock.now())
    return HttpResponse()


def write_beside_its_event(request: HttpRequest) -> HttpResponse:
    with transaction.atomic():
        Agency.objects.update(note="changed")
    with transaction.atomic():
        audit.record("agency_edited", Agency.objects.get(), by=audit.SYSTEM, at=clock.now())
    return HttpResponse()


def undone_write(request: HttpRequest) -> HttpResponse:
    try:
        with transaction.atomic():
            Agency.objects.update(note="changed")
            raise ValueError
    except ValueError:
        return HttpResponse()


def repeated_reads(request: HttpRequest) -> HttpResponse:
    for _ in range(20):
        Agency.objects.get()
    return HttpResponse()


def recorded_look(request: HttpRequest) -> HttpResponse:
    status = int(request.GET["status"])
    with transaction.atomic():
        audit.record("case_not_found", Agency.objects.get(), by=audit.SYSTEM, at=clock.now(), is_reading=True)
    return HttpResponse(status=status)


def silent_look(request: HttpRequest) -> HttpResponse:
    Agency.objects.update(note="looked for")
    return HttpResponse(status=404)


urlpatterns = [
    path(f"{view.__name__}/", view)
    for view in (
        *(silent_write, recorded_write, write_beside_its_event, undone_write, repeated_reads),
        *(recorded_look, silent_look),
    )
]


@pytest.fixture
def client(agency: Agency, settings: Settings) -> Client:
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = []
    return Client()


@pytest.mark.parametrize("view", ["silent_write", "repeated_reads", "recorded_write"])
def test_get_that_writes_or_repeats_itself_fails(client: Client, view: str) -> None:
    with pytest.raises(RequestRule):
        client.get(f"/{view}/")


def test_get_may_record_that_something_was_not_there_and_nothing_else(client: Client) -> None:
    assert client.get("/recorded_look/?status=404").status_code == 404
    with pytest.raises(RequestRule, match="audit_event"):
        client.get("/recorded_look/?status=200")
    with pytest.raises(RequestRule, match="directory_agency"):
        client.get("/silent_look/")


@pytest.mark.parametrize("view", ["silent_write", "write_beside_its_event"])
def test_post_that_writes_without_an_event_in_its_transaction_fails(client: Client, view: str) -> None:
    with pytest.raises(RequestRule, match="directory_agency"):
        client.post(f"/{view}/")


@pytest.mark.parametrize("view", ["recorded_write", "undone_write"])
def test_post_that_records_or_undoes_its_write_passes(client: Client, view: str) -> None:
    assert client.post(f"/{view}/").status_code == 200


@pytest.mark.parametrize("debug", [False, True])
def test_undefined_variable_fails(settings: Settings, debug: bool) -> None:
    settings.DEBUG = debug  # a change of it makes the template engine anew
    template = engines["django"].from_string("{% if nothing %}x{% endif %}{{ there }}")
    assert template.render({"there": "here"}) == "here"
    with pytest.raises(UndefinedVariable, match="there"):
        template.render({})


def test_network_is_blocked() -> None:
    with socket.socket() as sock, pytest.raises(NetworkBlocked):
        sock.connect(("192.0.2.1", 80))
