"""The way to the disk: the kernel's flush tells of its end and of its failure, and a disk that blocks is left to a
thread."""

from __future__ import annotations

import ctypes
import errno
import os
import threading
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.errors import JournalUnavailable
from fks_engine.journal import journal as journal_module
from fks_engine.journal import writing, written
from fks_engine.journal.kernel_flush import KernelFlush, _Calls, kernel_flush
from fks_engine.journal.segment import Segment, segments
from fks_engine.model import OrdersPlanned
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


async def test_a_flush_that_the_kernel_reports_as_failed_ends_the_writing_to_that_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "kernel_flush", Failing)
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    async with a_journal(tmp_path) as journal:
        with pytest.raises(JournalUnavailable, match="could not be forced to the disk"):
            await journal.record(an_intent(1))
        with pytest.raises(JournalUnavailable, match="could not be forced to the disk"):
            await journal.record(an_intent(2))
    assert sorted(os.listdir(tmp_path)) == ["000000000001.cut-8", "000000000001.journal"]


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


def test_where_no_event_file_can_be_made_the_kernels_part_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    context, destroyed = 77, list[int]()
    calls = _Calls(setup=1, destroy=2, submit=3, events=4)

    def call(_kernel: KernelFlush, number: int, *given: int) -> int:
        if number == calls.setup:
            ctypes.c_ulong.from_address(given[1]).value = context
        elif number == calls.destroy:
            destroyed.extend(given)
        return 0

    def refused(*_: int) -> int:
        raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))

    monkeypatch.setattr(KernelFlush, "_call", call)
    monkeypatch.setattr(os, "eventfd", refused, raising=False)
    with pytest.raises(OSError, match=os.strerror(errno.EMFILE)):
        KernelFlush(calls)
    assert destroyed == [context]


async def test_what_was_written_in_part_and_cannot_be_cut_off_never_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    write = os.pwrite

    def refused(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    def in_part(file: int, data: bytes, at: int) -> int:
        write(file, data, at)
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent(1))
        with monkeypatch.context() as patch:
            patch.setattr(os, "ftruncate", refused)
            patch.setattr(os, "pwrite", in_part)
            with pytest.raises(JournalUnavailable, match=os.strerror(errno.EROFS)):
                await journal.record(an_intent(2), an_intent(3))
        await journal.record(an_intent(4))
    told = [each.entry for each in written(tmp_path) if isinstance(each.entry, OrdersPlanned)]
    assert told == [an_intent(1), an_intent(4)]
    assert len(segments(tmp_path)) == 2
