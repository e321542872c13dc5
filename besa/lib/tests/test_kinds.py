"""One file is one thing, of an allowed kind, of a bearable size."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import docx
import openpyxl
import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from besa.lib.files import kinds
from besa.lib.files.caps import CAPS, Caps, NotTaken
from besa.lib.files.words import WORDS, refusal

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


def document() -> bytes:
    out = io.BytesIO()
    docx.Document().save(out)
    return out.getvalue()


def sheet() -> bytes:
    out = io.BytesIO()
    openpyxl.Workbook().save(out)
    return out.getvalue()


def picture(form: str = "PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (20, 10), "red").save(out, form)
    return out.getvalue()


def with_part(data: bytes, name: str, content: bytes = b"x", **rest: int) -> bytes:
    out = io.BytesIO(data)
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content, **rest)
    return out.getvalue()


def examined(name: str, data: bytes, caps: Caps = CAPS) -> str:
    return kinds.examine(io.BytesIO(data), name, caps)


def outcome(name: str, data: bytes) -> str:
    """The media type, or the reason against the file."""
    try:
        return examined(name, data)
    except NotTaken as refused:
        return refused.code


def code(name: str, data: bytes, caps: Caps = CAPS) -> str:
    with pytest.raises(NotTaken) as refused:
        examined(name, data, caps)
    return refused.value.code


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", PDF), ("A.PDF", PDF), ("a.docx", document()), ("a.xlsx", sheet()), ("a.png", picture()),
        ("a.jpg", picture("JPEG")), ("a.jpeg", picture("JPEG")), ("a.txt", "Tiranë".encode()), ("a.csv", b"a;b\n"),
        ("a.txt", b"a < b and <b>bold</b> are only signs"),
    ],
)  # fmt: skip
def test_what_is_taken(name: str, data: bytes) -> None:
    assert examined(name, data) == kinds.MEDIA_TYPES[kinds.ending_of(name)]


@pytest.mark.parametrize(
    ("name", "data", "why"),
    [
        ("a.exe", b"MZ", "type"), ("a", PDF, "type"), ("a.pdf.exe", PDF, "type"), ("a.docm", document(), "type"),
        ("a.pdf", b"", "empty"), ("a.pdf", b" " + PDF, "content"), ("a.pdf", picture(), "content"),
        ("a.docx", sheet(), "content"), ("a.docx", b"PK\x03\x04 broken" * 9, "two_in_one"), ("a.txt", b"a\0b", "content"),
        ("a.png", picture("JPEG"), "content"), ("a.jpg", picture("GIF"), "content"), ("a.txt", PDF, "content"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "type"),
        ("a.docx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99, "content"),
        ("a.png", picture() + document(), "two_in_one"), ("a.jpg", picture("JPEG") + document(), "two_in_one"),
        ("a.pdf", PDF + document(), "two_in_one"), ("a.png", picture() + b"more", "two_in_one"),
        ("a.jpg", picture("JPEG")[:20] + PDF + picture("JPEG")[20:], "two_in_one"),
        ("a.jpg", picture("JPEG")[:20] + b"<script>" + picture("JPEG")[20:], "two_in_one"),
        ("a.docx", document() + b"more", "two_in_one"), ("a.docx", document() + picture(), "two_in_one"),
        ("a.txt", b"hello <ScRipt>alert(1)</script>", "two_in_one"), ("a.txt", b"x\n<!DOCTYPE html>", "two_in_one"),
        ("a.csv", b"a;<svg onload=x>", "two_in_one"), ("a.txt", b" text " + PDF, "two_in_one"),
        ("a.docx", with_part(document(), "word/vbaProject.bin"), "active"),
        ("a.xlsx", with_part(sheet(), "xl/macrosheets/sheet1.xml"), "active"),
        ("a.docx", with_part(document(), "word/activeX/activeX1.xml"), "active"),
        ("a.docx", with_part(document(), "word/embeddings/o.bin", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(99)), "active"),
        ("a.docx", with_part(document(), "word/media/a.png", b"MZ" + bytes(99)), "active"),
        ("a.docx", with_part(document(), "../../etc/passwd"), "two_in_one"),
        ("a.docx", with_part(document(), "WORD/DOCUMENT.XML"), "two_in_one"),
        ("a.docx", with_part(document(), "a.lzma", b"x", compress_type=zipfile.ZIP_LZMA), "two_in_one"),
    ],
)  # fmt: skip
def test_what_is_refused_and_why(name: str, data: bytes, why: str) -> None:
    assert code(name, data) == why


def test_bombs_are_refused_before_they_are_unpacked() -> None:
    zeros = with_part(document(), "word/media/zeros.bin", bytes(30 * 1024 * 1024))
    assert code("a.docx", zeros) == "expanded"
    assert code("a.docx", document(), replace(CAPS, expanded=1000)) == "expanded"
    assert code("a.docx", document(), replace(CAPS, entries=3)) == "entries"
    assert code("a.txt", b"x" * 11, replace(CAPS, line=10)) == "line"
    assert code("a.pdf", PDF, replace(CAPS, size=10)) == "size"


def test_documents_within_documents_are_counted() -> None:
    once = with_part(document(), "word/embeddings/a.xlsx", sheet())
    assert examined("a.docx", once)
    assert code("a.docx", with_part(document(), "word/embeddings/a.docx", once)) == "nesting"


def test_overlapping_and_locked_parts_are_refused() -> None:
    data = bytearray(document())
    first = data.index(b"PK\x01\x02")
    second = data.index(b"PK\x01\x02", first + 4)
    locked = bytearray(data)
    locked[first + 8] |= 1
    assert code("a.docx", bytes(locked)) == "encrypted"
    data[second + 42 : second + 46] = struct.pack("<L", 0)  # the second part lies where the first does
    assert code("a.docx", bytes(data)) == "two_in_one"


@given(
    data=st.binary(max_size=400),
    ending=st.sampled_from([*kinds.ENDINGS, ".exe", ""]),
    head=st.sampled_from([b"", b"PK\x03\x04", PDF]),
)
def test_nothing_breaks_the_check(data: bytes, ending: str, head: bytes) -> None:
    assert outcome(f"x{ending}", head + data) in {*kinds.ALLOWED, *WORDS}


@given(place=st.integers(0, 1 << 20), value=st.integers(0, 255))
def test_no_changed_byte_breaks_the_check_of_an_archive(place: int, value: int) -> None:
    data = bytearray(_DOCUMENT)
    data[place % len(data)] = value
    assert outcome("x.docx", bytes(data)) in {*kinds.ALLOWED, *WORDS}


_DOCUMENT = document()


def test_refusals_are_sentences_in_both_languages() -> None:
    details: dict[str, str | int] = {"limit": 5, "types": "PDF", "ending": ".pdf"}
    for reason in WORDS:
        texts = []
        for language in ("en", "sq"):
            with translation.override(language):
                texts.append(str(refusal(NotTaken(reason, **details))))
        assert texts[0] != texts[1], reason
        assert not any("%(" in text for text in texts)
