"""Taking a file: what it is, sealed while it arrives, scanned, read in the sandbox, and a copy without metadata sealed beside it.

Knows no models. The caller gives the folder, the data key of the attachment and the context that binds it to its row, and moves
what was taken to its place by `Taken.keep`.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType

from besa.lib.files import kinds, sandbox
from besa.lib.files.caps import CAPS, MEBIBYTE, Caps, NotTaken
from besa.lib.files.scan import Result, Scan, scan
from besa.lib.files.words import refusal
from besa.vault import chunks
from besa.vault.upload import Incoming, Place, SealedUpload

_VIEW = "besa.lib.files.viewing:view"


def original_context(context: bytes) -> bytes:
    """What binds the original to its row; never equal to that of the copy."""
    return b"original\0" + context


def copy_context(context: bytes) -> bytes:
    return b"copy\0" + context


def original_place(folder: Path, key: bytes, context: bytes, caps: Caps = CAPS) -> Place:
    """Where the upload handler seals an original that `attach` is to take."""
    return Place(folder, key, original_context(context), caps)


@dataclass(repr=False)
class Taken:
    """A file that was taken: two containers, still under passing names. Used as `with attach(…) as taken: …; taken.keep(…)`."""

    name: str
    media_type: str  # of both, told by the content
    size: int  # bytes of the original
    sha256: str  # of the original
    copy_size: int
    copy_sha256: str
    scan: Scan
    original: Path
    copy: Path

    def keep(self, original: Path, copy: Path) -> None:
        """Move both containers to their places (in the same file system) and bring the folders safely to the disk."""
        for source, target in ((self.copy, copy), (self.original, original)):
            target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.replace(source, target)
            handle = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)

    def discard(self) -> None:
        """Remove what was not kept."""
        for path in (self.original, self.copy):
            path.unlink(missing_ok=True)

    def __enter__(self) -> Taken:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.discard()


def attach(
    source: Iterable[bytes] | SealedUpload, *, name: str, folder: Path, key: bytes, context: bytes, caps: Caps = CAPS
) -> Taken:
    """Take a file that arrives as bytes, or one that the upload handler has sealed at `original_place`.

    Raises Refused with words for the person when it is not allowed, harmful, too large or cannot be read; then nothing is left.
    A scan that did not happen refuses nothing: `Taken.scan` says so, and it must be shown.
    """
    original: Path | None = None
    try:
        place = original_place(folder, key, context, caps)
        original, extent = _sealed(source, name, place)
        return _looked_through(original, extent, name, place, context)
    except BaseException as error:
        if original is not None:
            original.unlink(missing_ok=True)
        if isinstance(error, NotTaken):
            raise refusal(error) from None
        raise


def _sealed(source: Iterable[bytes] | SealedUpload, name: str, place: Place) -> tuple[Path, chunks.Extent]:
    if isinstance(source, SealedUpload):
        if source.refused is not None:
            raise source.refused
        kinds.check_head(name, source.head)
        if source.path is None or source.place.context != place.context:
            raise ValueError("the upload was sealed for another place")
        return source.path, chunks.Extent(source.size or 0, source.sha256)
    incoming = Incoming(place)
    try:
        for piece in _watched(source, name, place.caps):
            incoming.write(piece)
        return incoming.path, incoming.finish()
    except BaseException:
        incoming.discard()
        raise


def _watched(source: Iterable[bytes], name: str, caps: Caps) -> Iterator[bytes]:
    """The bytes as they pass; stops at once when their beginning or their number speaks against them."""
    head, size = b"", 0
    for piece in source:
        size += len(piece)
        if size > caps.size:
            raise NotTaken("size", limit=caps.size // MEBIBYTE)
        if len(head) < kinds.HEAD:
            head += piece[: kinds.HEAD - len(head)]
            if len(head) == kinds.HEAD:
                kinds.check_head(name, head)
        yield piece
    kinds.check_head(name, head)


def _opened(path: Path, place: Place) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from chunks.open_stream(file, key=place.key, context=place.context)


def _looked_through(original: Path, extent: chunks.Extent, name: str, place: Place, context: bytes) -> Taken:
    found = scan(_opened(original, place))
    if found.result == Result.INFECTED:
        raise NotTaken("infected")
    arguments = {"name": "x" + kinds.ending_of(name), "caps": asdict(place.caps)}
    answer = sandbox.run(_VIEW, _opened(original, place), arguments=arguments)
    media = kinds.MEDIA_TYPES[kinds.ending_of(name)]
    copy = Incoming(Place(place.folder, place.key, copy_context(context)))
    try:
        for start in range(0, len(answer.body), chunks.ROOM):
            copy.write(answer.body[start : start + chunks.ROOM])
        copy_extent = copy.finish()
    except BaseException:
        copy.discard()
        raise
    return Taken(name, media, *extent, *copy_extent, found, original, copy.path)
