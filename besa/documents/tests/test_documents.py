"""Documents: what is taken, where it lies, who may open it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from besa.audit.models import Event
from besa.directory.models import Agency, Membership
from besa.documents import actions, queries, rules, store
from besa.documents.models import Document
from besa.lib import clock
from besa.lib.files import kinds
from besa.lib.refusal import Refused
from conftest import ClientOf, MakeMember

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
Add = Callable[..., Document]


@pytest.fixture
def folder(settings: Settings, tmp_path: Path) -> Path:
    settings.DOCUMENTS_DIR = tmp_path
    return tmp_path


@pytest.fixture
def add(folder: Path) -> Add:
    def adding(by: Membership, data: bytes = PDF, name: str = "minutes.pdf", **fields: Any) -> Document:
        values: dict[str, Any] = {
            "kind": "minutes", "number": "7", "title": "Minutes", "dated_on": date(2009, 6, 1), "language": "sq",
            "issuer": by.agency,
        }  # fmt: skip
        return actions.add(file=SimpleUploadedFile(name, data), by=by, at=clock.now(), **(values | fields))

    return adding


def office(kind: str) -> bytes:
    out = io.BytesIO()
    if kind == "docx":
        docx.Document().save(out)
    elif kind == "xlsx":
        openpyxl.Workbook().save(out)
    elif kind in ("odt", "ods"):
        media = {"odt": "text", "ods": "spreadsheet"}[kind]
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{media}")
            archive.writestr("content.xml", "<x/>")
    else:
        out.write(
            {"jpg": b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "png": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"}[kind]
            + bytes(64)
        )
    return out.getvalue()


@pytest.mark.parametrize("kind", ["docx", "xlsx", "odt", "ods", "jpg", "png"])
def test_allowed_files_are_known_by_content(kind: str) -> None:
    media = store.sniff(SimpleUploadedFile(f"x.{kind}", office(kind)))
    assert f".{kind}" in kinds.ALLOWED[media]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("x.pdf", b"MZ\x90\x00 a program"),
        ("x.exe", b"MZ\x90\x00 a program"),
        ("x.pdf", office("png")),
        ("x.docx", office("xlsx")),
        ("x.html", b"<script>alert(1)</script>"),
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("x.txt", b"text\x00with a zero"),
        ("x.csv", office("png")),
        ("x.zip", office("docx")),
        ("noending", PDF),
        ("x.docx", b"PK\x03\x04 broken"),
        ("x.pdf", b""),
    ],
)
def test_other_files_are_refused_and_leave_nothing(folder: Path, name: str, data: bytes) -> None:
    with pytest.raises(Refused):
        store.put(SimpleUploadedFile(name, data))
    assert list(folder.rglob("*")) == []


def test_macros_are_refused() -> None:
    out = io.BytesIO(office("docx"))
    with zipfile.ZipFile(out, "a") as archive:
        archive.writestr("word/vbaProject.bin", b"macro")
    with pytest.raises(Refused, match="a macro"):
        store.sniff(SimpleUploadedFile("x.docx", out.getvalue()))


@pytest.mark.parametrize("data", ["Qarku;Numri\nTiranë;7\n".encode(), "Tiranë".encode("cp1252")])
def test_tables_in_old_and_new_encodings_are_taken(data: bytes) -> None:
    assert store.sniff(SimpleUploadedFile("x.csv", data)) == "text/csv"


@given(data=st.binary(max_size=300), ending=st.sampled_from(["pdf", "docx", "png", "csv", "txt", "odt"]))
def test_no_content_breaks_the_check(data: bytes, ending: str) -> None:
    with contextlib.suppress(Refused):
        store.sniff(SimpleUploadedFile(f"x.{ending}", data))


def test_size_is_capped(folder: Path, settings: Settings) -> None:
    settings.DOCUMENT_MAX_BYTES = 10
    with pytest.raises(Refused, match="larger"):
        store.put(SimpleUploadedFile("x.pdf", PDF))


def test_document_lies_under_its_hash_and_is_recorded(add: Add, folder: Path, make_member: MakeMember) -> None:
    member = make_member("focal_point")
    document = add(member)
    digest = hashlib.sha256(PDF).hexdigest()
    assert (folder / digest[:2] / digest).read_bytes() == PDF
    assert (document.sha256, document.size, document.media_type) == (digest, len(PDF), "application/pdf")
    assert Event.objects.get(verb="document_added").object_id == str(document.pk)
    assert add(member).pk == document.pk
    other = add(member, title="The same paper under another title")
    assert other.pk != document.pk
    assert len([path for path in folder.rglob("*") if path.is_file()]) == 1


def test_bytes_go_when_the_transaction_fails(
    add: Add, folder: Path, make_member: MakeMember, monkeypatch: pytest.MonkeyPatch
) -> None:
    member = make_member("focal_point")

    def fail(*args: Any, **kwargs: Any) -> None:
        raise RuntimeError

    with monkeypatch.context() as patch:
        patch.setattr("besa.audit.actions.record", fail)
        with pytest.raises(RuntimeError):
            add(member)
    assert not Document.objects.exists()
    assert not [path for path in folder.rglob("*") if path.is_file()]
    kept = add(member)
    with monkeypatch.context() as patch:
        patch.setattr("besa.audit.actions.record", fail)
        with pytest.raises(RuntimeError):
            add(member, title="another")
    assert store.path_of(kept.sha256).exists(), "bytes that another document names stay"


def test_tidy_removes_old_orphans_only(add: Add, folder: Path, make_member: MakeMember) -> None:
    document = add(make_member("focal_point"))
    orphan, young = store.put(SimpleUploadedFile("a.txt", b"a")), store.put(SimpleUploadedFile("b.txt", b"b"))
    for sha in (document.sha256, orphan.sha256):
        os.utime(store.path_of(sha), (0, 0))
    call_command("tidy_documents")
    assert [store.path_of(sha).exists() for sha in (document.sha256, orphan.sha256, young.sha256)] == [
        True,
        False,
        True,
    ]


def test_who_may_open(add: Add, make_member: MakeMember, client_of: ClientOf, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Agency.objects.create(code="MOJ", name_en="Justice", name_sq="Drejtësia", kind="ministry")
    owner, colleague, stranger = make_member("focal_point"), make_member("rcat"), make_member("focal_point", other)
    document = add(owner)
    page = f"/documents/{document.pk}/"
    for member in (owner, colleague):
        answer = client_of(member).get(f"{page}file/")
        assert b"".join(answer.streaming_content) == PDF  # type: ignore[attr-defined]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"] == 'attachment; filename="minutes.pdf"'
    for path in (page, f"{page}file/", "/documents/99999/"):
        assert client_of(stranger).get(path).status_code == 404
    assert document.title not in client_of(stranger).get("/documents/").content.decode().partition("<tbody")[2]
    assert client_of(make_member("donor")).get(page).status_code == 403
    guards = [lambda member, document: member.agency == other]
    monkeypatch.setattr(rules, "hooked", lambda name: guards)
    assert client_of(stranger).get(page).status_code == 200
    assert rules.may_open(make_member("donor", other), document) is False, "no guard opens what the role forbids"


def test_hand_in_by_page(folder: Path, make_member: MakeMember, client_of: ClientOf) -> None:
    member = make_member("focal_point")
    client = client_of(member)
    form = {"kind": "minutes", "title": "Minutes of June", "dated_on": "2009-06-30", "language": "sq", "number": ""}
    wrong = client.post("/documents/add/", form | {"file": SimpleUploadedFile("x.pdf", b"MZ")}).content.decode()
    assert "not what its name says" in wrong
    assert "Minutes of June" in wrong
    answer = client.post("/documents/add/", form | {"file": SimpleUploadedFile("../../x.pdf", PDF)})
    document = Document.objects.get()
    assert answer.headers["Location"] == f"/documents/{document.pk}/"
    assert (document.file_name, document.issuer) == ("x.pdf", member.agency)
    assert "Minutes of June" in client.get("/documents/", {"q": "MINUTES"}).content.decode()
    assert client.get(f"/documents/{document.pk}/").status_code == 200
    store.path_of(document.sha256).unlink()
    assert client.get(f"/documents/{document.pk}/file/").status_code == 404


def test_list_asks_few_questions(
    add: Add, make_member: MakeMember, client_of: ClientOf, django_assert_max_num_queries: Any
) -> None:
    member = make_member("focal_point")
    for number in range(30):
        add(member, number=str(number))
    client = client_of(member)
    client.get("/documents/")
    with django_assert_max_num_queries(9):
        assert client.get("/documents/").status_code == 200
    assert queries.listed(member).count() == 30
