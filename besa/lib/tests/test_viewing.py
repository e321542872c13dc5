"""The copy that people view shows what the original shows and tells nothing else."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, replace
from typing import Any

import docx
import openpyxl
import pypdf
import pytest
from PIL import Image
from pypdf.generic import (
    ArrayObject,
    ContentStream,
    DecodedStreamObject,
    DictionaryObject,
    NameObject,
    NumberObject,
    StreamObject,
)

from besa.lib.files import pdf_inline, sandbox
from besa.lib.files.caps import CAPS, Caps, NotTaken
from besa.lib.files.sandbox import Limits
from besa.lib.tests import canaries


def viewed(name: str, data: bytes, caps: Caps = CAPS) -> bytes:
    arguments = {"name": name, "caps": asdict(caps)}
    return sandbox.run("besa.lib.files.viewing:view", [data], arguments=arguments).body


def reason(name: str, data: bytes, caps: Caps = CAPS) -> str:
    with pytest.raises(NotTaken) as refused:
        viewed(name, data, caps)
    return refused.value.code


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("a.jpg", canaries.jpeg), ("a.png", canaries.png), ("a.pdf", canaries.pdf), ("a.docx", canaries.word),
        ("a.xlsx", canaries.excel), ("a.odt", canaries.open_document), ("a.ods", lambda: canaries.open_document("spreadsheet")),
    ],
)  # fmt: skip
def test_no_canary_remains(name: str, make: Callable[[], bytes]) -> None:
    data = make()
    assert canaries.carries(data), "the original carries it"
    assert not canaries.carries(viewed(name, data))


def test_a_picture_is_turned_and_bare() -> None:
    with Image.open(io.BytesIO(viewed("a.jpg", canaries.jpeg(6)))) as copy:
        assert copy.size == (20, 40)
        red, blue = copy.getpixel((10, 5)), copy.getpixel((10, 35))
        assert isinstance(red, tuple)
        assert isinstance(blue, tuple)
        assert red[0] > 200 > 60 > red[2]
        assert blue[2] > 200 > 60 > blue[0]
        assert not copy.getexif()
        assert set(copy.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
    with Image.open(io.BytesIO(viewed("a.png", canaries.png()))) as copy:
        assert copy.info == {}


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16"])
def test_every_kind_of_picture_keeps_its_points(mode: str) -> None:
    out = io.BytesIO()
    original = Image.new(mode, (7, 5), 1)
    original.save(out, "PNG")
    with Image.open(io.BytesIO(viewed("a.png", out.getvalue()))) as copy:
        assert copy.size == (7, 5)
        assert copy.convert("RGBA").tobytes() == original.convert("RGBA").tobytes()


def test_moving_huge_and_broken_pictures_are_refused() -> None:
    out = io.BytesIO()
    Image.new("RGB", (9, 9)).save(out, "PNG", save_all=True, append_images=[Image.new("RGB", (9, 9), "red")])
    assert reason("a.png", out.getvalue()) == "animated"
    assert reason("a.jpg", canaries.jpeg(), replace(CAPS, pixels=799)) == "pixels"
    assert reason("a.png", canaries.png()[:60]) == "broken"
    bomb = io.BytesIO()
    Image.new("1", (60_000, 60_000)).save(bomb, "PNG")
    assert reason("a.png", bomb.getvalue()) == "pixels"


def test_the_largest_picture_fits() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (8160, 6120)).save(out, "PNG", exif=canaries.exif(), compress_level=1)
    with Image.open(io.BytesIO(viewed("a.png", out.getvalue()))) as copy:
        assert copy.size == (6120, 8160)


def test_a_pdf_keeps_its_pages_and_what_is_drawn_on_them() -> None:
    copy = pypdf.PdfReader(io.BytesIO(viewed("a.pdf", canaries.pdf())))
    page = copy.pages[0]
    assert (page.mediabox.width, page.mediabox.height) == (200, 100)
    assert page.get_contents() is not None
    assert page.images[0].image is not None
    assert page.images[0].image.size == (40, 20)
    remarks = [remark.get_object() for remark in page["/Annots"]]  # type: ignore[attr-defined]
    assert [remark["/Subtype"] for remark in remarks] == ["/Stamp", "/Stamp"], (
        "the field and the text, not links and attachments"
    )
    assert all(b"0 1 0 rg" in remark["/AP"]["/N"].get_data() for remark in remarks)
    assert set(copy.trailer["/Root"].get_object()) == {"/Type", "/Pages"}  # type: ignore[call-overload]
    assert copy.metadata is None or "/Author" not in copy.metadata


def locked() -> bytes:
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(canaries.pdf()))
    writer.encrypt("", algorithm="RC4-128")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def test_locked_long_and_broken_pdf_are_refused() -> None:
    writer = pypdf.PdfWriter()
    for _ in range(3):
        writer.add_blank_page(9, 9)
    out = io.BytesIO()
    writer.write(out)
    assert reason("a.pdf", out.getvalue(), replace(CAPS, pages=2)) == "pages"
    assert reason("a.pdf", canaries.pdf(), replace(CAPS, objects=5)) == "objects"
    assert reason("a.pdf", canaries.pdf(), replace(CAPS, pixels=10)) == "pixels"
    assert reason("a.pdf", locked()) == "encrypted"
    assert reason("a.pdf", b"%PDF-1.7\n%%EOF") == "broken"


def test_older_revisions_of_a_pdf_are_gone() -> None:
    writer = pypdf.PdfWriter(io.BytesIO(canaries.pdf()), incremental=True)
    writer.add_metadata({"/Author": "somebody else"})
    out = io.BytesIO()
    writer.write(out)
    copy = viewed("a.pdf", out.getvalue())
    assert copy.count(b"%%EOF") == 1
    assert b"somebody else" not in copy


def test_a_text_document_reads_the_same() -> None:
    copy = docx.Document(io.BytesIO(viewed("a.docx", canaries.word())))
    texts = [paragraph.text for paragraph in copy.paragraphs]
    assert texts[0] == "The visible statement"
    assert all(word in "".join(copy.element.body.itertext()) for word in ("added", "result", "simple", "link"))
    assert len(copy.inline_shapes) == 1


def test_a_workbook_reads_the_same_without_formulas() -> None:
    book = openpyxl.load_workbook(io.BytesIO(viewed("a.xlsx", canaries.excel())))
    sheet = book.active
    assert sheet is not None
    assert (sheet["A1"].value, sheet["B1"].value, sheet["A2"].value, sheet["A3"].value) == ("visible", 5, None, "link")
    assert sheet["A1"].comment is not None
    assert "a visible remark" in sheet["A1"].comment.text


def test_an_open_document_reads_the_same() -> None:
    with zipfile.ZipFile(io.BytesIO(viewed("a.odt", canaries.open_document()))) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        assert set(archive.namelist()) == {"mimetype", "content.xml", "Pictures/a.jpg", "META-INF/manifest.xml"}
        content = archive.read("content.xml").decode()
    assert all(word in content for word in ("visible", "link", "Pictures/a.jpg", ">7<"))
    assert "Object" not in content


@pytest.mark.parametrize(
    "declared",
    [
        '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>',
        '<!DOCTYPE a SYSTEM "file:///etc/passwd">', '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1/x">]>',
    ],
)  # fmt: skip
def test_declarations_in_a_part_are_refused(declared: str) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", f"{declared}<a/>")
    assert reason("a.odt", out.getvalue()) == "active"


def test_deep_and_broken_parts_are_refused() -> None:
    for content, why in (("<a>" * 2000 + "</a>" * 2000, "objects"), ("<a>", "broken"), ("<b:a/>", "broken")):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
            archive.writestr("content.xml", content)
        assert reason("a.odt", out.getvalue()) == why


def test_text_without_control_and_turning_characters() -> None:
    assert viewed("a.txt", "Tiranë\r\nfund\u202egpj.exe\x0c".encode()).decode() == "Tiranë\nfundgpj.exe\n"
    assert viewed("a.txt", "Tiranë".encode("cp1252")).decode() == "Tiranë"


def test_tables_keep_numbers_and_lose_formulas() -> None:
    copy = viewed("a.csv", b'=cmd|x;-5;"+1,5";@SUM(A1)\n-7%;"=1+1",a=b;+ 355 69\n').decode("utf-8-sig")
    assert copy == '\'=cmd|x;-5;"+1,5";\'@SUM(A1)\n-7%;"\'=1+1",a=b;+ 355 69\n'


def test_a_copy_is_taken_again_and_does_not_change_any_more() -> None:
    for name, data in (
        ("a.docx", canaries.word()),
        ("a.xlsx", canaries.excel()),
        ("a.png", canaries.png()),
        ("a.odt", canaries.open_document()),
    ):
        once = viewed(name, data)
        if name != "a.docx" and name != "a.odt":  # these hold a JPEG, which loses a little each time
            assert viewed(name, once) == once
        assert viewed(name, once)


def test_memory_and_time_of_reading_are_bounded() -> None:
    arguments = {"name": "a.png", "caps": asdict(replace(CAPS, pixels=10**10))}
    bomb = io.BytesIO()
    Image.new("L", (40_000, 40_000)).save(bomb, "PNG")
    with pytest.raises(NotTaken) as refused:
        sandbox.run(
            "besa.lib.files.viewing:view", [bomb.getvalue()], arguments=arguments, limits=Limits(cpu=20, wall=30)
        )
    assert refused.value.code in ("memory", "broken", "time")


PACKED: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "bare": ("/DCT", lambda data: data),
    "hidden name": ("/D#43TDecode", lambda data: data),
    "ASCII85": ("[/A85 /DCT]", lambda data: base64.a85encode(data) + b"~>"),
    "hexadecimal": ("[/ASCIIHexDecode /DCTDecode]", lambda data: data.hex().encode() + b">"),
}
PLACES = ("page", "several streams", "form", "glyph")


def inline(packed: str) -> bytes:
    """A drawing with a photograph in its middle, and a green square after it."""
    name, pack = PACKED[packed]
    begin = f"q 40 0 0 20 0 0 cm\nBI /W 40 /H 20 /BPC 8 /CS /RGB /F {name} ID ".encode()
    return begin + pack(canaries.jpeg(1).removesuffix(canaries.CANARY.encode())) + b"\nEI Q\n0 1 0 rg 0 0 9 9 re f"


def with_inline(packed: str, place: str) -> bytes:
    """A PDF that draws it on its page, in two streams of the page, in a form, or as a letter of a font."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(200, 100)
    drawing = DecodedStreamObject()
    drawing.set_data(inline(packed))
    name = NameObject
    if place in ("page", "several streams"):
        streams = [writer._add_object(drawing.flate_encode())] * (1 if place == "page" else 2)
        page[name("/Contents")] = ArrayObject(streams)
    elif place == "form":
        drawing[name("/Subtype")] = name("/Form")
        drawing[name("/BBox")] = ArrayObject([NumberObject(number) for number in (0, 0, 99, 99)])
        forms = DictionaryObject({name("/X"): writer._add_object(drawing)})
        page[name("/Resources")] = DictionaryObject({name("/XObject"): forms})
    else:
        glyphs = DictionaryObject({name("/a"): writer._add_object(drawing)})
        font = DictionaryObject({name("/Subtype"): name("/Type3"), name("/CharProcs"): glyphs})
        page[name("/Resources")] = DictionaryObject({name("/Font"): DictionaryObject({name("/F1"): font})})
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def drawings(data: bytes) -> Iterator[bytes]:
    """Every stream of the file that draws."""
    reader = pypdf.PdfReader(io.BytesIO(data))
    for number in reader.xref[0]:
        found = reader.get_object(number)
        if isinstance(found, StreamObject) and b"0 1 0 rg" in found.get_data():
            yield found.get_data()


@pytest.mark.parametrize("packed", sorted(PACKED))
@pytest.mark.parametrize("place", PLACES)
def test_a_photograph_in_the_middle_of_a_drawing_tells_nothing(packed: str, place: str) -> None:
    data = with_inline(packed, place)
    assert any(canaries.CANARY.encode() in photograph(drawing) for drawing in drawings(data))
    copy = list(drawings(viewed("a.pdf", data)))
    assert copy
    for drawing in copy:
        bare = photograph(drawing)
        assert canaries.CANARY.encode() not in bare
        with Image.open(io.BytesIO(bare)) as picture:
            assert (picture.size, picture.getexif()) == ((40, 20), Image.Exif())
        assert drawing.endswith(b"re\nf\n"), "what is drawn after it stays"


def photograph(drawing: bytes) -> bytes:
    """The JPEG in the middle of a drawing, unpacked."""
    (found,) = [
        pdf_inline._photograph(operands["settings"], operands["data"])
        for operands, operator in operations(drawing)
        if operator == b"INLINE IMAGE"
    ]
    assert found is not None
    return found


def operations(drawing: bytes) -> list[Any]:
    content = ContentStream(None, None)
    content.set_data(drawing)
    return list(content.operations)


def test_a_drawing_without_a_photograph_stays_byte_for_byte() -> None:
    """Also one whose text speaks of one, and one with points that are no JPEG."""
    for drawing in (
        b"BT (BI or not, DCT) Tj ET\n0 1 0 rg",
        b"q BI /W 1 /H 1 /BPC 8 /CS /G ID \x7f EI Q % DCT\n0 1 0 rg",
    ):
        writer = pypdf.PdfWriter()
        page = writer.add_blank_page(9, 9)
        stream = DecodedStreamObject()
        stream.set_data(drawing)
        page[NameObject("/Contents")] = writer._add_object(stream)
        out = io.BytesIO()
        writer.write(out)
        assert list(drawings(viewed("a.pdf", out.getvalue()))) == [drawing]


def test_a_half_photograph_in_a_drawing_is_refused() -> None:
    whole = with_inline("bare", "form")
    photo = canaries.jpeg(1).removesuffix(canaries.CANARY.encode())
    assert photo in whole
    assert reason("a.pdf", whole.replace(photo, photo[:60] + b" " * (len(photo) - 60))) == "broken"
