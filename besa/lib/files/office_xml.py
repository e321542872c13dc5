"""XML of office documents, rewritten while it is read: elements and attributes that tell or do more than is shown stay behind."""

from __future__ import annotations

import io
import posixpath
from dataclasses import dataclass, field, replace
from typing import Any
from xml.sax import SAXException, expatreader, handler, xmlreader
from xml.sax.saxutils import XMLGenerator, escape, quoteattr
from xml.sax.xmlreader import AttributesNSImpl

from besa.lib.files.caps import NotTaken

_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_DEEPEST = 500


@dataclass(frozen=True)
class Rules:
    """What is left out of a part, by local names. `dropped`: with all inside; `opened`: only the element around its content."""

    dropped: frozenset[str] = frozenset()
    opened: frozenset[str] = frozenset()
    attributes: frozenset[str] = frozenset()
    emptied: frozenset[str] = frozenset()  # attributes that must be there, but not with their value
    in_sheets: frozenset[str] = frozenset()  # dropped in the sheets of a workbook
    local_links: tuple[str, ...] = ()  # beginnings of addresses that stay; others go
    silent: frozenset[str] = field(default=frozenset())  # elements whose text goes

    def for_part(self, name: str) -> Rules:
        return replace(self, dropped=self.dropped | self.in_sheets) if "/worksheets/" in name.lower() else self


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


WORD = Rules(
    dropped=_words("""
        instrText delInstrText fldChar object control altChunk attachedTemplate mailMerge rsids docVars saveThroughXslt
        documentProtection writeProtection externalData oleObj OLEObject hlinkClick hlinkHover hlinkMouseOver dataBinding
        subDoc movie sound script customXmlPr smartTagPr
    """),
    opened=_words("fldSimple smartTag customXml"),
    attributes=_words("""
        date dateUtc rsidR rsidRPr rsidRDefault rsidP rsidDel rsidTr rsidSect paraId textId userId providerId durableId
        descr title link href gfxdata
    """),
    emptied=_words("author initials"),
)
EXCEL = Rules(
    dropped=_words("""
        fileSharing absPath externalReferences definedNames oleObjects controls customProperties webPublishItems hyperlinks
        externalData hlinkClick hlinkHover webPublishing fileRecoveryPr smartTagPr smartTagTypes functionGroups
        customWorkbookViews customSheetViews connections revisionPtr documentId extLst dataValidations calcPr scenarios
        legacyDrawingHF oleLink ddeLink script calculatedColumnFormula totalsRowFormula
    """),
    attributes=_words("descr title href userName lastEdited lowestEdited rupBuild codeName uid link queryTableFieldId"),
    in_sheets=_words("f"),
    silent=_words("author"),
)
OPEN_DOCUMENT = Rules(
    dropped=_words("""
        scripts script event-listeners dde-source dde-connection dde-connection-decls dde-links object object-ole plugin
        applet floating-frame forms creator creator-initials meta table-source cell-range-source database-source-sql
        database-source-table database-source-query database-ranges consolidation content-validations named-expressions
        settings desc
    """),
    opened=_words("execute-macro database-display hidden-text"),
    attributes=_words("""
        formula condition connection-name protection-key rsid paragraph-rsid xforms-list-source title
    """),
    local_links=("#", "Pictures/", "./Pictures/"),
)
_LINKS = ("href",)


class _Writer(XMLGenerator):
    """Writes what the rules let pass."""

    def __init__(self, out: io.BytesIO, rules: Rules, lost: set[str]) -> None:
        super().__init__(out, encoding="utf-8", short_empty_elements=True)
        self.rules = rules
        self.lost = lost
        self.skipped = 0  # how deep within an element that is left out
        self.stack: list[tuple[bool, bool]] = []  # is the element written, is its text

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        if len(self.stack) > _DEEPEST:
            raise NotTaken("objects")
        local = name[1]
        kept = AttributesNSImpl({}, {}) if self.skipped else self._attributes(local, attrs)
        if self.skipped or local in self.rules.dropped or kept is None:
            self.skipped += 1
            return
        is_written = local not in self.rules.opened
        self.stack.append((is_written, local not in self.rules.silent))
        if is_written:
            super().startElementNS(name, qname, kept)

    def endElementNS(self, name: Any, qname: Any) -> None:
        if self.skipped:
            self.skipped -= 1
        elif self.stack.pop()[0]:
            super().endElementNS(name, qname)

    def characters(self, content: str) -> None:
        if not self.skipped and all(is_heard for _, is_heard in self.stack[-1:]):
            super().characters(content)

    def ignorableWhitespace(self, content: str) -> None:
        self.characters(content)

    def processingInstruction(self, target: str, data: str) -> None:
        """Left out: what programs say to each other."""

    def startPrefixMapping(self, prefix: Any, uri: Any) -> None:
        super().startPrefixMapping(prefix, uri)

    def _attributes(self, local: str, attrs: Any) -> AttributesNSImpl | None:
        """The attributes that stay; nothing when the element refers to a part that is not there any more."""
        values, names = {}, {}
        for key in attrs.getNames():
            value = attrs.getValue(key)
            if key[0] in (_RELATIONS, _STRICT_RELATIONS):
                if value in self.lost and local != "hyperlink" and local != "pageSetup":
                    return None
                if value in self.lost:
                    continue
            elif key[1] in _LINKS and self.rules.local_links:
                if not value.startswith(self.rules.local_links):
                    continue
            elif key[1] in self.rules.attributes:
                continue
            values[key] = "" if key[1] in self.rules.emptied else value
            names[key] = attrs.getQNameByName(key)
        return AttributesNSImpl(values, names)


class _NoDoctype:
    """Declarations have no place in these documents: they hold entities, which grow, and addresses, which are fetched."""

    def startDTD(self, *words: Any) -> None:
        raise NotTaken("active")

    def _nothing(self, *words: Any) -> None: ...

    endDTD = comment = startCDATA = endCDATA = startEntity = endEntity = _nothing


def _parse(data: bytes, to: handler.ContentHandler) -> None:
    parser = expatreader.create_parser(1)  # noqa: S315 - namespaces on; sandboxed, and no declarations
    parser.setFeature(handler.feature_external_ges, False)
    parser.setFeature(handler.feature_external_pes, False)
    parser.setProperty(handler.property_lexical_handler, _NoDoctype())
    parser.setContentHandler(to)
    source = xmlreader.InputSource()
    source.setByteStream(io.BytesIO(data))
    try:
        parser.parse(source)
    except SAXException:
        raise NotTaken("broken") from None


def rewritten(data: bytes, rules: Rules, lost: set[str]) -> bytes:
    """A part without what the rules leave out and without elements that refer to the relations in `lost`. Raises NotTaken."""
    out = io.BytesIO()
    _parse(data, _Writer(out, rules, lost))
    return out.getvalue()


class _Rows(handler.ContentHandler):
    """The elements of a flat list with their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[tuple[str, dict[str, str]]] = []

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:
        self.rows.append((name[1], {key[1]: attrs.getValue(key) for key in attrs.getNames()}))


def _rows(data: bytes) -> list[tuple[str, dict[str, str]]]:
    rows = _Rows()
    _parse(data, rows)
    return rows.rows


def _element(name: str, values: dict[str, str]) -> str:
    return f"<{escape(name)} " + " ".join(f"{key}={quoteattr(value)}" for key, value in values.items()) + "/>"


def _listed(root: str, space: str, lines: list[str]) -> bytes:
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    return f'{head}<{root} xmlns="{space}">{"".join(lines)}</{root}>'.encode()


def relations(data: bytes, folder: str, there: set[str]) -> tuple[bytes, set[str]]:
    """The relations to parts that come over, and the names of the others: those to outside and to what is left behind."""
    kept, lost = [], set()
    for name, values in _rows(data):
        if name != "Relationship":
            continue
        target = values.get("Target", "")
        path = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
        if values.get("TargetMode", "Internal") == "Internal" and path in there:
            kept.append(
                _element("Relationship", {key: values[key] for key in ("Id", "Type", "Target") if key in values})
            )
        else:
            lost.add(values.get("Id", ""))
    return _listed("Relationships", "http://schemas.openxmlformats.org/package/2006/relationships", kept), lost


def types_without(data: bytes, there: set[str]) -> bytes:
    """The list of content types with the parts that come over."""
    kept = []
    for name, values in _rows(data):
        if name == "Default":
            kept.append(_element("Default", {key: values[key] for key in ("Extension", "ContentType")}))
        elif name == "Override" and values.get("PartName", "").lstrip("/") in there:
            kept.append(_element("Override", {key: values[key] for key in ("PartName", "ContentType")}))
    return _listed("Types", "http://schemas.openxmlformats.org/package/2006/content-types", kept)
