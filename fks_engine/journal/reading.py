"""What a journal says: from its last checkpoint on, or from its first record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.errors import JournalCorrupt, JournalUnavailable
from fks_engine.journal.codec import decoded
from fks_engine.journal.segment import Reading, Segment, first_number, segment_path, segments
from fks_engine.model import Checkpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fks_engine.journal.frames import Frame
    from fks_engine.model import JournalEntry


@dataclass(frozen=True, slots=True)
class Written:
    """One record of a journal."""

    number: int
    entry: JournalEntry


@dataclass(frozen=True, slots=True)
class Recovered:
    """A journal that was read and is open for more."""

    entries: tuple[JournalEntry, ...]
    """From the last checkpoint on, or from the first record."""
    segment: Segment
    last: int
    """The number of the last record; 0 for a new journal."""
    cut: int
    """Bytes of a half-written tail that were cut off, and kept beside the journal."""


def recovered(folder: Path) -> Recovered:
    """Read a journal and open it for more, without its half-written tail. Blocking.

    Raises JournalCorrupt, JournalTooNew, and JournalUnavailable where the folder cannot be read or written.
    """
    found = segments(folder)
    if not found:
        return Recovered((), Segment(segment_path(folder, 1), 0), 0, 0)
    newest = _read(found[-1])
    entries = [decoded(frame.payload) for frame in newest.frames()]
    at = len(found) - 1
    while at > 0 and not any(isinstance(entry, Checkpoint) for entry in entries):
        at -= 1
        entries = [*(decoded(frame.payload) for frame in _frames(found[at], found[at + 1])), *entries]
    if newest.tail:
        _keep(newest)
    segment = Segment(newest.path, newest.end, newest.data[newest.unproven : newest.end])
    return Recovered(tuple(_from_checkpoint(entries)), segment, newest.last, len(newest.tail))


def written(folder: Path) -> Iterator[Written]:
    """Every record, oldest first; a half-written tail is left out. Raises as `recovered` does."""
    found = segments(folder)
    for path, following in zip(found, [*found[1:], None], strict=True):
        for frame in _frames(path, following):
            yield Written(frame.number, decoded(frame.payload))


def _frames(path: Path, following: Path | None) -> Iterator[Frame]:
    """The whole records of a segment, and its end held against the segment that follows it. Raises as `recovered`."""
    reading = _read(path)
    yield from reading.frames(None if following is None else first_number(following))
    _refuse_gap(reading, following)


def _refuse_gap(reading: Reading, following: Path | None) -> None:
    """A segment that another follows holds all that comes before that one. Raises JournalCorrupt.

    What lies behind it was never durable: the disk failed there, and the other one was begun in its place.
    """
    if following is not None and reading.last + 1 != first_number(following):
        raise JournalCorrupt(
            reading.end, f"{reading.path.name} ends with record {reading.last}, and {following.name} follows it"
        )


def _from_checkpoint(entries: list[JournalEntry]) -> list[JournalEntry]:
    begins = [at for at, entry in enumerate(entries) if isinstance(entry, Checkpoint)]
    return entries[begins[-1] :] if begins else entries


def _read(path: Path) -> Reading:
    try:
        return Reading(path, path.read_bytes())
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be read: {error.strerror}") from error


def _keep(reading: Reading) -> None:
    """Put a half-written tail aside before it is cut off: nothing that was on the disk is thrown away."""
    aside = reading.path.with_suffix(f".cut-{reading.end}")
    try:
        aside.write_bytes(reading.tail)
    except OSError as error:
        raise JournalUnavailable(f"{aside} cannot be written: {error.strerror}") from error
