"""ASVS V2: what a browser would not send is refused all the same."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from besa.directory.models import Agency
from besa.documents.models import Document
from conftest import ClientOf, MakeMember

FORM = {"kind": "order", "number": "1", "title": "Paper", "dated_on": "2009-07-01", "language": "en"}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "anything"),
        ("language", "xx"),
        ("dated_on", "2009-02-30"),
        ("dated_on", "yesterday"),
        ("title", ""),
        ("title", "x" * 201),
        ("number", "x" * 61),
        ("title", "a\x00b"),
    ],
)
def test_a_choice_outside_the_list_is_refused(
    field: str, value: str, make_member: MakeMember, client_of: ClientOf
) -> None:
    client = client_of(make_member("coordinator"))
    form = FORM | {"kind": str(Document.Kind.values[0])}
    file = SimpleUploadedFile("a.txt", b"text", "text/plain")
    answer = client.post("/documents/add/", form | {field: value, "file": file})
    assert answer.status_code == 200
    assert not Document.objects.exists()
    file.seek(0)
    assert client.post("/documents/add/", form | {"file": file}).status_code == 302
    assert Document.objects.get().dated_on == date(2009, 7, 1)


def test_an_agency_of_a_kind_that_is_none_is_refused(
    agency: Agency, make_member: MakeMember, client_of: ClientOf
) -> None:
    client = client_of(make_member("coordinator"))
    form = {"code": "NEW", "name_en": "New", "name_sq": "E re", "kind": "secret service of nowhere"}
    assert client.post("/directory/agencies/add/", form).status_code == 200
    assert not Agency.objects.filter(code="NEW").exists()
