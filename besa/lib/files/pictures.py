"""A picture as nothing but its points: decoded, turned the right way up, written anew. Runs in the child process."""

from __future__ import annotations

import contextlib
import io

from PIL import (
    Image,
    ImageCms,
    ImageOps,
    Jpeg2KImagePlugin,
    JpegImagePlugin,
    MpoImagePlugin,
    TiffImagePlugin,
)

from besa.lib.files.caps import Caps, NotTaken

# Everything is loaded before the child locks itself in.
_READERS = (Jpeg2KImagePlugin, JpegImagePlugin, MpoImagePlugin, TiffImagePlugin)
Image.preinit()
FORMATS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".gif": "GIF",
    ".bmp": "BMP",
    ".tif": "TIFF",
    ".tiff": "TIFF",
}
_SEVERAL = ("MPO",)  # what telephones write: the picture, and a smaller or deeper one behind it
_TRANSPARENT = ("RGBA", "LA", "PA", "La", "RGBa")
_MILLION = 1_000_000


def _opened(data: bytes, form: str, caps: Caps) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = None  # ours is asked below, before a point is decoded
    try:
        picture = Image.open(io.BytesIO(data), formats=[form])
    except (OSError, SyntaxError, ValueError):
        raise NotTaken("broken") from None
    if picture.width * picture.height > caps.pixels:
        raise NotTaken("pixels", limit=caps.pixels // _MILLION)
    if getattr(picture, "is_animated", False) and picture.format not in _SEVERAL:
        raise NotTaken("animated")
    return picture


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as its metadata says, in colours that need no profile any more."""
    profile = picture.info.get("icc_profile")
    ImageOps.exif_transpose(picture, in_place=True)
    if profile and picture.mode in ("RGB", "CMYK"):
        with contextlib.suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            from_ = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            turned = ImageCms.profileToProfile(picture, from_, ImageCms.createProfile("sRGB"), outputMode="RGB")
            picture = turned or picture
    return picture


def _plain_mode(picture: Image.Image, form: str) -> Image.Image:
    if form == "JPEG":
        return picture if picture.mode in ("L", "RGB") else picture.convert("RGB")
    if picture.mode in ("1", "L", "RGB", "RGBA", "LA", "I;16") and "transparency" not in picture.info:
        return picture
    if picture.mode in _TRANSPARENT or "transparency" in picture.info:
        return picture.convert("RGBA")
    return picture.convert("RGB")


def view_picture(data: bytes, form: str, caps: Caps) -> bytes:
    """The picture without EXIF, place, XMP, profile, comments and thumbnails, in the same format. Raises NotTaken."""
    opened = _opened(data, form, caps)
    try:
        opened.load()
        picture = _plain_mode(_upright(opened), form)
        bare = picture.copy()  # no longer of the class that remembers the file
        bare.info = {}
        opened.close()
        out = io.BytesIO()
        if form == "JPEG":
            bare.save(out, "JPEG", quality=92)
        else:
            (bare.convert("RGB") if form == "BMP" else bare).save(out, form)
    except (OSError, SyntaxError, ValueError, IndexError, TypeError, Image.DecompressionBombError):
        raise NotTaken("broken") from None
    return out.getvalue()


def jpeg_within(data: bytes, caps: Caps) -> bytes:
    """A JPEG that is part of a PDF, without its metadata and otherwise unchanged: colours and quality as they were."""
    picture = _opened(data, "JPEG", caps)
    try:
        picture.load()
        picture.info.clear()
        out = io.BytesIO()
        picture.save(out, "JPEG", quality="keep" if picture.format == "JPEG" else 92)
    except (OSError, SyntaxError, ValueError):
        raise NotTaken("broken") from None
    return out.getvalue()


def jpeg2000_within(data: bytes, caps: Caps) -> bytes:
    """A JPEG 2000 that is part of a PDF, without its boxes of metadata."""
    picture = _opened(data, "JPEG2000", caps)
    try:
        picture.load()
        picture.info.clear()
        out = io.BytesIO()
        picture.save(out, "JPEG2000", irreversible=False)
    except (OSError, SyntaxError, ValueError):
        raise NotTaken("broken") from None
    return out.getvalue()
