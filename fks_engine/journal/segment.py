"""One file of the journal: records are appended and forced to the disk, and what did not get there is cut off."""

from __future__ import annotations

import fcntl
import os
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fks_engine.errors import JournalCorrupt, JournalTooNew, JournalUnavailable
from fks_engine.journal.frames import MAGIC, Frame, frames

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SUFFIX: Final = ".journal"
ROOM: Final = 2**18
"""Bytes that a segment grows by at once; they are zeros until records lie there."""
_PROBE: Final = 4_096
"""Zeros that show whether the disk takes anything."""
_VERSION_AT: Final = 4


def segment_path(folder: Path, first: int) -> Path:
    """Where the segment that begins with record number `first` lies."""
    return folder / f"{first:012d}{SUFFIX}"


def segments(folder: Path) -> tuple[Path, ...]:
    """Every segment, oldest first."""
    return tuple(sorted(folder.glob(f"*{SUFFIX}")))


def first_number(path: Path) -> int:
    """The number of a segment's first record, by its name. Raises JournalCorrupt."""
    if not path.stem.isdecimal():
        raise JournalCorrupt(None, f"{path.name} is not a name that the journal gives")
    return int(path.stem)


@dataclass(slots=True)
class Reading:
    """A segment as it was read."""

    path: Path
    data: bytes
    end: int = 0
    """The byte after the last whole record."""
    last: int = 0
    """The number of the last whole record; one less than the first where there is none."""
    unproven: int = 0
    """The byte from which on no record says that what lies there was durable: the last group."""

    def frames(self, until: int | None = None) -> Iterator[Frame]:
        """Every whole record; `end` and `last` are right once this has run out. Raises the JournalError family.

        `until` is the number with which another segment begins: what lies here from there on was never durable.
        """
        first = first_number(self.path)
        self.end, self.last = min(len(self.data), len(MAGIC)), first - 1
        head = self.data[: len(MAGIC)]
        if head != MAGIC:
            self._refuse_other_head(head)
            self.end = 0
            return
        durable, self.unproven = -1, self.end
        if first == until:
            return
        for frame in frames(self.data, first):
            if frame.durable != durable:
                durable, self.unproven = frame.durable, self.end
            self.end, self.last = frame.end, frame.number
            yield frame
            if frame.number + 1 == until:
                return

    @property
    def tail(self) -> bytes:
        """What was being written when the power went; empty where only room follows the last record."""
        return self.data[self.end :].rstrip(b"\0")

    def _refuse_other_head(self, head: bytes) -> None:
        """Let only a head pass that was half written. Raises JournalTooNew and JournalCorrupt."""
        if len(head) == len(MAGIC) and head[:_VERSION_AT] == MAGIC[:_VERSION_AT]:
            raise JournalTooNew(f"a file of version {head[_VERSION_AT]}; this one reads {MAGIC[_VERSION_AT]}")
        if not MAGIC.startswith(head.rstrip(b"\0")) or len(self.data) > len(MAGIC):
            raise JournalCorrupt(0, "this is no journal")


class Segment:
    """A segment that is open for appending, with room made ahead: a file that does not grow is flushed faster."""

    def __init__(self, path: Path, size: int, again: bytes = b"") -> None:
        """Open or make the file and keep its first `size` bytes. Raises JournalUnavailable.

        `again` are the last of them, written once more: a flush may have failed before, and then the system shows them
        though the disk never had them.
        """
        self.path = path
        self.file = -1
        self.size = 0
        """Bytes of it that the disk has and that count."""
        self.is_broken = False
        """A flush failed, or what was written in part stays: what lies behind `size` is not known any more, and nothing
        may be added."""
        self._room = 0
        """Bytes of the file, the zeros after the last record included."""
        try:
            self.file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.ftruncate(self.file, size)
            self.size = size - len(again)
            self._write(again if size else MAGIC)
            flush(self.file)
            sync_folder(path.parent)
        except OSError as error:
            self.close()
            raise JournalUnavailable(f"{path} cannot be written: {error.strerror}") from error
        self.size = self._room = max(size, len(MAGIC))

    def append(self, data: bytes) -> None:
        """Add records and wait until the disk has them. Raises JournalUnavailable; none of them counts then."""
        self.add(data)
        self.force(data)

    def add(self, data: bytes) -> None:
        """Write records, not yet to the disk. Raises JournalUnavailable; none of them counts then."""
        if self.is_broken:
            raise JournalUnavailable(f"{self.path} failed before; a new file is begun once the disk takes one")
        self._make_room(self.size + len(data))
        try:
            self._write(data)
        except OSError as error:
            self._take_back()
            raise JournalUnavailable(f"{self.path} cannot be written: {error.strerror}") from error

    def _take_back(self) -> None:
        """Cut off what was written in part; where that cannot be, whole records of it might be read one day."""
        try:
            os.ftruncate(self.file, self.size)
        except OSError:
            self.is_broken = True
        self._room = self.size

    def force(self, data: bytes) -> None:
        """Wait until the disk has what was added. Raises JournalUnavailable."""
        fault: OSError | None = None
        try:
            flush(self.file)
        except OSError as error:
            fault = error
        failed = self.flushed(data, fault)
        if failed is not None:
            raise failed from fault

    def flushed(self, data: bytes, error: OSError | None) -> JournalUnavailable | None:
        """Count what was added, where the disk has it; else why nothing may be added any more."""
        if error is None:
            self.size += len(data)
            return None
        self.is_broken = True
        return JournalUnavailable(f"{self.path} could not be forced to the disk: {error.strerror}")

    def probe(self) -> None:
        """See whether the disk takes something again. Raises JournalUnavailable where it does not."""
        if self.is_broken:
            raise JournalUnavailable(f"{self.path} failed before; a new file is begun once the disk takes one")
        try:
            self._room = max(self._room, self.size + os.pwrite(self.file, bytes(_PROBE), self.size))
        except OSError as error:
            raise JournalUnavailable(f"{self.path} cannot be written: {error.strerror}") from error

    def close(self) -> None:
        """Give back the room and let go of the file."""
        if self.file < 0:
            return
        if self._room > self.size and not self.is_broken:
            with suppress(OSError):
                os.ftruncate(self.file, self.size)
        os.close(self.file)
        self.file = -1

    def _make_room(self, end: int) -> None:
        """See that the file reaches to `end`, and far beyond where it has to grow; without room it grows as it must.

        Zeros are written, not only reserved: else the file system would note every first use of a block.
        """
        if end > self._room:
            with suppress(OSError):
                self._room += os.pwrite(self.file, bytes(end + ROOM - self._room), self._room)

    def _write(self, data: bytes) -> None:
        at, view = self.size, memoryview(data)
        while view:
            written = os.pwrite(self.file, view, at)
            at, view = at + written, view[written:]


def flush(file: int) -> None:
    """Force what was written to the disk; the length of the file counts, its times do not."""
    if hasattr(fcntl, "F_FULLFSYNC"):
        fcntl.fcntl(file, fcntl.F_FULLFSYNC)  # what macOS calls fsync leaves the data in the drive's own memory
    elif hasattr(os, "fdatasync"):
        os.fdatasync(file)
    else:
        os.fsync(file)


def sync_folder(folder: Path) -> None:
    """Force the names of files that came or went to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
