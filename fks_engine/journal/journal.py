"""The journal of one account: entries become durable in groups, in the order in which they were given."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio
from anyio import to_thread

from fks_engine.errors import JournalUnavailable
from fks_engine.journal.codec import encoded
from fks_engine.journal.frames import framed
from fks_engine.journal.segment import Segment, segment_path, sync_folder
from fks_engine.journal.writing import Writer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fks_engine.model import JournalEntry

ROTATE_AT: Final = 8 * 2**20
"""Bytes of records after which a new segment begins: no more than these and a checkpoint is read at a start."""
GROUP_AT_MOST: Final = 4_096
"""Entries that one flush carries."""
TRY_AGAIN_S: Final = 1.0
"""Between tries to write what was noted, while the disk takes nothing."""


@dataclass(slots=True)
class _Waiting:
    """Entries that belong together, and who waits for them; nobody where they were noted."""

    payloads: tuple[bytes, ...]
    done: asyncio.Future[None] | None = None

    def told(self, error: JournalUnavailable | None) -> None:
        """Let who waits know what became of it."""
        if self.done is not None and not self.done.done():
            if error is None:
                self.done.set_result(None)
            else:
                self.done.set_exception(error)


class Journal:
    """Appends entries; `run` writes them. What is recorded before anything is sent is on the disk when that returns."""

    def __init__(
        self, folder: Path, segment: Segment, last: int, checkpoint: Callable[[], JournalEntry | None]
    ) -> None:
        """`last` is the number of the last record there is; `checkpoint` makes the first record of a new segment, or
        none while not all that was recorded has been told again."""
        self._folder = folder
        self._segment = segment
        self._last = last
        self._checkpoint = checkpoint
        self._waiting: deque[_Waiting] = deque()
        self._rotate_at = ROTATE_AT
        self._writer: Writer | None = None
        """There while `run` is."""
        self._under_way = False
        """Whether a group is on its way to the disk."""
        self._over = anyio.Event()
        """Set when the last group that was begun has ended, once `run` is to end."""
        self._interrupted = anyio.Event()
        """Set while `run` has to see to something before the next group is begun."""
        self.fault = ""
        """Why nothing can be written now, in words; empty while all is well. Nothing may be sent until it is."""

    async def record(self, *entries: JournalEntry) -> None:
        """Make entries durable, together, after all that was given before. Raises JournalUnavailable: none is then."""
        done = asyncio.get_running_loop().create_future()
        self._give(_Waiting(tuple(encoded(entry) for entry in entries), done))
        await done

    def note(self, *entries: JournalEntry) -> None:
        """Write entries as soon as can be, and keep trying: what has happened is not given up for a full disk."""
        self._give(_Waiting(tuple(encoded(entry) for entry in entries)))

    async def run(self) -> None:
        """Write what is given until canceled."""
        self._writer = writer = Writer()
        try:
            while True:
                self._interrupted = anyio.Event()
                self._begin()
                await self._interrupted.wait()
                if self.fault:
                    await self._pause()
                else:
                    await self._rotate()
        finally:
            self._writer = None
            with anyio.CancelScope(shield=True):  # what was taken from the queue is written, come what may
                while self._under_way:
                    self._over = anyio.Event()
                    await self._over.wait()
            writer.close()

    async def close(self) -> None:
        """Write what is left, once `run` has ended, and let go of the file. A disk that took nothing is tried once."""
        self.fault = ""
        if self._waiting and self._segment.is_broken:
            await self._replace()
        while self._waiting and not self.fault:
            group, data = self._taken()
            try:
                await to_thread.run_sync(self._segment.append, data)
            except JournalUnavailable as error:
                self._failed(group, error)
            else:
                self._succeeded(group)
        if self._waiting:
            self._failed(self._taken()[0], JournalUnavailable(self.fault))
        self._segment.close()

    def _give(self, waiting: _Waiting) -> None:
        self._waiting.append(waiting)
        if not self._under_way and not self._interrupted.is_set():
            self._begin()

    def _begin(self) -> None:
        """Begin to write what waits, with one flush; what comes meanwhile waits for the next."""
        if self._writer is None or not self._waiting:
            return
        group, data = self._taken()
        self._under_way = True
        self._writer.append(self._segment, data, lambda error: self._ended(group, error))

    def _ended(self, group: list[_Waiting], error: JournalUnavailable | None) -> None:
        """Go on with the next group, or let `run` see to what is in the way."""
        self._under_way = False
        self._over.set()
        if error is not None:
            self._failed(group, error)
        else:
            self._succeeded(group)
        if error is not None or self._segment.size >= self._rotate_at:
            self._interrupted.set()
        else:
            self._begin()

    def _taken(self) -> tuple[list[_Waiting], bytes]:
        """What is written next, and its bytes."""
        group = [self._waiting.popleft() for _ in range(min(len(self._waiting), GROUP_AT_MOST))]
        data, number = bytearray(), self._last
        for waiting in group:
            for payload in waiting.payloads:
                number += 1
                data += framed(number, self._last, payload)
        return group, bytes(data)

    def _succeeded(self, group: list[_Waiting]) -> None:
        self._last += sum(len(waiting.payloads) for waiting in group)
        self.fault = ""
        for waiting in group:
            waiting.told(None)

    def _failed(self, group: list[_Waiting], error: JournalUnavailable) -> None:
        """Tell who waits, and keep what was noted for the next try, in its order."""
        self.fault = str(error)
        for waiting in group:
            waiting.told(error)
        self._waiting.extendleft(waiting for waiting in reversed(group) if waiting.done is None)

    async def _pause(self) -> None:
        """Let the disk be for a while. Where nothing waits that would show whether it writes again, ask it."""
        while self.fault:
            await anyio.sleep(TRY_AGAIN_S)
            if self._segment.is_broken:
                await self._replace()
                self._refuse_waiting()
                continue
            if self._waiting:
                return
            try:
                await to_thread.run_sync(self._segment.probe)
            except JournalUnavailable:
                continue
            self.fault = ""

    async def _replace(self) -> None:
        """Begin a new segment in place of one that failed, with a checkpoint where there is one.

        Its number says where the failed one ends: of what lies there from that number on nothing was ever durable.
        """
        checkpoint, number, old = self._checkpoint(), self._last + 1, self._segment
        first = b"" if checkpoint is None else framed(number, self._last, encoded(checkpoint))
        try:
            with anyio.CancelScope(shield=True):
                self._segment = await to_thread.run_sync(_begun_after, segment_path(self._folder, number), first, old)
        except JournalUnavailable as error:
            self.fault = str(error)
            return
        self._last, self._rotate_at = self._last + bool(first), ROTATE_AT + len(first)
        self.fault = ""
        old.close()

    def _refuse_waiting(self) -> None:
        """Tell who waits that nothing can be written still."""
        if self.fault and self._waiting:
            waiting = list(self._waiting)
            self._waiting.clear()
            self._failed(waiting, JournalUnavailable(self.fault))

    async def _rotate(self) -> None:
        """Begin a new segment with a checkpoint; where that cannot be, the old one goes on for a while.

        No segment is ever removed: what is read at a start begins with the last checkpoint.
        """
        checkpoint, number, old = self._checkpoint(), self._last + 1, self._segment
        if checkpoint is None:
            return
        first = framed(number, self._last, encoded(checkpoint))
        try:
            with anyio.CancelScope(shield=True):
                self._segment = await to_thread.run_sync(_begun, segment_path(self._folder, number), first, old)
        except JournalUnavailable:
            self._rotate_at = old.size + ROTATE_AT
            return
        self._last, self._rotate_at = number, ROTATE_AT + len(first)
        old.close()


def _begun(path: Path, first: bytes, old: Segment) -> Segment:
    """A new segment with its first record; where a half begun one cannot be taken away, the old one ends, too."""
    try:
        segment = Segment(path, 0)
        try:
            if first:
                segment.append(first)
        except JournalUnavailable:
            segment.close()
            raise
    except JournalUnavailable:
        try:
            path.unlink(missing_ok=True)
            sync_folder(path.parent)
        except OSError:
            old.is_broken = True
        raise
    return segment


def _begun_after(path: Path, first: bytes, broken: Segment) -> Segment:
    """A new segment after one that failed; one of which nothing counts has its name, and is put aside.

    Raises JournalUnavailable.
    """
    try:
        if path == broken.path:
            with suppress(FileNotFoundError):
                path.rename(path.with_suffix(f".cut-{broken.size}"))
        else:
            path.unlink(missing_ok=True)
        sync_folder(path.parent)
    except OSError as error:
        raise JournalUnavailable(f"{path} cannot be written: {error.strerror}") from error
    return _begun(path, first, broken)


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
