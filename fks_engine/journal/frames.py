"""Records as bytes: length, checksum, number, and how much was durable when each was written."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass
from struct import Struct
from typing import TYPE_CHECKING, Final

from fks_engine.errors import JournalCorrupt

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC: Final = b"FKSJ\x01\r\n\x00"
"""The first bytes of a segment; the fifth is the version of the frames."""
LONGEST: Final = 16 * 2**20
"""No record is longer; a length beyond this is no length."""
_CHECKED: Final = Struct("<QQ")
_HEAD: Final = Struct("<II")
OVERHEAD: Final = _HEAD.size + _CHECKED.size
_CONTENT: Final = re.compile(rb"[^\0]")


@dataclass(frozen=True, slots=True)
class Frame:
    """One record where it lies."""

    number: int
    """Counts from 1 through all segments, without a gap."""
    durable: int
    """Up to which number all was on the disk when this one was written."""
    payload: bytes
    end: int
    """The byte after it."""


def framed(number: int, durable: int, payload: bytes) -> bytes:
    """A record as it is appended."""
    checked = _CHECKED.pack(number, durable) + payload
    return _HEAD.pack(len(payload), zlib.crc32(checked)) + checked


def frame_at(data: bytes, at: int) -> Frame | None:
    """The record that begins at `at`; None where none does."""
    begin = at + OVERHEAD
    if begin > len(data):
        return None
    length, checksum = _HEAD.unpack_from(data, at)
    end = begin + length
    if length > LONGEST or end > len(data) or zlib.crc32(data[at + _HEAD.size : end]) != checksum:
        return None
    number, durable = _CHECKED.unpack_from(data, at + _HEAD.size)
    return Frame(number, durable, data[begin:end], end)


def frames(data: bytes, first: int) -> Iterator[Frame]:
    """The records of a segment whose first one has the number `first`, up to the end or to a half-written tail.

    The tail is what was being written when the power went: nothing after it may claim that it was durable. Else a
    record that was on the disk has been damaged since, and JournalCorrupt is raised: it says where.
    """
    at, number = len(MAGIC), first
    while at < len(data):
        frame = frame_at(data, at)
        if frame is None or frame.number != number:
            if (later := _witness(data, at, number)) is not None:
                raise JournalCorrupt(at, f"record {number} is damaged, and record {later} after it is whole")
            return
        yield frame
        at, number = frame.end, number + 1


def _witness(data: bytes, at: int, number: int) -> int | None:
    """The number of a whole record from `at` on that was written when `number` was durable; None where none is."""
    while at <= len(data) - OVERHEAD:
        frame = frame_at(data, at)
        if frame is None:
            at = _next_possible(data, at + 1)
        elif frame.durable >= number:
            return frame.number
        else:
            at = frame.end
    return None


def _next_possible(data: bytes, at: int) -> int:
    """Where a record may begin, from `at` on: fewer zeros precede its content than its head is long."""
    content = _CONTENT.search(data, at)
    return len(data) if content is None else max(at, content.start() - _HEAD.size + 1)
