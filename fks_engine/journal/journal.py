"""The journal of one account: entries become durable in groups, in the order in which they were given."""

from __future__ import annotations

import fcntl
import os
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread

from fks_engine.errors import JournalError, JournalUnavailable
from fks_engine.journal.codec import encoded
from fks_engine.journal.frames import framed
from fks_engine.journal.segment import Segment, segment_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fks_engine.model import JournalEntry

ROTATE_AT: Final = 32 * 2**20
"""Bytes after which a new segment begins."""
GROUP_AT_MOST: Final = 4_096
"""Entries that one flush carries."""
TRY_AGAIN_S: Final = 1.0
"""Between tries to write what was noted, while the disk takes nothing."""


@dataclass(slots=True)
class _Waiting:
    """Entries that belong together, and who waits for them; nobody where they were noted."""

    payloads: tuple[bytes, ...]
    done: anyio.Event | None = None
    error: JournalError | None = field(default=None)


class Journal:
    """Appends entries; `run` writes them. What is recorded before anything is sent is on the disk when that returns."""

    def __init__(self, folder: Path, segment: Segment, last: int, checkpoint: Callable[[], JournalEntry]) -> None:
        """`last` is the number of the last record there is; `checkpoint` makes the first record of a new segment."""
        self._folder = folder
        self._segment = segment
        self._last = last
        self._checkpoint = checkpoint
        self._waiting: deque[_Waiting] = deque()
        self._wake = anyio.Event()
        self.fault = ""
        """Why nothing can be written now, in words; empty while all is well. Nothing may be sent until it is."""

    async def record(self, *entries: JournalEntry) -> None:
        """Make entries durable, together, after all that was given before. Raises JournalUnavailable: none is then."""
        waiting = _Waiting(tuple(encoded(entry) for entry in entries), anyio.Event())
        self._give(waiting)
        assert waiting.done is not None
        await waiting.done.wait()
        if waiting.error is not None:
            raise waiting.error

    def note(self, *entries: JournalEntry) -> None:
        """Write entries as soon as can be, and keep trying: what has happened is not given up for a full disk."""
        self._give(_Waiting(tuple(encoded(entry) for entry in entries)))

    async def run(self) -> None:
        """Write what is given until canceled."""
        while True:
            if not self._waiting:
                await self._wake.wait()
            await self._write_group()

    def _give(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        self._wake.set()
        self._wake = anyio.Event()

    async def _write_group(self) -> None:
        """Write what waits with one flush. Where that fails, those who wait are told; what was noted stays."""
        group = self._taken()
        data, number = bytearray(), self._last
        for waiting in group:
            for payload in waiting.payloads:
                number += 1
                data += framed(number, self._last, payload)
        try:
            if data:
                with anyio.CancelScope(shield=True):  # what was taken from the queue is written, come what may
                    await to_thread.run_sync(self._segment.append, bytes(data))
        except JournalUnavailable as error:
            self._failed(group, error)
            await anyio.sleep(TRY_AGAIN_S)
            return
        self._last, self.fault = number, ""
        for waiting in group:
            if waiting.done is not None:
                waiting.done.set()
        if self._segment.size >= ROTATE_AT:
            await self._rotate()

    async def close(self) -> None:
        """Write what is left, once `run` has ended, and let go of the file."""
        while self._waiting and not self.fault:
            await self._write_group()
        if self._waiting:
            self._failed(self._taken(), JournalUnavailable(self.fault))
        self._segment.close()

    def _taken(self) -> list[_Waiting]:
        return [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_AT_MOST))]

    def _failed(self, group: list[_Waiting], error: JournalUnavailable) -> None:
        """Tell who waits, and keep what was noted for the next try, in its order."""
        self.fault = str(error)
        for waiting in group:
            if waiting.done is not None:
                waiting.error = error
                waiting.done.set()
        self._waiting.extendleft(waiting for waiting in reversed(group) if waiting.done is None)

    async def _rotate(self) -> None:
        """Begin a new segment with a checkpoint; where that cannot be, the old one goes on."""
        number = self._last + 1
        first = framed(number, self._last, encoded(self._checkpoint()))
        try:
            self._segment, old = (
                await to_thread.run_sync(_begun, segment_path(self._folder, number), first),
                self._segment,
            )
        except JournalUnavailable as error:
            self.fault = str(error)
            return
        self._last = number
        old.close()


def _begun(path: Path, first: bytes) -> Segment:
    """A new segment with its first record."""
    segment = Segment(path, 0)
    try:
        segment.append(first)
    except JournalUnavailable:
        segment.close()
        path.unlink(missing_ok=True)
        raise
    return segment


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder is ours for the length of the block. Raises JournalUnavailable where another process has it."""
    try:
        handle = os.open(folder / "lock", os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise JournalUnavailable(f"{folder} cannot be written: {error.strerror}") from error
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise JournalUnavailable(f"another FKS writes the journal in {folder}") from error
        yield
    finally:
        os.close(handle)
