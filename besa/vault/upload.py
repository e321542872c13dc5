"""Files that people send are sealed while they arrive: what touches the disk is ciphertext, what is in memory is one chunk.

A view asks for it with `sealed_upload`, which Django needs to know before anything reads the request's body; so the check of
the form's secret comes after it, inside.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import IO, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from besa.lib.files import kinds
from besa.lib.files.caps import CAPS, MEBIBYTE, Caps, NotTaken
from besa.vault import chunks
from besa.vault.chunks import Sealer

INCOMING = "incoming-"
PATIENCE = 4  # so many times the largest size is read to its end, so that the person sees why it was refused; beyond, it is cut


@dataclass(frozen=True, repr=False)
class Place:
    """Where an arriving file is sealed: the folder, and the key and the context that open it again."""

    folder: Path
    key: bytes
    context: bytes
    caps: Caps = field(default=CAPS)


class Incoming:
    """A container that is being written under a name of its own; goes away unless it is kept."""

    def __init__(self, place: Place) -> None:
        place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle, name = tempfile.mkstemp(dir=place.folder, prefix=INCOMING)
        self.path = Path(name)
        self._out: IO[bytes] = os.fdopen(handle, "wb")
        self._sealer = Sealer(self._out, key=place.key, context=place.context)

    def write(self, data: bytes) -> None:
        self._sealer.write(data)

    def finish(self) -> chunks.Extent:
        """Seal the end and bring it safely to the disk."""
        extent = self._sealer.close()
        self._out.flush()
        os.fsync(self._out.fileno())
        self._out.close()
        return extent

    def discard(self) -> None:
        with contextlib.suppress(OSError):
            self._out.close()
        self.path.unlink(missing_ok=True)


class SealedUpload(UploadedFile[bytes]):
    """A file that has arrived and is sealed. Its bytes come from `open_sealed` alone; as a file of Django it reads nothing.

    `refused` says why it was not kept; then there is no `path`. When the request ends, what was not moved away is removed.
    """

    def __init__(
        self,
        name: str,
        size: int,
        *,
        place: Place,
        path: Path | None,
        sha256: str,
        head: bytes,
        refused: NotTaken | None,
    ) -> None:
        super().__init__(None, name, "application/octet-stream", size)
        self.place = place
        self.path = path
        self.sha256 = sha256
        self.head = head
        self.refused = refused

    def open_sealed(self) -> Iterator[bytes]:
        """The bytes as they came, each verified. Raises what refused them."""
        if self.refused is not None or self.path is None:
            raise self.refused or NotTaken("empty")
        with self.path.open("rb") as file:
            yield from chunks.open_stream(file, key=self.place.key, context=self.place.context)

    def close(self) -> None:
        if self.path is not None:
            self.path.unlink(missing_ok=True)


class SealingHandler(FileUploadHandler):
    """Seals each file of a request while it arrives; refuses early what is too large or not of an allowed type."""

    def __init__(self, place: Place, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.place = place
        self.taken: list[SealedUpload] = []
        self.is_reached = False  # has the view begun, after the form's secret was found right
        self._incoming: Incoming | None = None
        self._size = 0
        self._head = b""
        self._refused: NotTaken | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._drop()
        self._size, self._head, self._refused = 0, b"", None
        self._incoming = Incoming(self.place)
        raise StopFutureHandlers  # the usual ones would write it to the disk as it is

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if len(self._head) < kinds.HEAD:
            self._head += bytes(raw_data[: kinds.HEAD - len(self._head)])
            if len(self._head) == kinds.HEAD:
                self._look()
        limit = self.place.caps.size
        if self._size > limit and self._refused is None:
            self._refuse(NotTaken("size", limit=limit // MEBIBYTE))
        if self._size > limit * PATIENCE:
            self.file_complete(self._size)
            raise StopUpload(connection_reset=True)
        if self._incoming is not None:
            self._incoming.write(raw_data)

    def _look(self) -> None:
        try:
            kinds.check_head(self.file_name or "", self._head)
        except NotTaken as refused:
            self._refuse(refused)

    def _refuse(self, reason: NotTaken) -> None:
        self._refused = reason
        self._drop()

    def _drop(self) -> None:
        if self._incoming is not None:
            self._incoming.discard()
            self._incoming = None

    def file_complete(self, file_size: int) -> SealedUpload:
        if self._refused is None and len(self._head) < kinds.HEAD:
            self._look()
        path, sha256 = None, ""
        if self._incoming is not None:
            path, sha256 = self._incoming.path, self._incoming.finish().sha256
            self._incoming = None
        upload = SealedUpload(
            self.file_name or "", self._size, place=self.place, path=path, sha256=sha256, head=self._head,
            refused=self._refused,
        )  # fmt: skip
        self.taken.append(upload)
        return upload

    def upload_interrupted(self) -> None:
        self._drop()

    def close(self) -> None:
        """Remove everything that was not moved away, also what is still arriving."""
        self._drop()
        for upload in self.taken:
            upload.close()


View = Callable[..., HttpResponseBase]


def sealed_upload(
    place: Callable[..., Place], abandoned: Callable[[HttpRequest], None] | None = None
) -> Callable[[View], View]:
    """A view whose files are sealed while they arrive, at the place that `place(request, …)` names for a POST.

    `place` is asked before the body is read, so it loads through `visible_to` and refuses whoever may not hand in anything.
    `abandoned` is told when the view was not reached: the form's secret was missing, or the connection was lost. There the key
    that `place` has made is destroyed again.

    The view finds `SealedUpload`s in `request.FILES` and gives them to `attach`; what it does not keep is gone afterwards.
    """

    def decorated(view: View) -> View:
        @wraps(view)
        def reached(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            for handler in request.upload_handlers:
                if isinstance(handler, SealingHandler):
                    handler.is_reached = True
            return view(request, *args, **kwargs)

        protected = csrf_protect(reached)

        @csrf_exempt
        @wraps(view)
        def sealing(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if request.method != "POST":
                return protected(request, *args, **kwargs)
            handler = SealingHandler(place(request, *args, **kwargs), request)
            request.upload_handlers = [handler]
            try:
                return protected(request, *args, **kwargs)
            finally:
                handler.close()
                if not handler.is_reached and abandoned is not None:
                    abandoned(request)

        return sealing

    return decorated


def uploads(request: HttpRequest) -> list[SealedUpload]:
    """The files of the request in the order in which they came, also one that was cut off for its size."""
    request.FILES  # noqa: B018 - reads the body
    return [
        upload for handler in request.upload_handlers if isinstance(handler, SealingHandler) for upload in handler.taken
    ]


def sweep(folder: Path, *, seconds: float, young: float = 24 * 3600) -> int:
    """Remove what arriving files have left behind when a process was killed, older than a day at the real time `seconds`."""
    old = [path for path in folder.glob(f"{INCOMING}*") if seconds - path.stat().st_mtime > young]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)
