"""Archives: a tar stream that is sealed with age while it is written. The plain stream never touches a disk.

The last member is the manifest: size and SHA-256 of every other one, what the databases hold, and a code that only this
installation can write. `age --decrypt archive | tar --extract` opens one without Besa.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tarfile
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import pyrage

MANIFEST = "manifest.json"
FORMAT = 1
PART = 8 * 1024 * 1024  # bytes of a member; what has no known length is cut into parts
READ = 256 * 1024
_BLOCK = tarfile.BLOCKSIZE

Recipient = Any  # pyrage.x25519.Recipient
Identity = Any  # pyrage.x25519.Identity
Take = Callable[[str, Iterator[bytes]], None]


class Failed(Exception):
    """A backup or a restore does not hold. `code` goes into the record of events, the text to whoever ran the command."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True)
class Member:
    """One file of an archive; its chunks together have exactly `size` bytes."""

    name: str
    size: int
    chunks: Iterable[bytes]


@dataclass(frozen=True)
class Extent:
    """Size in bytes and SHA-256 of a file as it lies on the disk."""

    size: int
    sha256: str


@dataclass
class Contents:
    """The members of an archive while they pass, and what was seen of them."""

    members: Iterable[Member]
    describe: Callable[[dict[str, list[Any]]], dict[str, Any]]  # members seen -> manifest
    seen: dict[str, list[Any]] = field(default_factory=dict)

    def stream(self) -> Iterator[bytes]:
        """The tar stream."""
        for member in self.members:
            yield from self._one(member)
        text = json.dumps(self.describe(self.seen), sort_keys=True).encode()
        yield from self._one(Member(MANIFEST, len(text), [text]))
        yield bytes(2 * _BLOCK)

    def _one(self, member: Member) -> Iterator[bytes]:
        header = tarfile.TarInfo(member.name)
        header.size, header.mode = member.size, 0o600
        yield header.tobuf(tarfile.PAX_FORMAT)
        digest, passed = hashlib.sha256(), 0
        for chunk in member.chunks:
            digest.update(chunk)
            passed += len(chunk)
            yield chunk
        if passed != member.size:
            raise Failed("file_changed", f"{member.name} had {member.size} bytes and then {passed}")
        yield bytes(-passed % _BLOCK)
        self.seen[member.name] = [member.size, digest.hexdigest()]


def parts(name: str, chunks: Iterable[bytes]) -> Iterator[Member]:
    """Members `name/000000`, `name/000001` … from a stream of unknown length."""
    held, number = bytearray(), 0
    for chunk in chunks:
        held += chunk
        while len(held) >= PART:
            yield Member(f"{name}/{number:06}", PART, [bytes(held[:PART])])
            del held[:PART]
            number += 1
    if held or not number:
        yield Member(f"{name}/{number:06}", len(held), [bytes(held)])


class _Pull(io.RawIOBase):
    """A file to read from that is made while it is read; keeps the error that ended it."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream, self._held = stream, bytearray()
        self.problem: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while size < 0 or len(self._held) < size:
                self._held += next(self._stream)
        except StopIteration:
            pass
        except BaseException as problem:
            self.problem = problem
            raise
        given = bytes(self._held[:size]) if size >= 0 else bytes(self._held)
        del self._held[: len(given)]
        return given


class _Sink(io.RawIOBase):
    """A file to write to that is hashed while it is written; keeps the error that ended it."""

    def __init__(self, out: IO[bytes]) -> None:
        self._out, self._digest, self._size = out, hashlib.sha256(), 0
        self.problem: BaseException | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        try:
            self._out.write(data)
        except BaseException as problem:
            self.problem = problem
            raise
        self._digest.update(data)
        self._size += len(data)
        return len(data)

    def extent(self) -> Extent:
        return Extent(self._size, self._digest.hexdigest())


def write(file: Path, contents: Contents, recipients: Sequence[Recipient]) -> Extent:
    """Write an archive that the recipients can open, on the disk before this returns. Raises what the members raise, Failed."""
    source = _Pull(contents.stream())
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        sink = _Sink(out)
        try:
            pyrage.encrypt_io(source, sink, list(recipients))
        except Exception as problem:
            raise source.problem or sink.problem or Failed("not_sealed", f"{file.name}: {problem}") from problem
        out.flush()
        os.fsync(out.fileno())
    return sink.extent()


def extent_of(file: Path) -> Extent:
    """Size and hash of what lies on the disk now."""
    digest = hashlib.sha256()
    with file.open("rb") as opened:
        while chunk := opened.read(READ):
            digest.update(chunk)
        return Extent(opened.tell(), digest.hexdigest())


def _decrypt(file: Path, identities: Sequence[Identity], out: IO[bytes], problems: list[BaseException]) -> None:
    try:
        with out, file.open("rb") as sealed:
            pyrage.decrypt_io(sealed, out, list(identities))
    except BaseException as problem:  # told to whoever reads at the other end
        problems.append(problem)


def read(file: Path, identities: Sequence[Identity], take: Take) -> dict[str, Any]:
    """Open an archive, hand each member to `take`, and give the manifest. Raises Failed unless all is as the manifest says.

    What was handed over before the end is genuine, but counts only when this returns.
    """
    problems: list[BaseException] = []
    reading, writing = os.pipe()
    thread = threading.Thread(target=_decrypt, args=(file, identities, os.fdopen(writing, "wb"), problems), daemon=True)
    with os.fdopen(reading, "rb") as source:
        thread.start()
        try:
            seen, manifest = _members(source, take)
            while source.read(READ):  # padding, up to the end that age vouches for
                pass
        except (tarfile.TarError, EOFError, ValueError) as problem:
            problems.append(problem)
        finally:
            source.close()
            thread.join()
    if problems:
        raise Failed("not_opened", f"{file.name} does not open: {problems[0]}") from problems[0]
    if manifest.get("format") != FORMAT or manifest.get("members") != seen:
        raise Failed("manifest_differs", f"{file.name}: the manifest does not fit what is in the archive")
    return manifest


def _members(source: IO[bytes], take: Take) -> tuple[dict[str, list[Any]], dict[str, Any]]:
    seen: dict[str, list[Any]] = {}
    manifest: dict[str, Any] = {}
    with tarfile.open(fileobj=source, mode="r|") as tar:
        for header in tar:
            content = tar.extractfile(header)
            if content is None or manifest or not _is_plain(header.name):
                raise ValueError(f"{header.name} has no place in an archive")
            if header.name == MANIFEST:
                manifest = json.loads(content.read())
                continue
            hashed = _Hashed(content)
            take(header.name, iter(hashed))
            for _rest in hashed:
                pass
            seen[header.name] = [header.size, hashed.digest.hexdigest()]
    return seen, manifest


class _Hashed:
    """The chunks of a member, hashed while they are taken."""

    def __init__(self, content: IO[bytes]) -> None:
        self._content, self.digest = content, hashlib.sha256()

    def __iter__(self) -> Iterator[bytes]:
        while chunk := self._content.read(READ):
            self.digest.update(chunk)
            yield chunk


def _is_plain(name: str) -> bool:
    """A relative path that stays below where it is unpacked."""
    return not name.startswith("/") and not {"", ".", ".."} & set(name.split("/"))


# --- keys


def recipients_of(texts: Iterable[str], setting: str) -> list[Recipient]:
    """age public keys. Raises Failed naming the setting when there is none, or when one is none."""
    wanted = [text.strip() for text in texts if text.strip()]
    if not wanted:
        raise Failed("no_recipient", f"{setting} is missing; it names the public keys that can open a backup")
    try:
        return [pyrage.x25519.Recipient.from_str(text) for text in wanted]
    except pyrage.RecipientError as problem:
        raise Failed("no_recipient", f"{setting} holds what is no age public key: {problem}") from problem


def identities_of(files: Iterable[Path]) -> list[Identity]:
    """The private keys in files as age-keygen writes them. Raises Failed."""
    found = []
    for file in files:
        lines = [line.strip() for line in file.read_text().splitlines()]
        try:
            found += [pyrage.x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
        except pyrage.IdentityError as problem:
            raise Failed("no_identity", f"{file} holds what is no age private key") from problem
    if not found:
        raise Failed("no_identity", "no private key was given; name the files with --identity")
    return found
