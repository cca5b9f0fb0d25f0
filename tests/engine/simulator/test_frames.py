"""Frames: every message whole and in order, in batches of a bounded size."""

from __future__ import annotations

from collections import deque

import pytest

from fks_engine.simulator.frames import BATCH_BYTES, take_frames


def read(frames: bytes) -> list[bytes]:
    """The messages of unmasked text frames."""
    messages, at = [], 0
    while at < len(frames):
        assert frames[at] == 0x81
        length, head = frames[at + 1], 2
        if length >= 126:
            size = 2 if length == 126 else 8
            length, head = int.from_bytes(frames[at + 2 : at + 2 + size], "big"), 2 + size
        messages.append(frames[at + head : at + head + length])
        at += head + length
    return messages


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 65_535, 65_536, BATCH_BYTES + 1])
def test_a_message_of_any_length_is_one_frame(length: int) -> None:
    message = b"x" * length
    assert take_frames(deque([message])) == (take_frames(deque([message]))[0], length)
    assert read(take_frames(deque([message]))[0]) == [message]


def test_a_batch_ends_before_it_grows_too_large_and_nothing_is_lost() -> None:
    sent = [bytes([65 + number % 26]) * (number % 3_000) for number in range(500)]
    queue, got, batches = deque(sent), [], 0
    while queue:
        frames, taken = take_frames(queue)
        messages = read(frames)
        assert sum(map(len, messages)) == taken <= BATCH_BYTES
        got += messages
        batches += 1
    assert got == sent
    assert batches == 1 + sum(map(len, sent)) // BATCH_BYTES
