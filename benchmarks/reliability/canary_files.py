"""Files with a canary in what people see of them, and another wherever programs keep what people do not see."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable

import openpyxl
import pypdf
from PIL import Image

from benchmarks.reliability.canary_search import Planter
from besa.lib.tests import canaries


def word(plant: Planter) -> bytes:
    custom = {f"customXml/{plant.word('metadata of a docx')}.xml": plant.word("part of a docx").encode()}
    return canaries.changed(
        canaries.word(), custom, {"word/document.xml": ("The visible statement", plant.albanian("content of a docx"))}
    )


def excel(plant: Planter) -> bytes:
    book = openpyxl.Workbook()
    book["Sheet"]["A1"] = plant.albanian("content of a xlsx")
    book.properties.creator = plant.word("metadata of a xlsx")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def pdf(plant: Planter) -> bytes:
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # the page of canaries is strange on purpose
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(canaries.pdf()))
    writer.add_metadata({"/Subject": plant.word("metadata of a pdf"), "/Keywords": plant.albanian("metadata of a pdf")})
    writer.add_outline_item(title=plant.albanian("content of a pdf"), page_number=0)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def picture(plant: Planter) -> bytes:
    made = canaries.exif()
    made[0x010E] = plant.word("description of a photograph")
    out = io.BytesIO()
    image: Image.Image = canaries.points()
    image.save(out, "JPEG", exif=made, comment=plant.word("remark of a photograph").encode(), xmp=canaries.XMP)
    return out.getvalue() + plant.word("behind a photograph").encode()


def text(plant: Planter) -> bytes:
    return (f"{plant.sentence('content of a text')}\n" + "She was taken to the house behind the mill.\n" * 40).encode()


MAKERS: dict[str, Callable[[Planter], bytes]] = {"docx": word, "xlsx": excel, "pdf": pdf, "jpg": picture, "txt": text}
