"""Canaries: texts that cannot be mistaken, in every spelling and coding in which a program may write them down; and their search."""

from __future__ import annotations

import base64
import binascii
import email
import email.policy
import hashlib
import io
import json
import quopri
import random
import string
import unicodedata
import urllib.parse
import zipfile
import zlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

STEM, DIGITS = (
    "zqxvk7",
    "7039518",
)  # stand in every made-up text, so that one search finds them all; the rest tells which
MIXED = string.ascii_letters + string.digits
MOST_HITS = 5_000  # of one stem in one file; more would tell nothing new
INFLATED = 1 << 20
ZLIB = (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")


@dataclass(frozen=True)
class Canary:
    """One text, and where it was put in. A learned one was not made up here: a session's key, the secret of an app."""

    text: str
    where: str
    is_learned: bool = False

    @property
    def loose(self) -> frozenset[bytes]:
        """What it looks like where capital and small letters are one."""
        return frozenset(
            coded.lower() for said in spellings(self.text) for coded in codings(said) if len(coded) >= len(STEM)
        )

    @property
    def exact(self) -> frozenset[bytes]:
        """What it looks like in base64."""
        return frozenset(
            part
            for said in spellings(self.text)
            for part in in_base64(said.encode(), said.encode("utf-16-le"), json.dumps(said).strip('"').encode())
        )


def spellings(text: str) -> set[str]:
    """As it was typed; in capitals and small letters; without accents; without what stands between the signs."""
    bare = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
    close = "".join(sign for sign in text if sign.isalnum())
    return {text, text.lower(), text.upper(), text.title(), bare, close, unicodedata.normalize("NFD", text)}


def codings(text: str) -> Iterator[bytes]:
    """The text as bytes, in every way but base64."""
    plain = text.encode()
    yield from (plain, text.encode("utf-16-le"), text.encode("utf-16-be"), plain.hex().encode())
    yield text.encode("utf-16-le").hex().encode()
    yield text.encode("latin-1", "ignore")
    yield urllib.parse.quote(text).encode()
    yield urllib.parse.quote_plus(text).encode()
    yield urllib.parse.quote(text, encoding="latin-1", errors="ignore").encode()
    yield json.dumps(text).strip('"').encode()
    yield text.encode("ascii", "xmlcharrefreplace")
    yield text.encode("unicode_escape")
    yield repr(plain)[2:-1].encode()
    yield quopri.encodestring(plain).replace(b"=\n", b"")
    yield "".join(chr(byte) if byte < 128 else f"\\{byte:03o}" for byte in plain).encode()  # PostgreSQL's bytes


def in_base64(*texts: bytes) -> Iterator[bytes]:
    """What stands in base64 wherever the text begins, in both alphabets: only the signs that nothing around it changes."""
    for text in texts:
        for before in range(3):
            coded = base64.b64encode(bytes(before) + text).rstrip(b"=")
            first = -(-before * 8 // 6)
            whole = coded[first : (before + len(text)) * 8 // 6]
            yield whole
            yield whole.replace(b"+", b"-").replace(b"/", b"_")


@dataclass
class Planter:
    """Makes canaries and remembers them."""

    chance: random.Random = field(default_factory=random.SystemRandom)
    canaries: list[Canary] = field(default_factory=list)

    def _some(self, count: int, signs: str = MIXED) -> str:
        return "".join(self.chance.choices(signs, k=count))

    def _kept(self, text: str, where: str) -> str:
        self.canaries.append(Canary(text, where))
        return text

    def word(self, where: str) -> str:
        """Letters and digits."""
        return self._kept(self._some(1, string.ascii_uppercase) + STEM + self._some(7), where)

    def albanian(self, where: str) -> str:
        """With the letters that only some codings have."""
        return self._kept(f"Ç{self._some(2, 'ëçË')}{STEM}{self._some(6)}ë{self._some(1)}", where)

    def sentence(self, where: str) -> str:
        return f"She said {self.albanian(where)} and then nothing more."

    def phone(self, where: str) -> str:
        return self._kept(f"+355 69 {DIGITS} {self._some(5, string.digits)}", where)

    def paper(self, where: str) -> str:
        return self._kept(f"J{DIGITS}{self._some(8, string.digits)}K", where)

    def mail(self, where: str) -> str:
        return f"{self.word(where)}@example.org"

    def learned(self, text: str, where: str) -> str:
        """A secret that Besa has made."""
        if len(text) < 16:
            raise ValueError("too short to be told from chance")
        self.canaries.append(Canary(text, where, is_learned=True))
        return text


@dataclass
class Search:
    """Looks for canaries in bytes. `found` holds each with the places where it was; a piece of one is found under its stem."""

    canaries: list[Canary]
    found: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    size: int = 0
    places: set[str] = field(default_factory=set)
    _searched: set[bytes] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._made = [(one, one.loose, one.exact) for one in self.canaries if not one.is_learned]
        self._learned = [(one, one.loose, one.exact) for one in self.canaries if one.is_learned]
        stems = {coded.lower() for stem in (STEM, DIGITS) for coded in codings(stem)}
        self._stems = sorted(stem for stem in stems if len(stem) >= len(STEM))
        both = [
            coded
            for stem in (STEM, STEM.title(), STEM.upper(), DIGITS)
            for coded in (stem.encode(), stem.encode("utf-16-le"))
        ]
        self._exact_stems = sorted({part for part in in_base64(*both) if len(part) >= len(STEM)})

    def look_through(self, blobs: Iterable[tuple[str, bytes]]) -> None:
        """Search bytes by place; what was searched already and has not changed is not searched again."""
        for place, data in blobs:
            self.places.add(place)
            digest = hashlib.sha256(place.encode() + data).digest()
            if digest not in self._searched:
                self._searched.add(digest)
                self.look(place, data)

    def look(self, place: str, data: bytes) -> None:
        """Search the bytes, and what can be unpacked from them."""
        for piece in unpacked(place, data):
            self.size += len(piece)
            loose = piece.lower()
            self._direct(place, piece, loose)
            for stem in self._stems:
                self._around(place, loose, stem, is_exact=False)
            for stem in self._exact_stems:
                self._around(place, piece, stem, is_exact=True)

    def _direct(self, place: str, piece: bytes, loose: bytes) -> None:
        for one, forms, exact in self._learned:
            if any(form in loose for form in forms) or any(form in piece for form in exact):
                self.found[one.text].add(f"{place} ({one.where})")

    def _around(self, place: str, data: bytes, stem: bytes, *, is_exact: bool) -> None:
        """Name the canaries of which the stem was seen."""
        start, hits = data.find(stem), 0
        while start >= 0 and hits < MOST_HITS:
            near = data[max(0, start - 120) : start + 240]
            named = [
                one for one, forms, exact in self._made if any(form in near for form in (exact if is_exact else forms))
            ]
            for one in named:
                self.found[one.text].add(f"{place} ({one.where})")
            if not named and not stem.isdigit():  # digits alone may come by chance
                self.found[f"a piece, …{STEM}…"].add(place)
            start, hits = data.find(stem, start + 1), hits + 1


def unpacked(place: str, data: bytes) -> Iterator[bytes]:
    """The bytes themselves; members of archives, streams of zlib and gzip, and the decoded parts of a mail."""
    yield data
    if data[:2] == b"PK":
        yield from _members(data)
    if place.startswith("mail"):
        yield from _parts(data)
    for mark in ZLIB:
        yield from _inflated(data, mark, 15)
    yield from _inflated(data, b"\x1f\x8b\x08", 31)


def _members(data: bytes) -> Iterator[bytes]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist():
                yield info.filename.encode() + info.extra + info.comment
                yield archive.read(info)
    except (zipfile.BadZipFile, zlib.error, OSError, NotImplementedError, RuntimeError):
        return


def _parts(data: bytes) -> Iterator[bytes]:
    message = email.message_from_bytes(data, policy=email.policy.default)
    yield "\n".join(f"{name}: {value}" for name, value in message.items()).encode()
    for part in message.walk():
        content = part.get_payload(decode=True)
        if isinstance(content, bytes):
            yield content


def _inflated(data: bytes, mark: bytes, bits: int) -> Iterator[bytes]:
    view, start = memoryview(data), data.find(mark)
    while start >= 0:
        try:
            inner = zlib.decompressobj(bits).decompress(view[start : start + INFLATED], INFLATED)
        except zlib.error:
            inner = b""
        if len(inner) >= len(STEM):
            yield inner
        start = data.find(mark, start + 1)


def samples(canary: str) -> Iterable[tuple[str, bytes]]:
    """The canary written in ways in which programs leave texts behind; each must be found."""
    plain = canary.encode()
    yield "as it is", b"x" + plain
    yield "in UTF-16", canary.encode("utf-16-le")
    yield "in an address", urllib.parse.quote_plus(canary).encode()
    yield "in JSON", json.dumps({"text": canary}).encode()
    yield "in hexadecimal", binascii.hexlify(plain)
    yield "without accents, small", min(spellings(canary.lower()), key=lambda said: (not said.isascii(), said)).encode()
    for before in range(3):
        yield f"in base64 after {before} bytes", base64.b64encode(b"a" * before + plain + b"bc")
    yield "compressed", b"junk" + zlib.compress(b"line before\n" + plain + b"\nline after")
    if "ë" in canary or "ç" in canary.lower():
        yield "in Latin-1", canary.encode("latin-1")
