"""An office document as what can be read in it, written anew part by part. Runs in the child process.

Only parts that show something come over: text, tables, styles, drawings, pictures. Who wrote, when and with what, scripts,
formulas, fields, links to outside, embedded objects and hidden data stay behind.
"""

from __future__ import annotations

import io
import posixpath
import re
import struct
import zipfile
from collections.abc import Iterable

from besa.lib.files.caps import Caps, NotTaken
from besa.lib.files.office_xml import EXCEL, OPEN_DOCUMENT, WORD, Rules, relations, rewritten, types_without
from besa.lib.files.pictures import FORMATS, view_picture

_FIXED = (1980, 1, 1, 0, 0, 0)  # every part of every copy bears this date
_TYPES = "[Content_Types].xml"
_WORD_PARTS = re.compile(
    r"word/(?:document|styles|numbering|fonttable|settings|websettings|footnotes|endnotes|comments|header\d*|footer\d*)\.xml"
    r"|word/theme/[^/]+\.xml|word/(?:charts|drawings|diagrams)/[^/]+\.xml|word/media/[^/]+",
    re.IGNORECASE,
)
_EXCEL_PARTS = re.compile(
    r"xl/(?:workbook|styles|sharedstrings|comments\d*)\.xml"
    r"|xl/(?:worksheets|chartsheets|theme|charts|drawings|tables|diagrams)/[^/]+\.(?:xml|vml)"
    r"|xl/comments/[^/]+\.xml|xl/media/[^/]+",
    re.IGNORECASE,
)
_OPEN_PARTS = re.compile(r"content\.xml|styles\.xml|Pictures/[^/]+")
_VECTOR = (".emf", ".wmf", ".svg", ".svm", ".eps", ".pict", ".pct")


def _emf() -> bytes:
    """The smallest vector picture: nothing is drawn. It stands where one was that carried more than lines."""
    head = struct.pack("<II4i4i", 1, 88, 0, 0, 1, 1, 0, 0, 1, 1)
    head += b" EMF" + struct.pack("<IIIHHIII", 0x10000, 108, 2, 1, 0, 0, 0, 0) + struct.pack("<4i", 100, 100, 100, 100)
    return head + struct.pack("<IIIII", 14, 20, 0, 16, 20)


def view_office(data: bytes, media: str, caps: Caps) -> bytes:
    """The document in the same format. Raises NotTaken."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if media.startswith("application/vnd.oasis"):
                parts = _open_document(archive, media, caps)
            elif media.endswith("sheet"):
                parts = _open_xml(archive, _EXCEL_PARTS, EXCEL, "xl/workbook.xml", caps)
            else:
                parts = _open_xml(archive, _WORD_PARTS, WORD, "word/document.xml", caps)
            return _packed(parts)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        KeyError,
        ValueError,
        EOFError,
        zipfile.LargeZipFile,
    ):
        raise NotTaken("broken") from None


def _packed(parts: Iterable[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts:
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            info = zipfile.ZipInfo(name, _FIXED)
            info.create_system = 0  # says nothing about the machine
            archive.writestr(info, data, method)
    return out.getvalue()


def _media(name: str, data: bytes, caps: Caps) -> bytes:
    """A picture within the document, without its own metadata; an empty drawing for formats that can carry more."""
    ending = posixpath.splitext(name)[1].lower()
    if ending in FORMATS:
        return view_picture(data, FORMATS[ending], caps)
    return _emf()


def _relations_of(name: str) -> str:
    folder, base = posixpath.split(name)
    return f"{folder}/_rels/{base}.rels"


def _open_xml(
    archive: zipfile.ZipFile, wanted: re.Pattern[str], rules: Rules, main: str, caps: Caps
) -> list[tuple[str, bytes]]:
    names = [name for name in archive.namelist() if wanted.fullmatch(name)]
    if main not in names:
        raise NotTaken("broken")
    there = set(names)
    made: list[tuple[str, bytes]] = [(_TYPES, types_without(archive.read(_TYPES), there))]
    made.append(("_rels/.rels", relations(archive.read("_rels/.rels"), "", {main})[0]))
    for name in names:
        if "/media/" in name.lower():
            made.append((name, _media(name, archive.read(name), caps)))
            continue
        lost: set[str] = set()
        if (beside := _relations_of(name)) in archive.namelist():
            kept, lost = relations(archive.read(beside), posixpath.dirname(name), there)
            made.append((beside, kept))
        made.append((name, rewritten(archive.read(name), rules.for_part(name), lost)))
    return made


def _open_document(archive: zipfile.ZipFile, media: str, caps: Caps) -> list[tuple[str, bytes]]:
    names = [name for name in archive.namelist() if _OPEN_PARTS.fullmatch(name)]
    made: list[tuple[str, bytes]] = [("mimetype", media.encode())]
    for name in names:
        data = archive.read(name)
        is_picture = name.startswith("Pictures/")
        made.append((name, _media(name, data, caps) if is_picture else rewritten(data, OPEN_DOCUMENT, set())))
    made.append(("META-INF/manifest.xml", _manifest(media, names)))
    return made


def _manifest(media: str, names: list[str]) -> bytes:
    space = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    entries = [("/", media), *((name, "text/xml" if name.endswith(".xml") else "") for name in names)]
    lines = "".join(
        f'<manifest:file-entry manifest:full-path="{_quoted(name)}" manifest:media-type="{kind}"/>'
        for name, kind in entries
    )
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<manifest:manifest xmlns:manifest="{space}" manifest:version="1.2">'
        f"{lines}</manifest:manifest>"
    ).encode()


def _quoted(name: str) -> str:
    return name.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
