"""Taking a file from the first byte to the two containers; nothing plain on the disk, nothing left when it is refused."""

from __future__ import annotations

import io
import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.files.uploadhandler import StopFutureHandlers
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from pytest_django import Settings

from besa.lib.files.caps import CAPS, Caps
from besa.lib.files.scan import Result
from besa.lib.refusal import Refused
from besa.lib.tests import canaries
from besa.vault import attach as attaching
from besa.vault import chunks, upload
from besa.vault.attach import attach, copy_context, original_context
from besa.vault.envelope import Unopened

KEY, CONTEXT = bytes(range(32)), b"case 1, attachment 2"
SMALL = Caps(size=200_000)
TEXT = b"The visible statement of a witness\n" * 100


def opened(file: Path, context: bytes) -> bytes:
    return b"".join(chunks.open_stream(io.BytesIO(file.read_bytes()), key=KEY, context=context))


def files(folder: Path) -> list[Path]:
    return [file for file in folder.rglob("*") if file.is_file()]


def take(folder: Path, data: bytes, name: str, caps: Caps = CAPS) -> attaching.Taken:
    pieces = (data[start : start + 1000] for start in range(0, len(data), 1000))
    return attach(pieces, name=name, folder=folder, key=KEY, context=CONTEXT, caps=caps)


def test_original_and_copy_are_sealed_and_kept(tmp_path: Path) -> None:
    data = canaries.jpeg()
    original, copy = tmp_path / "a" / "original", tmp_path / "b" / "copy"
    with take(tmp_path, data, "photo.jpg") as taken:
        taken.keep(original, copy)
    assert (taken.media_type, taken.size, taken.scan.result) == ("image/jpeg", len(data), Result.NOT_SCANNED)
    assert sorted(files(tmp_path)) == sorted([original, copy])
    assert opened(original, original_context(CONTEXT)) == data, "the original is untouched"
    seen = opened(copy, copy_context(CONTEXT))
    assert len(seen) == taken.copy_size
    assert not canaries.carries(seen)
    assert canaries.CANARY.encode() not in original.read_bytes() + copy.read_bytes()
    for file, context in ((original, copy_context(CONTEXT)), (copy, original_context(CONTEXT)), (original, CONTEXT)):
        with pytest.raises(Unopened):
            opened(file, context)


def test_what_is_not_kept_goes(tmp_path: Path) -> None:
    with take(tmp_path, TEXT, "a.txt") as taken:
        assert len(files(tmp_path)) == 2
        assert not any(b"witness" in file.read_bytes() for file in files(tmp_path))
        assert taken.sha256 != ""
    assert files(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.exe", b"MZ", "not taken"), ("a.txt", b"", "empty"), ("a.txt", b"x" * 300_000, "larger"),
        ("a.pdf", TEXT, "not what its name says"), ("a.png", canaries.png()[:99], "damaged"),
        ("a.txt", b"<script>", "not one document"), ("a.pdf", b"%PDF-1.7 nothing", "damaged"),
    ],
    ids=["kind", "empty", "large", "name", "half a picture", "script", "half a document"],
)  # fmt: skip
def test_a_refusal_has_words_and_leaves_nothing(tmp_path: Path, name: str, data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        take(tmp_path, data, name, SMALL)
    assert files(tmp_path) == []


def test_a_stream_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    def stream() -> Iterator[bytes]:
        yield TEXT
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        attach(stream(), name="a.txt", folder=tmp_path, key=KEY, context=CONTEXT)
    assert files(tmp_path) == []


def test_what_is_too_large_is_not_read_to_its_end(tmp_path: Path) -> None:
    read: list[int] = []

    def stream() -> Iterator[bytes]:
        for number in range(1000):
            read.append(number)
            yield bytes([65]) * 50_000

    with pytest.raises(Refused, match="larger"):
        attach(stream(), name="a.txt", folder=tmp_path, key=KEY, context=CONTEXT, caps=SMALL)
    assert len(read) == 5


@pytest.mark.parametrize(
    ("answer", "result"), [(b"stream: OK\0", "clean"), (b"stream: X FOUND\0", ""), (b"?\0", "not scanned")]
)
def test_the_scanner_decides(tmp_path: Path, settings: Settings, answer: bytes, result: str) -> None:
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(tmp_path / "clamd"))
    server.listen()
    settings.CLAMAV = str(tmp_path / "clamd")

    def serve() -> None:
        line, _ = server.accept()
        with line, line.makefile("rb") as file:
            file.read(10)
            while length := int.from_bytes(file.read(4), "big"):
                file.read(length)
            line.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    folder = tmp_path / "files"
    try:
        if result:
            with take(folder, TEXT, "a.txt") as taken:
                assert taken.scan.result == result
        else:
            with pytest.raises(Refused, match="harmful"):
                take(folder, TEXT, "a.txt")
        assert files(folder) == []
    finally:
        thread.join(5)
        server.close()


# --- files in requests

FOLDER: list[Path] = []
SEEN: list[upload.SealedUpload] = []
ABANDONED: list[str] = []


def _place(request: HttpRequest) -> upload.Place:
    return attaching.original_place(FOLDER[0], KEY, CONTEXT, SMALL)


@upload.sealed_upload(_place, lambda request: ABANDONED.append(request.path))
def _take(request: HttpRequest) -> HttpResponse:
    """Take the files of the request, as the page of a case does."""
    if request.method != "POST":
        return HttpResponse(request.META.get("CSRF_COOKIE", ""))
    SEEN[:] = upload.uploads(request)
    assert all(b"witness" not in file.read_bytes() for file in files(FOLDER[0]))
    for sent in SEEN:
        with attach(sent, name=sent.name or "", folder=FOLDER[0], key=KEY, context=CONTEXT, caps=SMALL) as taken:
            if "keep" in request.POST:
                taken.keep(FOLDER[0] / "original", FOLDER[0] / "copy")
    return HttpResponse(f"{len(SEEN)} {request.POST.get('note', '')}")


urlpatterns = [path("take/", _take)]


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    settings.ROOT_URLCONF = __name__
    settings.CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"  # ours shows pages that are not in these urls
    settings.MIDDLEWARE = ["django.middleware.csrf.CsrfViewMiddleware"]
    FOLDER[:], SEEN[:], ABANDONED[:] = [tmp_path], [], []
    return tmp_path


def _file(data: bytes, name: str = "a.txt") -> io.BytesIO:
    made = io.BytesIO(data)
    made.name = name
    return made


def test_a_request_is_sealed_while_it_arrives(folder: Path) -> None:
    answer = Client().post("/take/", {"note": "n", "keep": "1", "file": _file(TEXT, "../../statement.txt")})
    assert answer.content == b"1 n"
    assert ABANDONED == []
    assert (SEEN[0].name, SEEN[0].size, SEEN[0].refused) == ("statement.txt", len(TEXT), None)
    assert sorted(file.name for file in files(folder)) == ["copy", "original"]
    assert opened(folder / "original", original_context(CONTEXT)) == TEXT
    assert opened(folder / "copy", copy_context(CONTEXT)) == TEXT


def test_what_the_view_does_not_keep_is_gone(folder: Path) -> None:
    assert Client().post("/take/", {"a": _file(TEXT), "b": _file(TEXT, "b.txt")}).content == b"2 "
    assert files(folder) == []


@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"x" * 250_000, "a.txt", "larger"),
        (b"x" * 2_000_000, "a.txt", "larger"),
        (b"MZ" * 9000, "a.txt", "not what"),
        (b"MZ", "a.exe", "not taken"),
    ],
)
def test_refused_files_leave_nothing_and_say_why(folder: Path, data: bytes, name: str, words: str) -> None:
    with pytest.raises(Refused, match=words):
        Client().post("/take/", {"file": _file(data, name)})
    assert SEEN[0].refused is not None
    assert SEEN[0].path is None
    assert files(folder) == []


def test_the_secret_of_the_form_is_still_asked_for(folder: Path) -> None:
    client = Client(enforce_csrf_checks=True)
    assert client.post("/take/", {"file": _file(TEXT)}).status_code == 403
    assert SEEN == []
    assert ABANDONED == ["/take/"], "the key that was made for it can be destroyed"
    assert files(folder) == []


def _body(data: bytes) -> bytes:
    return b'--B\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + data


class _Broken(io.BytesIO):
    """A connection that is lost in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        if not (piece := super().read(size)):
            raise ConnectionResetError
        return piece


@pytest.mark.parametrize("is_lost", [False, True])
def test_an_upload_that_breaks_off_leaves_nothing(folder: Path, is_lost: bool) -> None:
    body = _body(TEXT * 20)
    kind = _Broken if is_lost else io.BytesIO
    try:
        answer = Client().generic(
            "POST", "/take/", b"x", content_type="multipart/form-data; boundary=B",
            **{"wsgi.input": kind(body), "CONTENT_LENGTH": str(len(body) + 1000)},  # type: ignore[arg-type]
        )  # fmt: skip
    except OSError:
        assert is_lost
    else:
        assert answer.content == b"0 "
    assert files(folder) == []


def test_no_plain_file_is_made_anywhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    elsewhere = tmp_path_factory.mktemp("tmp")
    monkeypatch.setattr("tempfile.tempdir", str(elsewhere))
    monkeypatch.setenv("TMPDIR", str(elsewhere))
    made: list[str] = []
    original = os.open

    def watched(name: str, flags: int, *rest: int, **more: int) -> int:
        if flags & os.O_CREAT:
            made.append(str(name))
        return original(name, flags, *rest, **more)

    monkeypatch.setattr(os, "open", watched)
    Client().post("/take/", {"file": _file(canaries.jpeg() + bytes(100_000), "a.jpg")})
    assert files(elsewhere) == []
    assert made
    assert all(Path(name).name.startswith(upload.INCOMING) for name in made)


def test_sweeping_takes_what_a_killed_process_has_left(tmp_path: Path) -> None:
    old, young, kept = tmp_path / "incoming-a", tmp_path / "incoming-b", tmp_path / "kept"
    for file in (old, young, kept):
        file.write_bytes(b"x")
    os.utime(old, (0, 0))
    os.utime(kept, (0, 0))
    assert upload.sweep(tmp_path, seconds=young.stat().st_mtime) == 1
    assert sorted(files(tmp_path)) == [young, kept]


def test_an_upload_for_another_place_is_not_taken(tmp_path: Path) -> None:
    place = attaching.original_place(tmp_path, KEY, b"another row")
    handler = upload.SealingHandler(place)
    with pytest.raises(StopFutureHandlers):
        handler.new_file("file", "a.txt", "text/plain", None)
    handler.receive_data_chunk(TEXT, 0)
    sent = handler.file_complete(len(TEXT))
    with pytest.raises(ValueError, match="another place"):
        attach(sent, name="a.txt", folder=tmp_path, key=KEY, context=CONTEXT)
    handler.close()
    assert files(tmp_path) == []
