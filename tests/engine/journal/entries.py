"""Entries to write, and a journal in a folder."""

from __future__ import annotations

import errno
import os
import resource
import signal
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.errors import JournalUnavailable
from fks_engine.journal import Journal, recovered
from fks_engine.journal.segment import Segment
from fks_engine.model import Checkpoint, FillTaken, JournalEntry, OrderMoved, OrdersPlanned, OrderStatus, ReportTaken
from tests.engine.builders import NOW, a_fill, a_report, an_order

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path


def an_intent(number: int = 1) -> OrdersPlanned:
    """An order that may be sent."""
    return OrdersPlanned(ts=NOW, orders=(an_order(client_order_id=f"fks-{number}"),))


def some_entries(count: int) -> tuple[JournalEntry, ...]:
    """Entries of several kinds, each different from the others."""
    kinds = (
        an_intent,
        lambda number: OrderMoved(ts=NOW, client_order_id=f"fks-{number}", status=OrderStatus.UNKNOWN, reason="asked"),
        lambda number: ReportTaken(ts=NOW, report=a_report(order=an_order(client_order_id=f"fks-{number}"))),
        lambda number: FillTaken(ts=NOW, fill=a_fill(trade_id=str(number))),
    )
    return tuple(kinds[number % len(kinds)](number) for number in range(count))


def a_checkpoint() -> Checkpoint:
    """An account with one working order."""
    return Checkpoint(ts=NOW, orders=(an_order(client_order_id="fks-kept"),))


@asynccontextmanager
async def a_journal(folder: Path, checkpoint: Callable[[], Checkpoint | None] = a_checkpoint) -> AsyncIterator[Journal]:
    """The journal of a folder, written for the length of the block."""
    found = recovered(folder)
    journal = Journal(folder, found.segment, found.last, checkpoint)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(journal.run)
        yield journal
        tasks.cancel_scope.cancel()
    await journal.close()


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


@contextmanager
def failing_flushes() -> Iterator[None]:
    """The disk takes nothing: what is written stays in the system's memory, where a reader still finds it."""
    flushed = Segment.flushed

    def fails(segment: Segment, data: bytes, _error: OSError | None) -> JournalUnavailable | None:
        return flushed(segment, data, OSError(errno.EIO, os.strerror(errno.EIO)))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Segment, "flushed", fails)
        yield
