"""Files that carry a canary wherever programs keep what people do not see."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator

import docx
import openpyxl
import pypdf
from openpyxl.comments import Comment
from PIL import Image, ImageCms, PngImagePlugin
from pypdf.generic import (
    ArrayObject,
    DecodedStreamObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
    TextStringObject,
)

CANARY = "Kanarina7391"
_EXIF = {0x010E: CANARY, 0x010F: CANARY, 0x0131: CANARY, 0x013B: CANARY, 0x8298: CANARY}
_GPS = {1: "N", 2: (41.0, 19.0, 0.0), 3: "E", 4: (19.0, 49.0, 0.0), 29: CANARY}
XMP = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'><creator>{CANARY}</creator></x:xmpmeta>".encode()


def exif(orientation: int = 6) -> Image.Exif:
    made = Image.Exif()
    for tag, value in _EXIF.items():
        made[tag] = value
    made[0x0112] = orientation
    made.get_ifd(0x8825).update(_GPS)
    made.get_ifd(0x8769)[0x9286] = CANARY.encode()
    return made


def points() -> Image.Image:
    """Forty by twenty, the left half red, the right half blue."""
    picture = Image.new("RGB", (40, 20), "red")
    picture.paste("blue", (20, 0, 40, 20))
    return picture


def profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() + CANARY.encode()


def jpeg(orientation: int = 6) -> bytes:
    out = io.BytesIO()
    points().save(
        out, "JPEG", exif=exif(orientation), xmp=XMP, comment=CANARY.encode(), icc_profile=profile(), quality=95
    )  # fmt: skip
    return out.getvalue() + CANARY.encode()


def png() -> bytes:
    notes = PngImagePlugin.PngInfo()
    notes.add_text("Author", CANARY)
    notes.add_text("Comment", CANARY, zip=True)
    notes.add_itxt("XML:com.adobe.xmp", XMP.decode())
    out = io.BytesIO()
    points().save(out, "PNG", exif=exif(), pnginfo=notes, icc_profile=profile())
    return out.getvalue()


def _name(text: str) -> NameObject:
    return NameObject(text)


def _stream(data: bytes, **entries: object) -> StreamObject:
    made = DecodedStreamObject()
    made.set_data(data)
    for key, value in entries.items():
        made[_name(f"/{key}")] = value
    return made


def _script() -> DictionaryObject:
    return DictionaryObject(
        {_name("/S"): _name("/JavaScript"), _name("/JS"): TextStringObject(f"app.alert('{CANARY}')")}
    )


def _remark(writer: pypdf.PdfWriter, subtype: str) -> DictionaryObject:
    look = writer._add_object(
        _stream(
            b"0 1 0 rg 0 0 9 9 re f", Type=_name("/XObject"), Subtype=_name("/Form"), BBox=_box(), Metadata=_stream(XMP)
        )
    )
    return DictionaryObject({
        _name("/Type"): _name("/Annot"), _name("/Subtype"): _name(subtype), _name("/Rect"): _box(), _name("/A"): _script(),
        _name("/AA"): DictionaryObject({_name("/E"): _script()}), _name("/T"): TextStringObject(CANARY),
        _name("/Contents"): TextStringObject(CANARY), _name("/V"): TextStringObject(CANARY),
        _name("/AP"): DictionaryObject({_name("/N"): look}),
    })  # fmt: skip


def _box() -> ArrayObject:
    return ArrayObject([FloatObject(value) for value in (0, 0, 9, 9)])


def pdf() -> bytes:
    """A page with a photograph, remarks and fields that run scripts, an attachment, a profile, information and XMP."""
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(200, 100)
    image = _stream(
        jpeg(1), Type=_name("/XObject"), Subtype=_name("/Image"), Width=NumberObject(40), Height=NumberObject(20),
        BitsPerComponent=NumberObject(8), Filter=_name("/DCTDecode"), Metadata=_stream(XMP),
        ColorSpace=ArrayObject([_name("/ICCBased"), writer._add_object(_stream(profile(), N=NumberObject(3)))]),
        PieceInfo=DictionaryObject({_name("/X"): TextStringObject(CANARY)}),
    )  # fmt: skip
    names = DictionaryObject({_name("/A"): writer._add_object(image)})
    page[_name("/Resources")] = DictionaryObject({_name("/XObject"): names})
    page[_name("/Contents")] = writer._add_object(_stream(b"q 100 0 0 50 0 0 cm /A Do Q"))
    page[_name("/AA")] = DictionaryObject({_name("/O"): _script()})
    page[_name("/Metadata")] = writer._add_object(_stream(XMP))
    kinds = ("/Widget", "/Link", "/FileAttachment", "/FreeText", "/Screen")
    page[_name("/Annots")] = ArrayObject([writer._add_object(_remark(writer, kind)) for kind in kinds])
    writer.add_attachment(f"{CANARY}.txt", CANARY.encode())
    writer.add_metadata({"/Author": CANARY, "/Title": CANARY})
    root = writer.root_object
    root[_name("/OpenAction")] = _script()
    root[_name("/Metadata")] = writer._add_object(_stream(XMP))
    root[_name("/AcroForm")] = DictionaryObject(
        {_name("/XFA"): TextStringObject(CANARY), _name("/Fields"): page["/Annots"]}
    )
    writer.add_outline_item(title=CANARY, page_number=0)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def changed(data: bytes, parts: dict[str, bytes], replaced: dict[str, tuple[str, str]]) -> bytes:
    """An archive with more parts, and with words replaced in some."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name in replaced:
                before, after = (word.encode() for word in replaced[name])
                assert before in content, (name, before)
                content = content.replace(before, after, 1)
            new.writestr(name, content)
        for name, content in parts.items():
            new.writestr(name, content)
    return out.getvalue()


_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _relation(kind: str, target: str, mode: str = "External") -> str:
    return f'<Relationship Id="rIdC{kind}" Type="{_R}/{kind}" Target="{target}" TargetMode="{mode}"/></Relationships>'


def word() -> bytes:
    document = docx.Document()
    document.add_paragraph("The visible statement")
    document.add_picture(io.BytesIO(jpeg()))
    for field in ("author", "last_modified_by", "comments", "title", "keywords"):
        setattr(document.core_properties, field, CANARY)
    out = io.BytesIO()
    document.save(out)
    fields = (
        f'<w:p w:rsidR="{CANARY}"><w:ins w:id="1" w:author="{CANARY}" w:date="2009-01-01T00:00:00Z"><w:r><w:t>added</w:t></w:r></w:ins>'
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>DDEAUTO {CANARY}</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>result</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r>'
        f'<w:fldSimple w:instr="INCLUDETEXT {CANARY}"><w:r><w:t>simple</w:t></w:r></w:fldSimple>'
        f'<w:hyperlink r:id="rIdChyperlink"><w:r><w:t>link</w:t></w:r></w:hyperlink></w:p><w:sectPr'
    )
    return changed(
        out.getvalue(),
        {
            "customXml/item9.xml": f"<a>{CANARY}</a>".encode(),
            "docProps/custom.xml": f"<a>{CANARY}</a>".encode(),
            "word/people.xml": f"<a>{CANARY}</a>".encode(),
            "word/embeddings/note.bin": CANARY.encode(),
            "word/media/plan.emf": CANARY.encode(),
        },
        {
            "word/document.xml": ("<w:sectPr", fields),
            "word/_rels/document.xml.rels": (
                "</Relationships>",
                _relation("hyperlink", f"http://example.org/{CANARY}"),
            ),
            "word/settings.xml": (
                "<w:zoom",
                f'<!-- {CANARY} --><?note {CANARY}?><w:attachedTemplate r:id="{CANARY}"/><w:zoom',
            ),
        },
    )


def excel() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"], sheet["A2"], sheet["B1"] = "visible", f'=WEBSERVICE("http://example.org/{CANARY}")', 5
    sheet["A1"].comment = Comment("a visible remark", CANARY)
    sheet["A3"] = "link"
    sheet["A3"].hyperlink = f"http://example.org/{CANARY}"
    book.properties.creator = book.properties.lastModifiedBy = CANARY
    out = io.BytesIO()
    book.save(out)
    return changed(
        out.getvalue(),
        {
            "xl/externalLinks/externalLink1.xml": f"<a>{CANARY}</a>".encode(),
            "xl/printerSettings/printerSettings1.bin": CANARY.encode(),
            "xl/persons/person.xml": f"<a>{CANARY}</a>".encode(),
            "xl/connections.xml": f"<a>{CANARY}</a>".encode(),
        },
        {"xl/workbook.xml": ("<sheets>", f'<fileSharing userName="{CANARY}"/><sheets>')},
    )


_SPACES = " ".join(
    f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
    for short, long in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "script": "script",
    }.items()
)


def open_document(kind: str = "text") -> bytes:
    content = (
        f'<?xml version="1.0"?><office:document-content {_SPACES} xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><office:scripts><script:x>{CANARY}</script:x></office:scripts><office:body>'
        f'<text:p>visible<dc:creator>{CANARY}</dc:creator><text:a xlink:href="http://example.org/{CANARY}">link</text:a>'
        f'<draw:object xlink:href="./Object {CANARY}"/><draw:image xlink:href="Pictures/a.jpg"/></text:p>'
        f'<table:table-cell table:formula="of:=DDE({CANARY})"><text:p>7</text:p></table:table-cell></office:body></office:document-content>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", content)
        archive.writestr("Pictures/a.jpg", jpeg())
        for name in (
            "meta.xml",
            "settings.xml",
            "Object 1/content.xml",
            "Thumbnails/thumbnail.png",
            "META-INF/manifest.xml",
        ):
            archive.writestr(name, f"<a>{CANARY}</a>")
    return out.getvalue()


def unpacked(data: bytes) -> Iterator[bytes]:
    """The bytes as they are and whatever can be unpacked from them: archives, streams of PDF, of PNG, texts in two encodings."""
    yield data
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                yield info.filename.encode() + info.extra + info.comment
                yield from unpacked(archive.read(info))
    start = 0
    while (start := data.find(b"\x78", start)) >= 0:  # everywhere where a compressed stream may begin
        inflate = zlib.decompressobj()
        try:
            inner = inflate.decompress(data[start:], 1 << 20)
        except zlib.error:
            inner = b""
        if len(inner) > 8:
            yield inner
        start += 1


def carries(data: bytes) -> bool:
    """Is the canary anywhere in the file?"""
    needles = (CANARY.encode(), CANARY.encode("utf-16-be"), CANARY.encode("utf-16-le"), CANARY.encode().hex().encode())
    return any(needle in piece for piece in unpacked(data) for needle in needles)
