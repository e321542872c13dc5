"""ASVS V5: files that people hand in."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from besa.documents.models import Document
from conftest import ClientOf, MakeMember

SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><html><script>alert(1)</script></html>"
NAMES = ["../../etc/cron.d/x.txt", "..\\..\\x.txt", "/etc/passwd.txt", 'a"; filename="b.exe.txt', "ë ç 文.txt"]


@pytest.fixture
def office(make_member: MakeMember, client_of: ClientOf, settings: Settings, tmp_path: Path) -> Client:
    settings.DOCUMENTS_DIR = tmp_path / "documents"
    return client_of(make_member("coordinator"))


def hand_in(client: Client, name: str, data: bytes, media: str = "text/plain") -> Document | None:
    form = {"kind": Document.Kind.values[0], "number": "1", "title": "T", "dated_on": "2009-07-01", "language": "en"}
    client.post("/documents/add/", form | {"file": SimpleUploadedFile(name, data, media)})
    return Document.objects.order_by("-pk").first()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.svg", SVG),
        ("a.png", SVG),
        ("a.html", HTML),
        ("a.htm", HTML),
        ("a.pdf", HTML),
        ("a.js", b"alert(1)"),
        ("a.xml", b"<a/>"),
    ],
)
def test_files_that_can_carry_scripts_are_refused(name: str, data: bytes, office: Client) -> None:
    assert hand_in(office, name, data, "image/svg+xml") is None


@pytest.mark.parametrize("name", NAMES)
def test_a_name_with_a_path_leads_nowhere(name: str, office: Client, settings: Settings, tmp_path: Path) -> None:
    document = hand_in(office, name, b"harmless")
    assert document
    assert "/" not in document.file_name
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [document.sha256]
    assert files[0].is_relative_to(settings.DOCUMENTS_DIR)


@pytest.mark.parametrize("name", [*NAMES, "a\r\nSet-Cookie: x=1.txt", "a.html"])
def test_a_document_is_served_as_a_download_that_cannot_run(name: str, office: Client) -> None:
    document = hand_in(office, "a.txt", b"alert(1)")
    assert document
    Document.objects.update(file_name=name)
    answer = office.get(f"/documents/{document.pk}/file/", {"name": "other.html", "filename": "other.html"})
    said = answer["Content-Disposition"]
    answer.close()
    assert said.startswith("attachment; filename")
    assert "other.html" not in said
    assert re.fullmatch(r"attachment; filename(=\"(?:[^\"\\\r\n]|\\.)*\"|\*=utf-8''[\w%.~-]+)", said), said
    assert (answer["Content-Type"].split(";")[0], answer["X-Content-Type-Options"]) == ("text/plain", "nosniff")
    assert "Set-Cookie" not in answer.headers


def test_uploads_lie_where_no_address_leads(office: Client, settings: Settings) -> None:
    document = hand_in(office, "a.txt", b"harmless")
    assert document
    assert not settings.MEDIA_URL.strip("/"), "nothing is served from a folder of uploads"
    assert not Path(settings.DOCUMENTS_DIR).is_relative_to(settings.STATIC_ROOT)
    for path in (f"/static/{document.sha256}", f"/documents/{document.sha256}", f"/{document.sha256}", "/media/a.txt"):
        assert office.get(path).status_code == 404
    stored = next(path for path in Path(settings.DOCUMENTS_DIR).rglob(document.sha256))
    assert not stored.stat().st_mode & 0o111, "not a program"
