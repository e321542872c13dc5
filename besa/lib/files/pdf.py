"""A PDF as nothing but its pages: what is drawn is copied into a new file, the rest stays behind. Runs in the child process.

Copied are each page's drawing, its size and what the drawing uses. So document information, XMP, scripts, actions, embedded files,
forms, outlines, links, older revisions and whatever the file hides beside its pages never come over. What forms and remarks show
is kept as a drawing on the page.
"""

from __future__ import annotations

import io
import zlib
from typing import Any

from pypdf import PdfReader, PdfWriter
from pypdf.errors import PyPdfError
from pypdf.filters import decode_stream_data
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    IndirectObject,
    NameObject,
    NullObject,
    NumberObject,
    PdfObject,
    StreamObject,
)

from besa.lib.files import pdf_inline
from besa.lib.files.caps import Caps, NotTaken
from besa.lib.files.pictures import jpeg2000_within, jpeg_within

PAGE = ("/MediaBox", "/CropBox", "/Rotate", "/UserUnit", "/Group", "/Resources", "/Contents")
# Resources are named by their author: the keys of these dictionaries are names and mean nothing.
NAMED = (
    "/Font", "/XObject", "/ColorSpace", "/Pattern", "/Shading", "/ExtGState", "/Properties", "/CharProcs", "/Colorants",
)  # fmt: skip
LEFT = {
    "/Metadata", "/PieceInfo", "/LastModified", "/AA", "/A", "/JS", "/OpenAction", "/Names", "/EF", "/AF", "/URI", "/OPI",
    "/Ref", "/Alternates", "/StructParent", "/StructParents", "/Parent", "/P", "/Popup", "/Measure", "/PtData", "/Usage",
    "/Dest", "/Annots", "/Thumb", "/B", "/Tabs", "/RichMediaContent", "/Launch", "/Win", "/Kids", "/SpiderInfo",
}  # fmt: skip
NOT_DRAWINGS = {
    "/Length1",
    "/FunctionType",
    "/ShadingType",
    "/CMapName",
    "/N",
}  # fonts, functions, shadings, maps, profiles
LEFT_OF_STREAMS = {"/F", "/FFilter", "/FDecodeParms", "/ID", "/DL", "/Length"}
NOT_DRAWN = (
    "/FileAttachment",
    "/RichMedia",
    "/Screen",
    "/Movie",
    "/3D",
    "/Sound",
    "/Link",
    "/Popup",
    "/TrapNet",
    "/Text",
)
_HIDDEN = 0b100010  # flags of a remark: hidden, not to be seen
_PRINTED_READ_ONLY = 4 + 64
_DEVICES = {1: "/DeviceGray", 3: "/DeviceRGB", 4: "/DeviceCMYK"}
_MILLION = 1_000_000


def view_pdf(data: bytes, caps: Caps) -> bytes:
    """The pages as a new PDF. Raises NotTaken when it is locked, damaged, too long or too intricate."""
    try:
        reader = PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise NotTaken("encrypted")
        if reader.get_num_pages() > caps.pages:
            raise NotTaken("pages", limit=caps.pages)
        if not reader.pages:
            raise NotTaken("broken")
        copy = _Copy(caps)
        for page in reader.pages:
            copy.add_page(page)
        return copy.written(reader.trailer["/Root"])
    except (
        PyPdfError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        OverflowError,
        OSError,
        NotImplementedError,
    ):
        raise NotTaken("broken") from None


class _Copy:
    """The new file while it grows. Objects that pages share are copied once."""

    def __init__(self, caps: Caps) -> None:
        self.caps = caps
        self.writer = PdfWriter()
        self.writer.pdf_header = "%PDF-1.7"
        self.known: dict[tuple[int, int], IndirectObject] = {}
        self.count = 0

    def written(self, root: Any) -> bytes:
        layers = root.get_object().get("/OCProperties")
        if layers is not None:
            self._keep_layers(layers.get_object())
        out = io.BytesIO()
        self.writer.metadata = None
        self.writer.write(out)
        return out.getvalue()

    def add_page(self, page: Any) -> None:
        box = page.mediabox
        made = self.writer.add_blank_page(float(box.width) or 1, float(box.height) or 1)
        for key in PAGE:
            if key in page:
                made[NameObject(key)] = self.copied(page.raw_get(key), key, 0)
        drawn = ArrayObject()
        remarks = page.get("/Annots", NullObject()).get_object()
        for remark in remarks if isinstance(remarks, ArrayObject) else ():
            if (stamp := self._stamp(remark.get_object())) is not None:
                drawn.append(self.writer._add_object(stamp))
        if drawn:
            made[NameObject("/Annots")] = drawn

    def _stamp(self, remark: Any) -> DictionaryObject | None:
        """What a form field or a remark shows, as a drawing that does nothing; nothing for what shows nothing."""
        if not isinstance(remark, DictionaryObject) or remark.get("/Subtype") in NOT_DRAWN:
            return None
        if int(remark.get("/F", 0)) & _HIDDEN or "/AP" not in remark or "/Rect" not in remark:
            return None
        drawing: Any = remark["/AP"].get_object()
        drawing = drawing.get("/N", NullObject()).get_object()
        if isinstance(drawing, DictionaryObject) and not isinstance(drawing, StreamObject):
            drawing = drawing.get(remark.get("/AS", "/Off"), NullObject()).get_object()
        if not isinstance(drawing, StreamObject):
            return None
        normal = self.writer._add_object(self.copied(drawing, "/N", 0))
        return DictionaryObject({
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject("/Stamp"),
            NameObject("/Rect"): self.copied(remark["/Rect"], "/Rect", 0),
            NameObject("/F"): NumberObject(_PRINTED_READ_ONLY),
            NameObject("/AP"): DictionaryObject({NameObject("/N"): normal}),
        })  # fmt: skip

    def _keep_layers(self, layers: Any) -> None:
        """Which layers are shown and which are not, so that the copy shows what the original does."""
        kept = DictionaryObject({NameObject("/OCGs"): self.copied(layers["/OCGs"], "/OCGs", 0)})
        shown = DictionaryObject()
        usual = layers.get("/D", DictionaryObject()).get_object()
        for key in ("/ON", "/OFF", "/BaseState"):
            if key in usual:
                shown[NameObject(key)] = self.copied(usual.raw_get(key), key, 0)
        kept[NameObject("/D")] = shown
        self.writer.root_object[NameObject("/OCProperties")] = kept

    def copied(self, value: Any, key: str, depth: int) -> PdfObject:
        """A value as it comes over: containers without what is left behind, references once."""
        self.count += 1
        if depth > self.caps.depth or self.count > self.caps.objects:
            raise NotTaken("objects")
        if isinstance(value, IndirectObject):
            return self._referred(value, key, depth)
        if isinstance(value, StreamObject):
            return self._stream(value, depth)
        if isinstance(value, DictionaryObject):
            made = DictionaryObject()
            self._fill(made, value, key, depth)
            return made
        if isinstance(value, ArrayObject):
            return self._array(value, key, depth)
        return value if isinstance(value, PdfObject) else NullObject()

    def _referred(self, reference: IndirectObject, key: str, depth: int) -> PdfObject:
        place = (reference.idnum, reference.generation)
        if place in self.known:
            return self.known[place]
        value = reference.get_object()
        if isinstance(value, DictionaryObject) and not isinstance(value, StreamObject):
            made = DictionaryObject()  # in its place before it is filled, for it may refer to itself
            self.known[place] = self.writer._add_object(made)
            self._fill(made, value, key, depth)
        elif isinstance(value, StreamObject):
            stream = EncodedStreamObject()
            self.known[place] = self.writer._add_object(stream)
            self._fill_stream(stream, value, depth)
        else:
            self.known[place] = self.writer._add_object(NullObject())
            self.writer._objects[self.known[place].idnum - 1] = self.copied(value, key, depth + 1)
        return self.known[place]

    def _fill(self, made: DictionaryObject, value: DictionaryObject, key: str, depth: int) -> None:
        left = LEFT | LEFT_OF_STREAMS if isinstance(value, StreamObject) else set() if key in NAMED else LEFT
        for name in value:
            if name not in left:
                made[NameObject(name)] = self.copied(value.raw_get(name), str(name), depth + 1)

    def _array(self, value: ArrayObject, key: str, depth: int) -> PdfObject:
        if len(value) == 2 and value[0] == "/ICCBased":  # a colour profile may name the device that made it
            components = value[1].get_object().get("/N")
            if components in _DEVICES:
                return NameObject(_DEVICES[components])
        return ArrayObject([self.copied(item, key, depth + 1) for item in list.__iter__(value)])

    def _stream(self, value: StreamObject, depth: int) -> PdfObject:
        made = EncodedStreamObject()
        self._fill_stream(made, value, depth)
        return made

    def _fill_stream(self, made: EncodedStreamObject, value: StreamObject, depth: int) -> None:
        subtype = value.get("/Subtype")
        if subtype == "/PS" or value.get("/Type") == "/EmbeddedFile":
            return
        if subtype == "/Image" and int(value.get("/Width", 0)) * int(value.get("/Height", 0)) > self.caps.pixels:
            raise NotTaken("pixels", limit=self.caps.pixels // _MILLION)
        self._fill(made, value, "", depth)
        filters = value.get("/Filter", NullObject()).get_object()
        last = filters[-1] if isinstance(filters, ArrayObject) and filters else filters
        clean = {"/DCTDecode": jpeg_within, "/DCT": jpeg_within, "/JPXDecode": jpeg2000_within}.get(str(last))
        if clean is None:
            made._data = value._data
            if subtype in (None, "/Form") and not NOT_DRAWINGS & value.keys():
                self._clean_within(made, bytes(value.get_data()))
            return
        made._data = clean(bytes(decode_stream_data(value)), self.caps)
        made[NameObject("/Filter")] = NameObject("/JPXDecode" if last == "/JPXDecode" else "/DCTDecode")
        made.pop("/DecodeParms", None)

    def _clean_within(self, made: EncodedStreamObject, drawing: bytes) -> None:
        """Photographs that stand in the drawing itself."""
        if not pdf_inline.may_hold(drawing):
            return
        cleaned = pdf_inline.cleaned(drawing, lambda data: jpeg_within(data, self.caps))
        if cleaned is not None:
            made._data = zlib.compress(cleaned)
            made[NameObject("/Filter")] = NameObject("/FlateDecode")
            made.pop("/DecodeParms", None)
