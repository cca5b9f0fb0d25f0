"""Orders a second through the order stage, each durable before it leaves, beside the same without a journal."""

from __future__ import annotations

import os
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fks_engine.clock import SystemClock
from fks_engine.config.folders import made
from fks_engine.journal import Journal, recovered
from fks_engine.journal.codec import encoded
from fks_engine.journal.frames import framed
from fks_engine.model import Checkpoint, OrderStatus
from fks_engine.orders import OrderManager
from fks_engine.ports import Unkept
from fks_engine.topics import Bus
from tests.bench.bench_journal import bare_appends, intents_of
from tests.bench.measured import Measured
from tests.bench.terminal import percentiles
from tests.engine.builders import a_submit
from tests.engine.orders.desk import OpenGate
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillMarket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.model import Order
    from fks_engine.ports import OrderJournal

ROUNDS, ORDERS, AT_ONCE, ALONE = 3, 1_500, 16, 300
BETWEEN_S = 0.002
"""Between orders that are sent one at a time: what the last one noted is on the disk by then."""


class Desk:
    """An order stage before an exchange that fills every order as it arrives."""

    def __init__(self, journal: OrderJournal) -> None:
        self._exchange = ScriptedExchange()
        self._exchange.on_arrival = self._arrived
        self._arrivals: dict[str, float] = {}
        self._new = anyio.Event()
        self.manager = OrderManager(
            self._exchange, OpenGate(), StillMarket(), Bus(), SystemClock(), notify=lambda *_: None, journal=journal
        )

    def _arrived(self, order: Order) -> None:
        self._exchange.set_status(order.client_order_id, OrderStatus.FILLED, order.quantity)
        self._arrivals[order.client_order_id] = time.perf_counter()
        self._new.set()
        self._new = anyio.Event()

    async def send(self) -> float:
        """Send one order; the seconds until the exchange had it."""
        began = time.perf_counter()
        answer = await self.manager.submit(a_submit())
        (order_id,) = getattr(answer, "client_order_ids", ("",))
        with anyio.fail_after(10):
            while order_id not in self._arrivals:
                await self._new.wait()
        return self._arrivals[order_id] - began

    async def rate(self) -> float:
        """Orders a second that reach the exchange, from several who send one after the other."""

        async def sender() -> None:
            for _ in range(ORDERS // AT_ONCE):
                await self.send()

        began = time.perf_counter()
        async with anyio.create_task_group() as tasks:
            for _ in range(AT_ONCE):
                tasks.start_soon(sender)
        return ORDERS // AT_ONCE * AT_ONCE / (time.perf_counter() - began)


@asynccontextmanager
async def a_desk(folder: Path | None) -> AsyncIterator[Desk]:
    """With the journal of this folder, or without one."""
    if folder is None:
        journal: OrderJournal = Unkept()
    else:
        found = await to_thread.run_sync(recovered, made(folder))
        journal = Journal(folder, found.segment, found.last, lambda: Checkpoint(ts=0))
    desk = Desk(journal)
    async with anyio.create_task_group() as tasks:
        if isinstance(journal, Journal):
            tasks.start_soon(journal.run)
        tasks.start_soon(desk.manager.run)
        yield desk
        tasks.cancel_scope.cancel()
    if isinstance(journal, Journal):
        await journal.close()


async def _measure(folder: Path) -> list[Measured]:
    rates: dict[bool, list[float]] = {True: [], False: []}
    ours: list[float] = []
    bare: list[float] = []
    (intent,) = intents_of(1)
    file = os.open(folder / "bare", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    async with a_desk(folder / "alone") as kept, a_desk(None) as unkept:
        for _ in range(ALONE):
            (flushed,) = bare_appends(file, [framed(1, 0, encoded(intent))])
            bare.append(flushed + await unkept.send())
            ours.append(await kept.send())
            await anyio.sleep(BETWEEN_S)
    os.close(file)
    for number in range(ROUNDS):
        for is_kept in (True, False):
            async with a_desk(folder / str(number) if is_kept else None) as desk:
                rates[is_kept].append(await desk.rate())
    best, bare_best = max(rates[True]), max(rates[False])
    (half, worst), (bare_half, bare_worst) = percentiles(ours), percentiles(bare)
    return [
        Measured(
            f"submissions with the journal, {AT_ONCE} at once",
            f"{best:,.0f}/s",
            f"{bare_best:,.0f}/s",
            "the same without a journal; an exchange in memory",
            bare_best / best,
        ),
        Measured(
            "from the command to the exchange, one at a time",
            f"p50 {half * 1e3:.2f} ms, p99 {worst * 1e3:.2f} ms",
            f"p50 {bare_half * 1e3:.2f} ms, p99 {bare_worst * 1e3:.2f} ms",
            "the same without a journal, after a bare write and fdatasync",
            half / bare_half,
        ),
    ]


def run() -> list[Measured]:
    """On the disk of the user's folder: that of temporary files may be memory."""
    with tempfile.TemporaryDirectory(dir=Path.home(), prefix=".fks-bench-") as name:
        return anyio.run(_measure, Path(name))
