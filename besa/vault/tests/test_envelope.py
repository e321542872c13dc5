"""What is sealed opens with the same key in the same place, and in no other way."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from besa.vault import envelope

KEY = bytes(range(32))
TEXTS = st.binary(max_size=5000)


@given(TEXTS, st.binary(max_size=40))
def test_what_is_sealed_opens_again(plain: bytes, place: bytes) -> None:
    assert envelope.open_(KEY, envelope.seal(KEY, plain, context=place), context=place) == plain


@given(TEXTS, st.data())
def test_a_changed_byte_opens_nothing(plain: bytes, data: st.DataObject) -> None:
    box = bytearray(envelope.seal(KEY, plain, context=b"here"))
    box[data.draw(st.integers(0, len(box) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(envelope.Unopened):
        envelope.open_(KEY, bytes(box), context=b"here")


@given(TEXTS)
def test_another_place_or_key_or_a_part_opens_nothing(plain: bytes) -> None:
    box = envelope.seal(KEY, plain, context=b"here")
    for key, part, place in [
        (KEY, box, b"there"),
        (KEY[::-1], box, b"here"),
        (KEY, box[:-1], b"here"),
        (KEY, b"", b""),
    ]:
        with pytest.raises(envelope.Unopened):
            envelope.open_(key, part, context=place)


@given(TEXTS)
def test_lengths_are_padded(plain: bytes) -> None:
    size = len(envelope.padded(plain))
    assert size >= len(plain) + 4
    assert size in (64, 128, 256, 512) or size % 1024 == 0


def test_names_of_different_length_give_boxes_of_one_length() -> None:
    assert {len(envelope.seal(KEY, b"x" * size, context=b"")) for size in range(61)} == {64 + 1 + 12 + 16}


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_two_places_never_give_one_context(one: list[str], other: list[str]) -> None:
    assert (envelope.context(*one) == envelope.context(*other)) == (one == other)
