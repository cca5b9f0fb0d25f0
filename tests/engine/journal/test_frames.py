"""Records as bytes: whole ones are read, a torn tail ends them, damage before it is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.errors import JournalCorrupt
from fks_engine.journal.frames import MAGIC, OVERHEAD, framed, frames

payloads = st.lists(st.binary(max_size=40), min_size=1, max_size=12)


def a_segment(contents: list[bytes], groups: list[int] | None = None) -> bytes:
    """Records from number 1 on; each of `groups` records was written at once, else each alone."""
    data, number, durable = MAGIC, 0, 0
    for size in groups or [1] * len(contents):
        for _ in range(size):
            if number < len(contents):
                number += 1
                data += framed(number, durable, contents[number - 1])
        durable = number
    return data


def read(data: bytes) -> list[bytes]:
    return [frame.payload for frame in frames(data, 1)]


@given(payloads)
def test_what_was_written_is_read(contents: list[bytes]) -> None:
    assert read(a_segment(contents)) == contents


@given(payloads, st.data())
def test_a_segment_torn_anywhere_keeps_every_whole_record(contents: list[bytes], data: st.DataObject) -> None:
    whole = a_segment(contents)
    cut = data.draw(st.integers(len(MAGIC), len(whole)))
    kept = read(whole[:cut])
    assert kept == contents[: len(kept)]
    ends = [len(a_segment(contents[:count])) for count in range(len(contents) + 1)]
    assert len(kept) == max(count for count, end in enumerate(ends) if end <= cut)


@given(payloads, st.data())
def test_a_flipped_bit_is_refused_where_a_later_record_proves_that_it_was_durable(
    contents: list[bytes], data: st.DataObject
) -> None:
    contents = [*contents, b"the next", b"the last"]
    whole = bytearray(a_segment(contents))
    last_two = len(a_segment(contents[:-2]))
    at = data.draw(st.integers(len(MAGIC), last_two - 1))
    whole[at] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(JournalCorrupt, match="is damaged"):
        read(bytes(whole))


def test_a_hole_in_a_group_that_was_never_durable_is_a_torn_tail() -> None:
    whole = bytearray(a_segment([b"one", b"two", b"three", b"four"], [1, 3]))
    second = len(a_segment([b"one"]))
    whole[second : second + OVERHEAD + 3] = bytes(OVERHEAD + 3)
    assert read(bytes(whole)) == [b"one"]


def test_a_record_that_is_missing_between_durable_ones_is_refused() -> None:
    data = MAGIC + framed(1, 0, b"one") + framed(3, 2, b"three")
    with pytest.raises(JournalCorrupt, match="record 2 is damaged, and record 3 after it is whole"):
        read(data)


def test_zeros_after_the_last_record_are_a_torn_tail() -> None:
    assert read(a_segment([b"one"]) + bytes(4_096)) == [b"one"]
