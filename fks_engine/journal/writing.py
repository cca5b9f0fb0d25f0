"""How a group of records gets to the disk while the loop goes on: the kernel's own flush, else a thread."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final

from fks_engine.errors import JournalUnavailable
from fks_engine.journal.kernel_flush import kernel_flush

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.journal.segment import Segment

    Done = Callable[[JournalUnavailable | None], None]

SLOW_S: Final = 0.005
"""A write into memory that took longer was held up by the disk, and the loop with it."""
IN_THREAD_S: Final = 60.0
"""So long a thread writes after that."""


class Writer:
    """Appends one group at a time, and tells on the loop when the disk has it.

    The bytes go into the system's memory from the loop, which takes microseconds; the disk is waited for elsewhere.
    """

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._kernel = kernel_flush()
        self._thread = ThreadPoolExecutor(1, "journal")
        self._in_thread_until = 0.0

    def append(self, segment: Segment, data: bytes, done: Done) -> None:
        """Add records to a segment; `done` is given why they do not count, or None once the disk has them."""
        began = time.monotonic()
        if self._kernel is None or began < self._in_thread_until:
            self._in_thread(segment.append, data, done)
            return
        try:
            segment.add(data)
        except JournalUnavailable as error:
            self._loop.call_soon(done, error)
            return
        if time.monotonic() - began > SLOW_S:
            self._in_thread_until = time.monotonic() + IN_THREAD_S
        try:
            self._kernel.begin(segment.file, lambda error: done(segment.flushed(data, error)))
        except OSError:
            self._in_thread(segment.force, data, done)

    def close(self) -> None:
        """Let go of thread and kernel; nothing may be under way."""
        self._thread.shutdown(wait=False)
        if self._kernel is not None:
            self._kernel.close()

    def _in_thread(self, work: Callable[[bytes], None], data: bytes, done: Done) -> None:
        def ended(future: asyncio.Future[None]) -> None:
            error = future.exception()
            if error is None or isinstance(error, JournalUnavailable):
                done(error)
            else:
                done(JournalUnavailable(f"the journal's writer failed: {error!r}"))

        self._loop.run_in_executor(self._thread, work, data).add_done_callback(ended)
