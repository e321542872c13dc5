"""What Word needs beyond python-docx: the styles of a report, fields, repeating header rows, boxes and alt texts."""

from __future__ import annotations

from typing import Any

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.section import Section
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table
from docx.text.paragraph import Paragraph

from besa.lib.palette import ACCENT, INK, MUTED

_FONT = "Cambria"
_THEMED = ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme")

# name, size, bold, italic, colour, space before and after (points); those that Word knows keep their meaning
_STYLES: tuple[tuple[str, float, bool, bool, str, float, float], ...] = (
    ("Normal", 11, False, False, INK, 0, 8),
    ("Title", 24, True, False, ACCENT, 12, 10),
    ("Subtitle", 14, False, True, INK, 0, 24),
    ("Heading 1", 17, True, False, ACCENT, 24, 9),
    ("Heading 2", 13, True, False, INK, 18, 6),
    ("Heading 3", 11, False, True, INK, 14, 5),
    ("TOC Heading", 17, True, False, ACCENT, 0, 12),
    ("List Bullet", 11, False, False, INK, 0, 4),
    ("Caption", 9.5, False, False, INK, 10, 5),
    ("Header", 8.5, False, False, MUTED, 0, 0),
    ("Footer", 8.5, False, False, MUTED, 0, 0),
    ("Organisation", 11, True, False, MUTED, 0, 6),
    ("Fact", 10.5, False, False, INK, 0, 2),
    ("Callout", 10.5, False, False, INK, 0, 0),
    ("Source", 8.5, False, False, MUTED, 3, 12),
    ("Table Text", 9, False, False, INK, 2, 2),
    ("Figure Value", 22, False, False, ACCENT, 6, 0),
    ("toc 1", 11, True, False, INK, 6, 2),
    ("toc 2", 11, False, False, INK, 0, 2),
)

_TABLE_STYLE = f"""
<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="ReportTable">
  <w:name w:val="Report Table"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>
  <w:tblPr>
    <w:tblBorders>
      <w:top w:val="single" w:sz="8" w:space="0" w:color="{INK[1:].upper()}"/>
      <w:bottom w:val="single" w:sz="8" w:space="0" w:color="{INK[1:].upper()}"/>
      <w:insideH w:val="single" w:sz="4" w:space="0" w:color="C9D0D7"/>
    </w:tblBorders>
    <w:tblCellMar><w:left w:w="70" w:type="dxa"/><w:right w:w="70" w:type="dxa"/></w:tblCellMar>
  </w:tblPr>
  <w:tblStylePr w:type="firstRow">
    <w:rPr><w:b/></w:rPr>
    <w:tcPr><w:tcBorders><w:bottom w:val="single" w:sz="6" w:space="0" w:color="{INK[1:].upper()}"/></w:tcBorders>
      <w:vAlign w:val="bottom"/></w:tcPr>
  </w:tblStylePr>
  <w:tblStylePr w:type="lastRow">
    <w:rPr><w:b/></w:rPr>
    <w:tcPr><w:tcBorders><w:top w:val="single" w:sz="6" w:space="0" w:color="{INK[1:].upper()}"/></w:tcBorders></w:tcPr>
  </w:tblStylePr>
</w:style>
"""


def set_up(made: WordDocument, language: str) -> None:
    """Give a blank document the styles and the language (`sq-AL`) of a report."""
    for row in _STYLES:
        _style(made, *row)
    for name in ("Heading 1", "Heading 2", "Heading 3", "TOC Heading"):
        made.styles[name].paragraph_format.keep_with_next = True
    made.styles["Normal"].paragraph_format.line_spacing = 1.12
    made.styles["Table Text"].paragraph_format.line_spacing = 1.0
    made.styles["Header"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.styles["Footer"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    made.styles["toc 2"].paragraph_format.left_indent = Cm(0.6)
    made.styles["Callout"].paragraph_format.left_indent = Cm(0.3)
    made.styles.element.append(parse_xml(_TABLE_STYLE))
    for lang in made.styles.element.iter(qn("w:lang")):
        lang.set(qn("w:val"), language)
        lang.set(qn("w:eastAsia"), language)
    settings = made.settings.element
    for lang in settings.iter(qn("w:themeFontLang")):
        lang.set(qn("w:val"), language)
    update = OxmlElement("w:updateFields")
    update.set(qn("w:val"), "true")
    settings.insert(0, update)


def _style(
    made: WordDocument, name: str, size: float, bold: bool, italic: bool, colour: str, before: float, after: float
) -> None:
    known = {style.name for style in made.styles}
    style = (
        made.styles[name] if name in known else made.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, name[:3] == "toc")
    )
    if not isinstance(style, ParagraphStyle):
        raise TypeError(f"“{name}” is not a paragraph style")
    if name not in known:
        style.base_style = made.styles["Normal"]
    font, form = style.font, style.paragraph_format
    font.name, font.size = _FONT, Pt(size)
    # an explicit “not bold” is for headings only: elsewhere it would undo the bold first row of a table
    is_heading = name.startswith("Heading")
    font.bold, font.italic = bold if is_heading else bold or None, italic if is_heading else italic or None
    font.color.rgb = RGBColor.from_string(colour[1:].upper())
    form.space_before, form.space_after = Pt(before), Pt(after)
    fonts = style.element.get_or_add_rPr().find(qn("w:rFonts"))
    for attribute in _THEMED:
        fonts.attrib.pop(qn(f"w:{attribute}"), None)
    fonts.set(qn("w:cs"), _FONT)
    for border in style.element.findall(f".//{qn('w:pBdr')}"):
        border.getparent().remove(border)


def portrait(section: Section) -> None:
    """A4 with the margins of the PDF."""
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.5)
    section.top_margin, section.bottom_margin = Cm(2.7), Cm(2.4)
    section.header_distance = section.footer_distance = Cm(1.3)


def field(paragraph: Paragraph, code: str, shown: str, *, is_bold: bool = False) -> None:
    """A field with what it shows until Word works it out."""
    for kind, text in (("begin", ""), ("", code), ("separate", ""), ("shown", shown), ("end", "")):
        run = paragraph.add_run()
        run.bold = True if is_bold else None
        if kind == "shown":
            run.text = text
        elif kind:
            _mark(run, kind)
        else:
            _code(run, text)


def contents(made: WordDocument, headings: list[dict[str, Any]]) -> None:
    """A table of contents of two levels; the headings stand in it from the start, the pages come when Word updates it."""
    listed = [heading for heading in headings if heading["level"] < 3] or [{"level": 1, "text": "…"}]
    for place, heading in enumerate(listed):
        paragraph = made.add_paragraph(style=f"toc {heading['level']}")
        if place == 0:
            _mark(paragraph.add_run(), "begin")
            _code(paragraph.add_run(), r'TOC \o "1-2" \h \z \u')
            _mark(paragraph.add_run(), "separate")
        paragraph.add_run(heading["text"])
    _mark(paragraph.add_run(), "end")


def _mark(run: Any, kind: str) -> None:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    run._r.append(mark)


def _code(run: Any, text: str) -> None:
    code = OxmlElement("w:instrText")
    code.set(qn("xml:space"), "preserve")
    code.text = f" {text} "
    run._r.append(code)


def repeat_header(table: Table, *, has_total: bool) -> None:
    """Repeat the first row on every page, keep rows whole, and tell the style which rows are special."""
    for number, row in enumerate(table._tbl.tr_lst):
        properties = row.get_or_add_trPr()
        properties.append(OxmlElement("w:cantSplit"))
        if number == 0:
            properties.append(OxmlElement("w:tblHeader"))
    look = table._tbl.tblPr.find(qn("w:tblLook"))
    if look is not None:
        for name, is_on in (("firstRow", True), ("lastRow", has_total), ("firstColumn", False), ("noHBand", True)):
            look.set(qn(f"w:{name}"), "1" if is_on else "0")
        look.set(qn("w:val"), "0660" if has_total else "0620")


def boxed(paragraph: Paragraph, line: str, fill: str) -> None:
    """A bar at the left and a tint behind the paragraph."""
    properties = paragraph._p.get_or_add_pPr()
    border = parse_xml(
        f'<w:pBdr {nsdecls("w")}><w:top w:val="single" w:sz="24" w:space="2" w:color="{fill}"/>'
        f'<w:left w:val="single" w:sz="24" w:space="8" w:color="{line.upper()}"/>'
        f'<w:bottom w:val="single" w:sz="24" w:space="2" w:color="{fill}"/></w:pBdr>'
    )
    shade = parse_xml(f'<w:shd {nsdecls("w")} w:val="clear" w:color="auto" w:fill="{fill}"/>')
    after = ("w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr", "w:sectPr")
    properties.insert_element_before(border, *after)
    properties.insert_element_before(shade, *after[1:])


def describe(paragraph: Paragraph, number: int, name: str, alt: str) -> None:
    """Name and alternative text of the picture in the paragraph."""
    for properties in paragraph._p.iter(qn("wp:docPr")):
        properties.set("id", str(number))
        properties.set("name", name)
        properties.set("descr", alt)
