"""A document as JSON and back without loss: what a committee adopted is kept as this JSON and printed from it again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from besa.lib.document import blocks
from besa.lib.document.blocks import Document

FORMAT = 1  # raise it when a block changes its shape, and teach from_json the older one

_KINDS: dict[str, type] = {
    kind.__name__.lower(): kind
    for kind in (
        blocks.Annex,
        blocks.Bullets,
        blocks.Callout,
        blocks.Chart,
        blocks.Column,
        blocks.Document,
        blocks.Figure,
        blocks.Figures,
        blocks.Heading,
        blocks.PageBreak,
        blocks.Paragraph,
        blocks.Run,
        blocks.Sheet,
        blocks.Status,
        blocks.Table,
    )
}


def to_json(document: Document) -> dict[str, Any]:
    """The document as JSON values: `{"format": 1, "document": {"type": "document", …}}`."""
    return {"format": FORMAT, "document": _encoded(document)}


def from_json(data: Mapping[str, Any]) -> Document:
    """The document that `to_json` wrote; raises ValueError that says what is wrong with anything else."""
    if data.get("format") != FORMAT:
        raise ValueError(f"a frozen document of format {data.get('format')!r}; this version reads {FORMAT}")
    document = _decoded(data.get("document"))
    if not isinstance(document, Document):
        raise ValueError("the JSON holds no document")
    return document


def canonical(data: Any) -> str:
    """JSON text that is equal for equal values: keys sorted, no spaces, letters as they are."""
    return json.dumps(data, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _encoded(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        found = {field.name: getattr(value, field.name) for field in fields(value)}
        kind = type(value).__name__.lower()
        return {"type": kind, **{name: _plain(it) if name == "spec" else _encoded(it) for name, it in found.items()}}
    if isinstance(value, tuple):
        return [_encoded(item) for item in value]
    if isinstance(value, Decimal):
        return {"type": "decimal", "value": str(value)}
    if isinstance(value, date):
        return {"type": "date", "value": value.isoformat()}
    if value is None or isinstance(value, str | int):
        return value
    raise TypeError(f"a document cannot hold a {type(value).__name__}: {value!r}")


def _plain(spec: Any) -> Any:
    """A chart's specification, copied through JSON, so that nothing but JSON gets in and later changes stay out."""
    return json.loads(canonical(spec))


def _decoded(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_decoded(item) for item in value)
    if not isinstance(value, dict):
        return value
    parts = {name: it if name == "spec" else _decoded(it) for name, it in value.items() if name != "type"}
    kind = value.get("type")
    try:
        if kind == "decimal":
            return Decimal(parts["value"])
        if kind == "date":
            return date.fromisoformat(parts["value"])
        return _KINDS[str(kind)](**parts)
    except (KeyError, TypeError, InvalidOperation) as error:
        raise ValueError(f"a frozen document with a broken part of type {kind!r}: {error}") from error
