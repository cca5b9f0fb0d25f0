"""ccxt's running books as ours: the top of them, not more often than is useful, taken anew when they are not whole."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

from fks_engine.exchange.market_frames import Markets, delta, market
from fks_engine.exchange.parsing import Frame
from fks_engine.model import Level, OrderBook
from fks_engine.resilience import Backoff

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.clock import Clock
    from fks_engine.exchange.client import BinanceClient
    from fks_engine.exchange.connection import StreamConnection
    from fks_engine.model import Instrument

FIRST_SNAPSHOT: Final = 100
"""Levels asked for at first: cheap, so that many books start at once."""
WIDE_SNAPSHOT: Final = 1_000
"""Levels asked for once the market has left what the first snapshot covered."""
WIDEN_EVERY_NS: Final = 15_000_000_000


@dataclass(slots=True)
class _Running:
    """Where one book stands."""

    instrument: Instrument
    symbol: str
    backoff: Backoff
    limit: int = FIRST_SNAPSHOT
    last_ns: int = -(1 << 62)
    """When it was last published."""
    asked_ns: int = -(1 << 62)
    timer: asyncio.TimerHandle | None = None


class BookFeed:
    """The books of one connection.

    ccxt applies the changes and notices gaps; this asks for snapshots, again where a book broke, and again where the
    market has moved to prices that the snapshot did not reach: what is known there is true, but may not be all.
    """

    def __init__(
        self, client: BinanceClient, connection: StreamConnection, markets: Markets, clock: Clock,
        *, depth: int, interval_s: float,
    ) -> None:  # fmt: skip
        self._client = client
        self._connection = connection
        self._markets = markets
        self._clock = clock
        self._depth = depth
        self._interval_ns = int(interval_s * 1e9)
        self._running = {row.market: _Running(row, row.market, Backoff(0.5, 30.0)) for row in markets.values()}
        self._read: OrderBook | None = None
        self._reading = False

    def start(self) -> None:
        """Ask for every snapshot; the changes must already be subscribed."""
        for running in self._running.values():
            self._ask(running)

    def stop(self) -> None:
        """Forget every book."""
        for running in self._running.values():
            self._cancel(running)
            self._client.orderbooks.pop(running.symbol, None)

    def read(self, message: Frame) -> tuple[OrderBook, ...]:
        """Apply one change; the book after it, where it is due."""
        market(message["s"], self._markets)
        delta(message)
        self._read, self._reading = None, True
        try:
            self._client.handle_order_book(self._connection, message)
        finally:
            self._reading = False
        read: OrderBook | None = self._read
        return () if read is None else (read,)

    def changed(self, symbol: str) -> None:
        """ccxt brought a book up to date: publish it now, or as soon as the interval allows."""
        running = self._running.get(symbol)
        if running is None or running.timer is not None:
            return
        wait_ns = running.last_ns + self._interval_ns - self._clock.monotonic_ns()
        if self._reading and wait_ns <= 0:
            self._read = self._published(running)
        else:
            loop = asyncio.get_running_loop()
            running.timer = loop.call_later(max(0.0, wait_ns / 1e9), self._publish, running)

    def broken(self, symbol: str) -> None:
        """A book has a gap or no snapshot: take it anew after a moment."""
        running = self._running.get(symbol)
        if running is not None:
            self._cancel(running)
            running.timer = asyncio.get_running_loop().call_later(running.backoff.next_s(), self._ask, running)

    def _cancel(self, running: _Running) -> None:
        if running.timer is not None:
            running.timer.cancel()
            running.timer = None

    def _ask(self, running: _Running) -> None:
        """Have ccxt collect changes and fetch a snapshot."""
        self._cancel(running)
        running.asked_ns = self._clock.monotonic_ns()
        self._connection.subscriptions[f"orderbook::{running.symbol}"] = True
        subscription = {"symbols": [running.symbol], "limit": running.limit, "type": "spot", "params": {}}
        self._client.orderbooks.pop(running.symbol, None)
        self._client.handle_order_book_subscription(self._connection, {}, subscription)

    def _publish(self, running: _Running) -> None:
        running.timer = None
        book = self._published(running)
        if book is not None:
            self._connection.deliver(book)

    def _published(self, running: _Running) -> OrderBook | None:
        """The book as it stands; None where there is none, or where it has to be fetched anew."""
        book = self._client.orderbooks.get(running.symbol)
        if book is None or book["nonce"] is None:
            return None
        cover = self._client.coverage[running.symbol]
        cover.trim(book["bids"], book["asks"])
        instrument = running.instrument
        bids, asks = book["bids"][: self._depth], book["asks"][: self._depth]
        running.backoff.reset()
        running.last_ns = self._clock.monotonic_ns()
        ts_received = self._clock.now_ns()
        ts_event = book["timestamp"] * 1_000_000 if book["timestamp"] else ts_received
        published = OrderBook(
            instrument.id, _top(bids, instrument), _top(asks, instrument), book["nonce"], ts_event, ts_received
        )
        if not cover.holds(bids, asks, self._depth) and running.last_ns - running.asked_ns > WIDEN_EVERY_NS:
            running.limit = WIDE_SNAPSHOT
            self._ask(running)
        return published


def _top(entries: Sequence[list[Any]], instrument: Instrument) -> tuple[Level, ...]:
    """Entries as levels; the level made of an entry is kept in it until its size changes."""
    levels = []
    for entry in entries:
        size_text, price_text, made = entry[1], entry[2], entry[3]
        if made is None or made[0] is not size_text:
            level = Level(_neat(price_text, instrument.tick_size), _neat(size_text, instrument.step_size))
            entry[3] = made = (size_text, level)
        levels.append(made[1])
    return tuple(levels)


def _neat(text: str, step: Decimal) -> Decimal:
    """A checked number with the decimals of `step`, or with its own where it has more that count."""
    value = Decimal(text)
    neat = value.quantize(step)
    return neat if neat == value else value
