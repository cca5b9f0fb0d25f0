"""One file of the journal: records are appended and forced to the disk, and what did not get there is cut off."""

from __future__ import annotations

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

    def frames(self) -> Iterator[Frame]:
        """Every whole record; `end` and `last` are right once this has run out. Raises the JournalError family."""
        first = first_number(self.path)
        self.end, self.last = min(len(self.data), len(MAGIC)), first - 1
        head = self.data[: len(MAGIC)]
        if head != MAGIC:
            self._refuse_other_head(head)
            self.end = 0
            return
        for frame in frames(self.data, first):
            self.end, self.last = frame.end, frame.number
            yield frame

    @property
    def tail(self) -> bytes:
        """What was being written when the power went."""
        return self.data[self.end :]

    def _refuse_other_head(self, head: bytes) -> None:
        """Let only a head pass that was half written. Raises JournalTooNew and JournalCorrupt."""
        if len(head) == len(MAGIC) and head[:_VERSION_AT] == MAGIC[:_VERSION_AT]:
            raise JournalTooNew(head[_VERSION_AT], MAGIC[_VERSION_AT])
        if not MAGIC.startswith(head.rstrip(b"\0")) or len(self.data) > len(MAGIC):
            raise JournalCorrupt(0, "this is no journal")


class Segment:
    """A segment that is open for appending. Blocking: it is called from a thread."""

    def __init__(self, path: Path, size: int) -> None:
        """Open or make the file and keep its first `size` bytes. Raises JournalUnavailable."""
        self.path = path
        self.size = size
        self._file = -1
        self.is_broken = False
        """A flush failed: what the disk holds of the file is not known any more, and nothing may be added."""
        try:
            self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
            os.ftruncate(self._file, size)
            if size == 0:
                self._write(MAGIC)
            os.fsync(self._file)
            _sync_folder(path.parent)
        except OSError as error:
            self.close()
            raise JournalUnavailable(f"{path} cannot be written: {error.strerror}") from error
        self.size = max(size, len(MAGIC))

    def append(self, data: bytes) -> None:
        """Add records and wait until the disk has them. Raises JournalUnavailable; none of them counts then."""
        if self.is_broken:
            raise JournalUnavailable(f"{self.path} failed before; start the engine again")
        try:
            self._write(data)
        except OSError as error:
            with suppress(OSError):
                os.ftruncate(self._file, self.size)
            raise JournalUnavailable(f"{self.path} cannot be written: {error.strerror}") from error
        try:
            _flush(self._file)
        except OSError as error:
            self.is_broken = True
            raise JournalUnavailable(f"{self.path} could not be forced to the disk: {error.strerror}") from error
        self.size += len(data)

    def close(self) -> None:
        """Let go of the file."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _write(self, data: bytes) -> None:
        at, view = self.size, memoryview(data)
        while view:
            written = os.pwrite(self._file, view, at)
            at, view = at + written, view[written:]


def _flush(file: int) -> None:
    """Force what was appended to the disk; the length of the file counts, its times do not."""
    if hasattr(os, "fdatasync"):
        os.fdatasync(file)
    else:
        os.fsync(file)


def _sync_folder(folder: Path) -> None:
    """Force the name of a new file to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
