"""A document as PDF: typeset by Typst from `report.typ`, tagged, with bookmarks, language and title set.

The text reaches Typst as a JSON file, never as source, so nothing in it can be taken for markup. Letters, those
of the charts too, are of the fonts inside Typst and never of the machine.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime, time
from pathlib import Path
from tempfile import TemporaryDirectory

import typst

from besa.lib import pictures
from besa.lib.document.blocks import Document
from besa.lib.document.layout import laid_out
from besa.lib.palette import CHART_FONT

_log = logging.getLogger(__name__)
_TEMPLATE = Path(__file__).with_name("report.typ").read_bytes()
_CHART_FONT = "Libertinus Serif"  # narrower than what the chart was measured with, so everything fits
_FONTS = typst.Fonts(include_system_fonts=False)


def render(document: Document) -> bytes:
    """The document as PDF/UA-1, or tagged only where its letters do not allow more; the same bytes for the same document."""
    layout = laid_out(document)
    specs = layout.pop("specs")
    with TemporaryDirectory(prefix="besa-pdf-") as name:
        folder = Path(name)
        (folder / "report.typ").write_bytes(_TEMPLATE)
        (folder / "document.json").write_text(json.dumps(layout, ensure_ascii=False), encoding="utf-8")
        for number, spec in enumerate(specs, 1):
            drawn = pictures.svg(spec).replace(CHART_FONT, _CHART_FONT)
            (folder / f"chart-{number}.svg").write_text(drawn, encoding="utf-8")
        try:
            return _compiled(folder, document, is_accessible=True)
        except typst.TypstError as error:
            if "PDF/UA-1" not in str(error):
                raise
            # mostly a letter that the fonts lack, such as an emoji: it prints as a box, and the rest can be read
            _log.warning("a PDF was written tagged, but not as PDF/UA-1")
            return _compiled(folder, document, is_accessible=False)


def _compiled(folder: Path, document: Document, *, is_accessible: bool) -> bytes:
    made = typst.compile(
        folder / "report.typ",
        root=folder,
        font_paths=_FONTS,
        pdf_standards=["1.7", "ua-1"] if is_accessible else ["1.7"],
        timestamp=datetime.combine(document.dated_on, time(), UTC),
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no PDF")
    return made
