"""Pictures that stand in the middle of a drawing of a PDF, between BI and EI: a photograph there carries metadata like any other."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from pypdf.filters import decode_stream_data
from pypdf.generic import ArrayObject, ContentStream, EncodedStreamObject, NameObject, NullObject

_BEGINS = re.compile(rb"(?:^|\s)BI\s")
_PHOTOGRAPH = re.compile(
    rb"DCT|\xff\xd8\xff|#"
)  # a JPEG by its filter or by its first bytes; # hides letters of a name
_NAMES = {
    "/AHx": "/ASCIIHexDecode", "/A85": "/ASCII85Decode", "/LZW": "/LZWDecode", "/Fl": "/FlateDecode", "/RL": "/RunLengthDecode",
    "/CCF": "/CCITTFaxDecode", "/DCT": "/DCTDecode",
}  # fmt: skip


def may_hold(drawing: bytes) -> bool:
    """Whether the drawing has to be taken apart at all."""
    return bool(_BEGINS.search(drawing) and _PHOTOGRAPH.search(drawing))


def cleaned(drawing: bytes, clean: Callable[[bytes], bytes]) -> bytes | None:
    """The drawing with every photograph in it cleaned, or None where there is none. Raises what pypdf raises when it is damaged."""
    content = ContentStream(None, None)
    content.set_data(drawing)
    found = False
    for operands, operator in content.operations:
        if operator == b"INLINE IMAGE" and (bare := _photograph(operands["settings"], operands["data"])) is not None:
            settings = operands["settings"]
            for key in ("/F", "/Filter", "/DP", "/DecodeParms"):
                settings.pop(key, None)
            settings[NameObject("/F")] = NameObject("/DCT")
            operands["data"] = clean(bare) + b"\n"
            found = True
    if not found:
        return None
    content._data = b""  # written anew from its parts
    return content.get_data()


def _photograph(settings: Any, data: bytes) -> bytes | None:
    """The JPEG of the picture, or None where it is none: what was packed around it is taken off."""
    said = settings.get("/F", settings.get("/Filter", NullObject()))
    names = [_NAMES.get(str(name), str(name)) for name in (said if isinstance(said, ArrayObject) else [said])]
    if not names or names[-1] != "/DCTDecode":
        return None
    stream = EncodedStreamObject()
    stream._data = data
    stream[NameObject("/Filter")] = ArrayObject([NameObject(name) for name in names])
    return bytes(decode_stream_data(stream))
