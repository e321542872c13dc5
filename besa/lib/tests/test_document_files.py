"""The four renderers on one rich document: what is in each file, and that it is the same file each time."""

from __future__ import annotations

import re
import subprocess
import sys
import time
import zipfile
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import docx as python_docx
import openpyxl
import pypdf
import pytest
from docx.oxml.ns import qn

from besa.lib.document import blocks, docx, html, pdf, xlsx
from besa.lib.document.blocks import Column, Document, Language, Sheet, Table
from besa.lib.tests.sample import LABELS, NASTY, TITLES, sample

LANGUAGES: list[Language] = ["en", "sq"]
_PRINT = """
import hashlib, django
django.setup()
from besa.lib.document import docx, html, pdf, xlsx
from besa.lib.tests.sample import sample
for renderer in (html, pdf, docx, xlsx):
    made = renderer.render(sample("sq", rows=3))
    print(hashlib.sha256(made if isinstance(made, bytes) else made.encode()).hexdigest())
"""


def test_the_same_document_gives_the_same_bytes_in_any_process() -> None:
    def started() -> subprocess.Popen[str]:
        return subprocess.Popen([sys.executable, "-c", _PRINT], stdout=subprocess.PIPE, text=True)  # noqa: S603

    one = started()
    time.sleep(2.1)  # a zip counts in steps of two seconds
    other = started()
    first, second = one.communicate()[0].split(), other.communicate()[0].split()
    assert first == second
    assert len(set(first)) == 4


# --- page


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_carries_text_tables_and_charts_without_styles_or_scripts(language: Language) -> None:
    page = str(html.render(sample(language, rows=3)))
    assert f'lang="{language}"' in page
    assert not re.search(r"\sstyle=|<script|\son\w+=", page)
    assert "&lt;script&gt;" in page
    assert page.count("<caption") == 4  # three tables and the data under one chart
    assert page.count("<h2") == 5
    assert "<h1" not in page
    assert LABELS[language]["delayed"] in page
    images = re.findall(r'<img [^>]*src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)"', page)
    assert [alt for _data, alt in images][1] == "A line that rises from 12 to 30."
    for data, _alt in images:
        picture = b64decode(data).decode()
        assert picture.startswith("<svg")
        assert " style=" not in picture
        assert "<script" not in picture


def test_page_says_in_words_what_is_missing() -> None:
    page = str(html.render(sample(rows=2)))
    assert '<td class="text-end text-secondary">not reported</td>' in page
    assert '<td class="text-end text-secondary">–</td>' in page
    assert '<td class="text-end text-nowrap">0</td>' in page


# --- PDF


@pytest.mark.parametrize("language", LANGUAGES)
def test_pdf_is_tagged_in_its_language_and_holds_the_text(language: Language) -> None:
    reader = pypdf.PdfReader(BytesIO(pdf.render(sample(language))))
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"] == language
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_object().get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == TITLES[language]
    assert reader.metadata.creation_date == datetime(2009, 7, 6, tzinfo=UTC)
    text = "\n".join(page.extract_text() for page in reader.pages)
    for words in ("Ελλάδα", "ë ç é", LABELS[language]["delayed"], "116 006", "not reported"):
        assert words in text
    assert re.sub(r"\s+", " ", NASTY) in re.sub(r"\s+", " ", text)


def _tags(node: Any, found: list[Any]) -> list[Any]:
    """All structure elements of a tagged PDF."""
    node = node.get_object()
    if isinstance(node, list):
        for child in node:
            _tags(child, found)
    elif isinstance(node, dict):
        found.append(node)
        if "/K" in node:
            _tags(node["/K"], found)
    return found


def test_pdf_tells_readers_headings_header_cells_and_pictures() -> None:
    reader = pypdf.PdfReader(BytesIO(pdf.render(sample(rows=3))))
    root: Any = reader.trailer["/Root"]
    tags = _tags(root["/StructTreeRoot"]["/K"], [])
    kinds = [tag.get("/S") for tag in tags]
    assert {"/H1", "/H2", "/H3", "/Table", "/THead", "/TH", "/TD", "/L", "/LI", "/Figure", "/Caption", "/TOC"} <= set(
        kinds
    )
    assert "A line that rises from 12 to 30." in {tag.get("/Alt") for tag in tags}
    titles: list[Any] = [entry["/Title"] for entry in reader.outline if isinstance(entry, dict)]
    assert titles[0] == "Summary"


def test_pdf_repeats_headers_turns_pages_and_counts_them() -> None:
    reader = pypdf.PdfReader(BytesIO(pdf.render(sample(rows=60))))
    turned = [page for page in reader.pages if page.mediabox.width > page.mediabox.height]
    assert len(turned) > 2
    for page in turned:
        assert "What was done" in page.extract_text()
    assert f"Page 2 of {len(reader.pages)}" in reader.pages[1].extract_text()
    assert "Page" not in reader.pages[0].extract_text()


def test_pdf_without_a_cover_begins_with_the_text() -> None:
    short = replace(sample(rows=1), has_cover=False, blocks=(blocks.Paragraph.of("Dear colleagues"),), annexes=())
    reader = pypdf.PdfReader(BytesIO(pdf.render(short)))
    assert len(reader.pages) == 1
    assert "Dear colleagues" in reader.pages[0].extract_text()


def test_pdf_is_written_even_when_a_letter_is_in_no_font() -> None:
    odd = replace(sample(rows=1), blocks=(blocks.Paragraph.of("Thanks \N{SLIGHTLY SMILING FACE}"),), annexes=())
    reader = pypdf.PdfReader(BytesIO(pdf.render(odd)))
    assert "Thanks" in reader.pages[-1].extract_text()


def test_pdf_of_two_hundred_rows_and_four_charts_takes_less_than_five_seconds() -> None:
    document = sample(rows=200)
    before = time.process_time()
    pdf.render(document)
    assert time.process_time() - before < 5


# --- Word


@pytest.mark.parametrize("language", LANGUAGES)
def test_word_has_styles_fields_repeating_headers_and_alt_texts(language: Language) -> None:
    made = python_docx.Document(BytesIO(docx.render(sample(language, rows=3))))
    styles = {paragraph.style.name for paragraph in made.paragraphs if paragraph.style}
    assert {
        "Title",
        "Subtitle",
        "Heading 1",
        "Heading 2",
        "Heading 3",
        "List Bullet",
        "Caption",
        "TOC Heading",
    } <= styles
    codes = [code.text.strip() for code in made.element.iter(qn("w:instrText"))]
    assert codes[0].startswith("TOC ")
    assert sum(code.startswith("SEQ") for code in codes) == 7
    footer = [code.text.strip() for code in made.sections[0].footer._element.iter(qn("w:instrText"))]
    assert footer == ["PAGE", "NUMPAGES"]
    assert made.settings.element.find(qn("w:updateFields")) is not None
    lang = next(made.styles.element.iter(qn("w:lang")))
    assert lang.get(qn("w:val")) == {"en": "en-GB", "sq": "sq-AL"}[language]
    reports = [table for table in made.tables if table.style and table.style.name == "Report Table"]
    assert len(reports) == 4
    assert all(table._tbl.tr_lst[0].find(f".//{qn('w:tblHeader')}") is not None for table in reports)
    alts = [properties.get("descr") for properties in made.element.iter(qn("wp:docPr"))]
    assert alts[1] == "A line that rises from 12 to 30."
    assert [section.orientation for section in made.sections] == [0, 1, 0]


def test_word_is_dated_as_the_document_and_holds_its_text() -> None:
    data = docx.render(sample("sq", rows=3))
    made = python_docx.Document(BytesIO(data))
    assert made.core_properties.title == TITLES["sq"]
    assert made.core_properties.created.date() == date(2009, 7, 6)
    assert {info.date_time[0] for info in zipfile.ZipFile(BytesIO(data)).infolist()} == {1980}
    text = "\n".join(paragraph.text for paragraph in made.paragraphs)
    assert NASTY in text
    assert "Ελλάδα" in text
    assert any("me vonesë" in cell.text for cell in made.tables[3]._cells)


# --- Excel


def _book(document: Document) -> openpyxl.Workbook:
    return openpyxl.load_workbook(BytesIO(xlsx.render(document)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_excel_has_a_sheet_per_table_listed_and_linked_first(language: Language) -> None:
    book = _book(sample(language, rows=5))
    names = book.sheetnames
    assert len(names) == 6  # contents, three tables, one chart's data, one data sheet
    assert names[4] == "Every activity   data"
    first = book[names[0]]
    assert first["A1"].value == TITLES[language]
    links = [cell.hyperlink.location for row in first.iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{name}'!A1" for name in names[1:]]


def test_excel_types_its_cells() -> None:
    sheet = _book(sample(rows=3))["Every activity   data"]
    rows = list(sheet.iter_rows(min_row=5, values_only=True))
    assert rows[0][2:5] == ("–", "completed", "not reported")
    assert rows[1][2:5] == (datetime(2009, 2, 2), "on track", 12.34)  # noqa: DTZ001 - a day
    assert sheet["C6"].number_format == "dd.mm.yyyy"
    assert sheet["E6"].number_format == "#,##0.00"
    assert sheet.freeze_panes == "A5"
    assert sheet.auto_filter.ref == "A4:F7"


def test_excel_never_takes_text_for_a_formula_or_link() -> None:
    sheet = _book(sample(rows=1)).worksheets[-1]
    cells = [cell for row in sheet.iter_rows(min_row=5) for cell in row]
    assert [cell.value for cell in cells[::2]] == ["=SUM(A1)", "+1", "-1", "@cmd", "https://example.org"]
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_excel_keeps_the_digits_that_it_would_round_and_the_words_that_it_would_drop() -> None:
    columns = (Column("Number", kind="number"), Column("Words"))
    data = Sheet("Hard: cases?", columns, ((10**18 + 1, "x" * 40_000), (-5, "=" + "y" * 9)))
    book = _book(replace(sample(rows=1), blocks=(data, data, replace(data, name="CONTENTS")), annexes=()))
    assert book.sheetnames == ["Contents", "Hard  cases", "Hard  cases (2)", "CONTENTS (2)"]
    sheet = book["Hard  cases"]
    assert sheet["A5"].value == "1,000,000,000,000,000,001"
    assert len(str(sheet["B5"].value)) == 32_767
    assert sheet["A6"].value == -5


def test_all_formats_take_an_empty_table_and_control_characters() -> None:
    empty = Table("Nothing\x0b\x00 here", (Column("A\x01"), Column("B", kind="date")), (), has_total=True)
    odd = Table("Odd", (Column("A"),), (("a\x0bb\x02",), (None,)))
    document = replace(sample(rows=1), title="\x07Title", blocks=(empty, odd, blocks.Figures(())), annexes=())
    for renderer in (html, pdf, docx, xlsx):
        assert renderer.render(document)
