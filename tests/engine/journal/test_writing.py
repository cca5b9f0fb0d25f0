"""The way to the disk: the kernel's flush tells of its end and of its failure, and a disk that blocks is left to a
thread."""

from __future__ import annotations

import errno
import os
import threading
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.errors import JournalUnavailable
from fks_engine.journal import journal as journal_module
from fks_engine.journal import writing, written
from fks_engine.journal.kernel_flush import KernelFlush, kernel_flush
from fks_engine.journal.segment import Segment, segments
from tests.engine.journal.entries import a_journal, an_intent

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.anyio


def the_kernels() -> KernelFlush:
    found = kernel_flush()
    if found is None:
        pytest.skip("this system has no flush of the kernel's own")
    return found


async def flushed(kernel: KernelFlush, file: int) -> OSError | None:
    """How a flush ended."""
    over, told = anyio.Event(), []

    def done(error: OSError | None) -> None:
        told.append(error)
        over.set()

    kernel.begin(file, done)
    with anyio.fail_after(10):
        await over.wait()
    return told[0]


async def test_the_kernel_tells_the_end_of_each_flush(tmp_path: Path) -> None:
    kernel = the_kernels()
    file = os.open(tmp_path / "a file", os.O_WRONLY | os.O_CREAT)
    for _ in range(3):
        os.write(file, b"something")
        assert await flushed(kernel, file) is None
    os.close(file)
    kernel.close()


async def test_a_flush_that_cannot_begin_is_an_error_at_once() -> None:
    kernel = the_kernels()
    with pytest.raises(OSError, match=os.strerror(errno.EBADF)):
        await flushed(kernel, -1)
    kernel.close()


class Failing:
    """A kernel whose disk fails."""

    def begin(self, _file: int, done: Callable[[OSError | None], None]) -> None:
        done(OSError(errno.EIO, os.strerror(errno.EIO)))

    def close(self) -> None:
        pass


async def test_a_flush_that_the_kernel_reports_as_failed_ends_the_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "kernel_flush", Failing)
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    async with a_journal(tmp_path) as journal:
        with pytest.raises(JournalUnavailable, match="could not be forced to the disk"):
            await journal.record(an_intent(1))
        with pytest.raises(JournalUnavailable, match="start the engine again"):
            await journal.record(an_intent(2))


async def test_after_a_write_that_held_the_loop_up_a_thread_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "SLOW_S", -1.0)
    where: list[bool] = []
    write = Segment._write

    def noted(segment: Segment, data: bytes) -> None:
        where.append(threading.current_thread() is threading.main_thread())
        write(segment, data)

    the_kernels().close()
    async with a_journal(tmp_path) as journal:
        monkeypatch.setattr(Segment, "_write", noted)
        for number in range(3):
            await journal.record(an_intent(number))
    assert where == [True, False, False]
    assert len(list(written(tmp_path))) == 3


async def test_where_no_new_segment_can_be_begun_the_old_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "ROTATE_AT", 1_000)
    tries: list[Path] = []

    def refused(segment: Segment, data: bytes) -> None:
        tries.append(segment.path)
        raise JournalUnavailable("no space left")

    monkeypatch.setattr(Segment, "append", refused)
    the_kernels().close()
    async with a_journal(tmp_path) as journal:
        for number in range(6):
            await journal.record(an_intent(number))
    assert tries
    assert len(segments(tmp_path)) == 1
    assert len(list(written(tmp_path))) == 6
