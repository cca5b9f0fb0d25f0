"""The running books of one connection: published not more often than is useful, audited, taken anew when they break."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.clock import NANOS
from fks_engine.errors import ExchangeError, RateLimited
from fks_engine.exchange.client import patience
from fks_engine.exchange.depth import DepthBook, Snapshot
from fks_engine.exchange.error_map import FRAME_FAULTS, translated
from fks_engine.exchange.market_frames import Markets, delta, market
from fks_engine.exchange.parsing import Frame, frame
from fks_engine.model import Level, OrderBook
from fks_engine.resilience import Backoff

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from anyio.abc import TaskGroup

    from fks_engine.clock import Clock
    from fks_engine.exchange.client import BinanceClient
    from fks_engine.exchange.depth import Audit
    from fks_engine.exchange.levels import BookSide
    from fks_engine.model import Instrument, InstrumentId

FIRST_SNAPSHOT: Final = 100
"""Levels asked for at first, and to audit: cheap, so that many books start at once."""
WIDE_SNAPSHOT: Final = 1_000
"""Levels asked for once the market has left what the first snapshot covered."""
WIDEN_EVERY_NS: Final = 15 * NANOS
ASKED_AT_ONCE: Final = 10
AUDIT_WAIT_S: Final = 5.0
"""How long a change may be behind a snapshot before the stream counts as silent."""
LEAST_AUDIT_SPACING_S: Final = 1.0
"""Audits of one connection are at least so far apart: 300 of Binance's weight a minute."""


@dataclass(slots=True, eq=False)
class _Running:
    """Where one book stands."""

    instrument: Instrument
    name: str
    """The exchange's own name of the market."""
    backoff: Backoff
    limit: int = FIRST_SNAPSHOT
    book: DepthBook | None = None
    """The book that is published; None while there is no sound one."""
    coming: DepthBook | None = None
    """Collects changes until its snapshot is there."""
    last_ns: int = -(1 << 62)
    """When it was last published."""
    asked_ns: int = -(1 << 62)
    timer: asyncio.TimerHandle | None = None
    grown: anyio.Event = field(default_factory=anyio.Event)
    """Set by the next change, for an audit that waits for it."""


class BookFeed:
    """The books of one connection.

    A book that misses a change, is crossed, cannot be read or differs from the exchange's own snapshot is dropped and
    rebuilt from a new one, never mended; `broken` is told of it. Where the market has moved to prices that a snapshot
    did not reach, a wider one replaces the book: what is known there is true, but may not be all.
    """

    def __init__(
        self,
        client: BinanceClient,
        markets: Markets,
        clock: Clock,
        *,
        depth: int,
        interval_s: float,
        audit_s: float,
        publish: Callable[[OrderBook], None],
        broken: Callable[[InstrumentId, str], None],
        first: Callable[[], Iterable[InstrumentId]] = tuple,
    ) -> None:
        self._client = client
        self._markets = markets
        self._clock = clock
        self._depth = depth
        self._interval_ns = int(interval_s * NANOS)
        self._audit_s = audit_s
        self._publish_book = publish
        self._tell_broken = broken
        self._first = first
        self._running = {name: _Running(row, name, Backoff(0.5, 30.0)) for name, row in markets.items()}
        self._slots = anyio.Semaphore(ASKED_AT_ONCE)
        self._tasks: TaskGroup | None = None
        self._rotation = deque(self._running)

    def start(self, tasks: TaskGroup) -> None:
        """Ask for every snapshot, and audit from then on; the changes must already be subscribed."""
        self._tasks = tasks
        for running in self._running.values():
            self._ask(running)
        tasks.start_soon(self._audit_in_turn)

    def stop(self) -> None:
        """Forget every book."""
        self._tasks = None
        for running in self._running.values():
            self._cancel(running)
            running.book = running.coming = None

    def renew(self, name: str, reason: str) -> None:
        """Take one market's book anew."""
        self._break(self._running[name], reason)

    def read(self, message: Frame) -> tuple[OrderBook, ...]:
        """Apply one change; the book after it, where it is due. Raises any of FRAME_FAULTS."""
        market(message["s"], self._markets)
        running = self._running[message["s"]]
        try:
            delta(message)
            if running.coming is not None:
                running.coming.take(message)
            if running.book is None:
                return ()
            fault = running.book.take(message)
        except FRAME_FAULTS as error:
            if running.book is not None:
                self._break(running, f"a change cannot be read: {str(error) or type(error).__name__}")
            raise
        if fault is not None:
            self._break(running, fault)
            return ()
        running.grown.set()
        if running.timer is not None:
            return ()
        wait_ns = running.last_ns + self._interval_ns - self._clock.monotonic_ns()
        if wait_ns <= 0:
            return (self._published(running, running.book),)
        running.timer = asyncio.get_running_loop().call_later(wait_ns / NANOS, self._publish, running)
        return ()

    def _cancel(self, running: _Running) -> None:
        if running.timer is not None:
            running.timer.cancel()
            running.timer = None

    def _break(self, running: _Running, reason: str) -> None:
        """Drop the book and take it anew after a moment."""
        self._cancel(running)
        running.book, running.coming = None, DepthBook()
        self._tell_broken(running.instrument.id, reason)
        self._ask_later(running, running.backoff.next_s())

    def _ask_later(self, running: _Running, wait_s: float) -> None:
        self._cancel(running)
        running.timer = asyncio.get_running_loop().call_later(wait_s, self._ask, running)

    def _ask(self, running: _Running) -> None:
        """Collect changes and fetch a snapshot; the book that stands is published until it is there."""
        if running.book is None:
            self._cancel(running)
        running.asked_ns = self._clock.monotonic_ns()
        running.coming = running.coming or DepthBook()
        if self._tasks is not None:
            self._tasks.start_soon(self._fetch, running, running.coming)

    async def _fetch(self, running: _Running, coming: DepthBook) -> None:
        async with self._slots:
            if running.coming is not coming:
                return
            try:
                snapshot = await self._snapshot(running, running.limit)
            except ExchangeError as error:
                if running.book is not None:
                    running.coming = None
                elif running.coming is coming and self._tasks is not None:
                    self._tell_broken(running.instrument.id, f"there is no snapshot of it: {error}")
                    asked_s = error.retry_after_s if isinstance(error, RateLimited) else None
                    self._ask_later(running, max(asked_s or 0.0, running.backoff.next_s()))
                return
        if running.coming is not coming or self._tasks is None:
            return
        running.coming = None
        try:
            fault = coming.start(snapshot)
        except FRAME_FAULTS as error:
            fault = f"a change cannot be read: {str(error) or type(error).__name__}"
        if fault is not None:
            if running.book is None:
                self._break(running, fault)
            return
        running.book = coming
        self._cancel(running)
        self._publish(running)

    async def _snapshot(self, running: _Running, limit: int) -> Snapshot:
        with translated():
            answer = await self._client.publicGetDepth({"symbol": running.name, "limit": limit})
            return Snapshot.read(frame(answer), limit)

    def _publish(self, running: _Running) -> None:
        running.timer = None
        if running.book is not None:
            self._publish_book(self._published(running, running.book))

    def _published(self, running: _Running, book: DepthBook) -> OrderBook:
        """The book as it stands; a wider one is asked for where it has holes near its top."""
        book.trim()
        instrument = running.instrument
        running.backoff.reset()
        running.last_ns = self._clock.monotonic_ns()
        ts_received = self._clock.now_ns()
        ts_event = book.ts_event_ms * 1_000_000 if book.ts_event_ms else ts_received
        is_whole = book.bids.is_whole(self._depth) and book.asks.is_whole(self._depth)
        if not is_whole and running.coming is None and running.last_ns - running.asked_ns > WIDEN_EVERY_NS:
            running.limit = WIDE_SNAPSHOT
            self._ask(running)
        return OrderBook(
            instrument.id,
            _top(book.bids, self._depth, instrument),
            _top(book.asks, self._depth, instrument),
            book.update_id or 0,
            ts_event,
            ts_received,
        )

    async def _audit_in_turn(self) -> None:
        """Hold one book after the other against a snapshot: each round those that people look at, and one other."""
        spacing_s = max(self._audit_s / max(1, len(self._running)), LEAST_AUDIT_SPACING_S)
        spacing_s = min(spacing_s, self._audit_s)
        next_first = self._clock.monotonic_ns() + int(self._audit_s * NANOS)
        while True:
            await anyio.sleep(spacing_s)
            if not self._rotation:
                continue
            wanted = [self._rotation[0]]
            self._rotation.rotate(-1)
            if self._clock.monotonic_ns() >= next_first:
                next_first = self._clock.monotonic_ns() + int(self._audit_s * NANOS)
                looked_at = set(self._first())
                wanted += [name for name, row in self._markets.items() if row.id in looked_at and name not in wanted]
            for name in wanted:
                await self.audit(self._running[name])

    async def audit(self, running: _Running) -> None:
        """Hold one book against a snapshot at the same update; it breaks where they differ. Raises nothing."""
        book = running.book
        if book is None or running.coming is not None:
            return
        begun = book.audit()
        try:
            with patience(AUDIT_WAIT_S):
                snapshot = await self._snapshot(running, FIRST_SNAPSHOT)
            with anyio.move_on_after(AUDIT_WAIT_S):
                while running.book is book and not begun.reaches(snapshot.update_id):
                    running.grown = anyio.Event()
                    await running.grown.wait()
            if running.book is not book:
                return
            fault = self._judged(book, begun, snapshot)
        except ExchangeError:
            return
        finally:
            book.end_audit(begun)
        if fault is not None:
            self._break(running, fault)

    def _judged(self, book: DepthBook, begun: Audit, snapshot: Snapshot) -> str | None:
        if begun.reaches(snapshot.update_id):
            return begun.verdict(snapshot)
        return f"it stands at update {book.update_id} and the exchange at {snapshot.update_id}, and no change comes"


def _top(side: BookSide, depth: int, instrument: Instrument) -> tuple[Level, ...]:
    """The best levels; the Level made of one is kept until its size changes."""
    tick, step, known = instrument.tick_size, instrument.step_size, side.levels
    levels = []
    for key in side.keys[:depth]:
        entry = known[key]
        made = entry[2]
        if made is None:
            entry[2] = made = Level(_neat(entry[1], tick), _neat(entry[0], step))
        levels.append(made)
    return tuple(levels)


def _neat(text: str, step: Decimal) -> Decimal:
    """A checked number with the decimals of `step`, or with its own where it has more that count."""
    value = Decimal(text)
    neat = value.quantize(step)
    return neat if neat == value else value
