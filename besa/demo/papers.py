"""Files in made-up cases and exports of them, made by code: a letter as PDF, a note as Word, a photograph of a paper."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

import pyrage
from PIL import Image, ImageDraw

from besa.cases.actions import attachments, exports
from besa.cases.models import Case, Export
from besa.demo.people import moment
from besa.directory.models import Membership
from besa.lib.document import docx, pdf
from besa.lib.document.blocks import Document, Paragraph

LETTER = (
    "To the municipal unit for the protection of rights.",
    "We confirm a place in the vocational course from the first Monday of September. The course is free of charge and ends in June.",
    "Made up for the demonstration: no such school has written this letter.",
)
NOTE = (
    "Agreed with her: one visit a week, always on Thursday, always the same person.",
    "She keeps the telephone off at night. The next steps are written in the file.",
    "Made up for the demonstration: there is no such person.",
)


def play(cases: list[Case], members: Mapping[str, Membership], today: date) -> None:
    """Files in two cases of the municipality, and three of its exports: fetched, approved for a day, and waiting."""
    by, at = members["municipality"], moment(today - timedelta(days=9), 11)
    for number, (name, title, content) in enumerate(_files(at)):
        _hand_in(cases[number % 2], name, title, content, by, at + timedelta(minutes=7 * number))
    officer, court = members["data_protection"], "District Court of Vlorë"
    fetched = _ask(cases[:2], court, "xlsx", by, moment(today - timedelta(days=4), 9))
    exports.decide(export=fetched, is_granted=True, by=officer, at=moment(today - timedelta(days=4), 11))
    exports.download(export=fetched, by=by, at=moment(today - timedelta(days=4), 12))
    approved = _ask(cases[1:3], court, "csv", by, moment(today - timedelta(days=1), 15))
    exports.decide(export=approved, is_granted=True, by=officer, at=moment(today, 7))
    _ask(cases[:1], "State Social Service, Tirana", "xlsx", by, moment(today, 8))


def _files(at: datetime) -> Iterator[tuple[str, str, bytes]]:
    yield "letter-of-the-school.pdf", "Letter of the school", pdf.render(_paper("Place in a course", LETTER, at))
    yield "steps.docx", "Steps that were agreed", docx.render(_paper("Steps of the next month", NOTE, at))
    yield "paper.jpg", "Photograph of the paper she carried", _photograph()


def _paper(title: str, lines: tuple[str, ...], at: datetime) -> Document:
    blocks = tuple(Paragraph.of(line) for line in lines)
    return Document(title=title, language="en", dated_on=at.date(), blocks=blocks, has_cover=False)


def _photograph() -> bytes:
    """A slip of paper on a table, with a place in its hidden data, which the copy that people view does not have."""
    picture = Image.new("RGB", (900, 640), "#6b5b4b")
    pen = ImageDraw.Draw(picture)
    pen.polygon([(120, 90), (790, 60), (810, 560), (140, 590)], fill="#f4f1e8")
    for line, text in enumerate(("SPECIMEN", "made up for the demonstration", "41 / 2009", "Vlorë")):
        pen.text((190, 150 + 90 * line), text, fill="#22313f", font_size=44)
    hidden = Image.Exif()
    hidden.get_ifd(0x8825).update({1: "N", 2: (40.0, 28.0, 0.0), 3: "E", 4: (19.0, 29.0, 0.0)})
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85, exif=hidden)
    return out.getvalue()


def _hand_in(case: Case, name: str, title: str, content: bytes, by: Membership, at: datetime) -> None:
    draft, _place = attachments.prepare(case=case, by=by, at=at)
    attachments.add(draft=draft, upload=[content], name=name, title=title, by=by, at=at)


def _ask(cases: list[Case], recipient: str, kind: str, by: Membership, at: datetime) -> Export:
    """Sealed to a key whose other half nobody keeps, as it is the recipient's."""
    key = str(pyrage.x25519.Identity.generate().to_public())
    return exports.ask(
        cases=cases, groups=["names", "contacts"], purpose="assistance", kind=kind, recipient=recipient, recipient_key=key,
        by=by, at=at,
    )  # fmt: skip
