"""What the journal costs: one intent at a time, and many at once, beside bare writes and flushes of the same bytes."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from fks_engine.journal import Journal, recovered
from fks_engine.journal.codec import encoded
from fks_engine.journal.frames import framed
from fks_engine.model import Checkpoint, OrdersPlanned
from tests.bench.measured import Measured
from tests.bench.terminal import percentiles
from tests.engine.builders import an_order

if TYPE_CHECKING:
    from fks_engine.model import JournalEntry

TRIES = 1_500
BURST, WRITERS = 4_000, 200
GOAL = 1.3


def intents_of(count: int) -> list[JournalEntry]:
    """Entries as an order makes them."""
    order = an_order()
    return [OrdersPlanned(ts=at, orders=(replace(order, client_order_id=f"fks-{at}"),)) for at in range(count)]


def bare_appends(file: int, blobs: list[bytes]) -> list[float]:
    """Seconds that each write and flush took."""
    spent = []
    for blob in blobs:
        began = time.perf_counter()
        os.write(file, blob)
        os.fdatasync(file)
        spent.append(time.perf_counter() - began)
    return spent


async def _in_turn(journal: Journal, file: int) -> tuple[list[float], list[float]]:
    """Seconds a record of the journal and a bare one took, in turns so that the disk is in one mood for both."""
    ours: list[float] = []
    bare: list[float] = []
    for intent in intents_of(TRIES):
        bare += bare_appends(file, [framed(1, 0, encoded(intent))])
        began = time.perf_counter()
        await journal.record(intent)
        ours.append(time.perf_counter() - began)
    return ours, bare


async def _at_once(journal: Journal) -> tuple[float, list[float]]:
    """Records a second with many who write, and the seconds that each waited."""
    waited: list[float] = []

    async def write(intents: list[JournalEntry]) -> None:
        for intent in intents:
            began = time.perf_counter()
            await journal.record(intent)
            waited.append(time.perf_counter() - began)

    began = time.perf_counter()
    async with anyio.create_task_group() as tasks:
        for _ in range(WRITERS):
            tasks.start_soon(write, intents_of(BURST // WRITERS))
    return BURST / (time.perf_counter() - began), waited


async def _measure(folder: Path) -> list[Measured]:
    found = recovered(folder)
    journal = Journal(folder, found.segment, found.last, lambda: Checkpoint(ts=0))
    file = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(journal.run)
        ours, bare = await _in_turn(journal, file)
        rate, waited = await _at_once(journal)
        tasks.cancel_scope.cancel()
    await journal.close()
    bare_rate = len(bare) / sum(bare)
    os.close(file)
    rows = []
    for name, one, other in zip(("p50", "p99"), percentiles(ours), percentiles(bare), strict=True):
        against = "a bare write and fdatasync of the same bytes"
        ratio = one / other
        rows.append(
            Measured(
                f"journal, one intent, {name}", f"{one * 1e3:.2f} ms", f"{other * 1e3:.2f} ms", against, ratio, GOAL
            )
        )
    half, worst = percentiles(waited)
    words = f"{rate:,.0f}/s, p50 {half * 1e3:.1f} ms, p99 {worst * 1e3:.1f} ms"
    rows.append(
        Measured(f"journal, {WRITERS} at once", words, f"{bare_rate:,.0f}/s", "bare, one by one", bare_rate / rate)
    )
    return rows


def run() -> list[Measured]:
    """Beside the folder that a test would use: the disk of temporary files may be memory."""
    with tempfile.TemporaryDirectory(dir=Path.home(), prefix=".fks-bench-") as name:
        return anyio.run(_measure, Path(name))
