"""Sealed containers: whole or not opened, whatever was done to them."""

from __future__ import annotations

import hashlib
import io
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from besa.vault import chunks
from besa.vault.envelope import Unopened

KEY, OTHER = os.urandom(32), os.urandom(32)
PLACE = b"attachment 1"
BOX = chunks.CHUNK + 16
HEAD = 33


def sealed(data: bytes, key: bytes = KEY, context: bytes = PLACE) -> bytes:
    out = io.BytesIO()
    chunks.seal_stream([data], out, key=key, context=context)
    return out.getvalue()


def opened(box: bytes, key: bytes = KEY, context: bytes = PLACE) -> bytes:
    return b"".join(chunks.open_stream(io.BytesIO(box), key=key, context=context))


def boxes(container: bytes) -> list[bytes]:
    return [container[start : start + BOX] for start in range(HEAD, len(container), BOX)]


SIZES = st.sampled_from(
    [0, 1, chunks.ROOM - 1, chunks.ROOM, chunks.ROOM + 1, 3 * chunks.ROOM, 9 * chunks.ROOM, 9 * chunks.ROOM + 5]
)


@settings(deadline=None, max_examples=60)
@given(size=SIZES, cut=st.integers(1, 200_000))
def test_what_is_sealed_opens_however_it_arrived(size: int, cut: int) -> None:
    data = os.urandom(size)
    out = io.BytesIO()
    pieces = (data[start : start + cut] for start in range(0, size, cut))
    extent = chunks.seal_stream(pieces, out, key=KEY, context=PLACE)
    assert opened(out.getvalue()) == data
    assert extent == (size, hashlib.sha256(data).hexdigest())
    assert chunks.verify(io.BytesIO(out.getvalue()), key=KEY, context=PLACE) == extent
    assert (len(out.getvalue()) - HEAD) % BOX == 0


@pytest.mark.parametrize(
    ("key", "place"), [(OTHER, PLACE), (KEY, b"attachment 2"), (KEY, b"")], ids=["key", "place", "no place"]
)
def test_another_key_or_place_opens_nothing(key: bytes, place: bytes) -> None:
    with pytest.raises(Unopened):
        opened(sealed(b"statement"), key, place)


LARGE = sealed(os.urandom(5 * chunks.ROOM))
SAME = sealed(os.urandom(5 * chunks.ROOM))  # the same key and place, another time


@settings(deadline=None, max_examples=200)
@given(place=st.integers(0, len(LARGE) - 1), bit=st.integers(0, 7))
def test_no_bit_can_be_changed(place: int, bit: int) -> None:
    changed = bytearray(LARGE)
    changed[place] ^= 1 << bit
    with pytest.raises(Unopened):
        opened(bytes(changed))


@settings(deadline=None, max_examples=100)
@given(length=st.integers(0, len(LARGE) - 1))
def test_nothing_can_be_cut_off(length: int) -> None:
    with pytest.raises(Unopened):
        opened(LARGE[:length])


@pytest.mark.parametrize("count", range(5))
def test_whole_chunks_cannot_be_cut_off(count: int) -> None:
    given_ = []
    with pytest.raises(Unopened):
        given_ += list(chunks.open_stream(io.BytesIO(LARGE[: HEAD + count * BOX]), key=KEY, context=PLACE))
    with pytest.raises(Unopened):
        chunks.verify(io.BytesIO(LARGE[: HEAD + count * BOX]), key=KEY, context=PLACE)


@settings(deadline=None, max_examples=60)
@given(order=st.permutations(range(5)), repeated=st.integers(0, 4))
def test_chunks_cannot_be_moved_or_repeated(order: list[int], repeated: int) -> None:
    parts = boxes(LARGE)
    if order != sorted(order):
        with pytest.raises(Unopened):
            opened(LARGE[:HEAD] + b"".join(parts[number] for number in order))
    with pytest.raises(Unopened):
        opened(LARGE[:HEAD] + b"".join([*parts[:repeated], parts[repeated], *parts[repeated:]]))
    with pytest.raises(Unopened):
        opened(LARGE[:HEAD] + b"".join(parts[:repeated] + parts[repeated + 1 :]))


@pytest.mark.parametrize("number", range(5))
def test_chunks_of_another_file_do_not_fit(number: int) -> None:
    parts, others = boxes(LARGE), boxes(SAME)
    parts[number] = others[number]
    with pytest.raises(Unopened):
        opened(LARGE[:HEAD] + b"".join(parts))
    with pytest.raises(Unopened):
        opened(SAME[:HEAD] + LARGE[HEAD:])


@pytest.mark.parametrize("more", [b"\0", b"x" * BOX, boxes(LARGE)[-1], LARGE])
def test_nothing_can_be_added(more: bytes) -> None:
    with pytest.raises(Unopened):
        opened(LARGE + more)


def test_what_is_given_before_the_end_is_genuine() -> None:
    data = os.urandom(5 * chunks.ROOM)
    box = bytearray(sealed(data))
    box[-1] ^= 1
    stream = chunks.open_stream(io.BytesIO(bytes(box)), key=KEY, context=PLACE)
    assert b"".join(next(stream) for _ in range(4)) == data[: 4 * chunks.ROOM]
    with pytest.raises(Unopened):
        next(stream)


@given(count=st.integers(1, 100_000))
def test_lengths_tell_only_their_order(count: int) -> None:
    assert count <= chunks.rounded(count) <= count * 1.12 + 1
    assert chunks.rounded(chunks.rounded(count)) == chunks.rounded(count)


def test_small_files_all_look_alike_and_few_lengths_occur() -> None:
    assert {len(sealed(os.urandom(size))) for size in (0, 1, 500, 40_000, chunks.ROOM)} == {HEAD + BOX}
    assert len({chunks.rounded(count) for count in range(1, 4096)}) < 150


def test_the_plain_bytes_are_not_in_the_container() -> None:
    box = sealed(b"a very plain statement" * 10_000)
    assert b"plain statement" not in box
    assert sealed(b"x") != sealed(b"x")


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sealed(b"x", key=b"short")
