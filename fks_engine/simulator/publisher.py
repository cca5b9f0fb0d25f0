"""Turns what happens in the markets into stream messages, at once or at each stream's own pace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from fks_engine.simulator import payloads
from fks_engine.simulator.intervals import INTERVALS
from fks_engine.simulator.nouns import DepthChange

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.simulator.hub import Hub
    from fks_engine.simulator.market import Market
    from fks_engine.simulator.nouns import Level, PublicTrade, Quote
    from fks_engine.simulator.tape import Tape

SECOND = 1.0
ALL_MINI_TICKERS = "!miniTicker@arr"
ALL_TICKERS = "!ticker@arr"
PARTIAL_DEPTHS = (5, 10, 20)


class Names:
    """The stream names of one symbol."""

    __slots__ = ("agg_trade", "depth", "depth_fast", "kline", "mini", "partial", "quote", "ticker", "trade")

    def __init__(self, symbol: str) -> None:
        stem = symbol.lower()
        self.trade = f"{stem}@trade"
        self.agg_trade = f"{stem}@aggTrade"
        self.quote = f"{stem}@bookTicker"
        self.depth = f"{stem}@depth"
        self.depth_fast = f"{stem}@depth@100ms"
        self.mini = f"{stem}@miniTicker"
        self.ticker = f"{stem}@ticker"
        self.kline = f"{stem}@kline_"
        self.partial = {
            f"{stem}@depth{levels}{pace}": (levels, bool(pace)) for levels in PARTIAL_DEPTHS for pace in ("", "@100ms")
        }

    def all(self) -> list[str]:
        """Every stream of the symbol."""
        plain = [self.trade, self.agg_trade, self.quote, self.depth, self.depth_fast, self.mini, self.ticker]
        return [*plain, *self.partial, *(self.kline + interval for interval in INTERVALS)]


class Publisher:
    """The market streams of every symbol."""

    def __init__(
        self, hub: Hub, markets: Mapping[str, Market], tapes: Mapping[str, Tape], now_ms: Callable[[], int]
    ) -> None:
        self._hub = hub
        self._markets = markets
        self._tapes = tapes
        self._clock_ms = now_ms
        self._names = {symbol: Names(symbol) for symbol in markets}
        self._slow_depth: dict[str, list[DepthChange]] = {}
        self._depth_moved: set[str] = set()
        self._candles: dict[str, set[str]] = {}
        self._streams = {stream: symbol for symbol, names in self._names.items() for stream in names.all()}
        self._streams[ALL_MINI_TICKERS] = self._streams[ALL_TICKERS] = ""

    def exists(self, stream: str) -> bool:
        """Whether there is such a stream."""
        return stream in self._streams

    def trade(self, trade: PublicTrade) -> None:
        """Publish a trade."""
        names = self._names[trade.symbol]
        if self._hub.wanted(names.trade):
            self._hub.publish(names.trade, payloads.trade_event(trade))
        if self._hub.wanted(names.agg_trade):
            self._hub.publish(names.agg_trade, payloads.aggregate_trade_event(trade))
        self._publish_closed(trade.symbol)

    def quote(self, quote: Quote) -> None:
        """Publish a best bid and ask."""
        stream = self._names[quote.symbol].quote
        if self._hub.wanted(stream):
            self._hub.publish(stream, payloads.quote_event(quote))

    def depth(self, change: DepthChange) -> None:
        """Publish a depth change, and keep it for the once-a-second stream."""
        symbol = change.symbol
        names = self._names[symbol]
        if self._hub.wanted(names.depth_fast):
            self._hub.publish(names.depth_fast, payloads.depth_event(change))
        if self._hub.wanted(names.depth):
            self._slow_depth.setdefault(symbol, []).append(change)
        self._depth_moved.add(symbol)
        self._publish_partial(symbol, fast=True)

    def _publish_partial(self, symbol: str, fast: bool) -> None:
        for stream, (levels, is_fast) in self._names[symbol].partial.items():
            if is_fast is fast and self._hub.wanted(stream):
                book = self._markets[symbol].depth(levels)
                self._hub.publish(stream, payloads.depth_body(*book))

    async def run(self) -> None:
        """Publish the slow streams each second until cancelled."""
        second = 0
        while True:
            await asyncio.sleep(SECOND)
            second += 1
            self.tick(with_candles=second % 2 == 0)

    def tick(self, with_candles: bool) -> None:
        """One second's slow streams; candles come every other second."""
        for symbol, changes in self._slow_depth.items():
            stream = self._names[symbol].depth
            self._hub.publish(stream, payloads.depth_event(_joined(changes)))
        self._slow_depth.clear()
        for symbol in self._depth_moved:
            self._publish_partial(symbol, fast=False)
        self._depth_moved.clear()
        self._publish_tickers()
        self._follow_candles()
        if with_candles:
            self._publish_candles()

    def _publish_tickers(self) -> None:
        now_ms = self._clock_ms()
        everyone_mini, everyone = self._hub.wanted(ALL_MINI_TICKERS), self._hub.wanted(ALL_TICKERS)
        minis, tickers = [], []
        for symbol, tape in self._tapes.items():
            names = self._names[symbol]
            wants_mini = everyone_mini or self._hub.wanted(names.mini)
            wants_full = everyone or self._hub.wanted(names.ticker)
            if not tape.changed or not (wants_mini or wants_full):
                continue

            tape.changed = False
            day = tape.day(now_ms)
            if wants_mini:
                minis.append(payloads.mini_ticker_event(symbol, day, now_ms))
                self._hub.publish_json(names.mini, minis[-1])
            if wants_full:
                tickers.append(payloads.ticker_event(symbol, day, self._markets[symbol].best(), now_ms))
                self._hub.publish_json(names.ticker, tickers[-1])
        if minis:
            self._hub.publish_json(ALL_MINI_TICKERS, minis)
        if tickers:
            self._hub.publish_json(ALL_TICKERS, tickers)

    def _follow_candles(self) -> None:
        """Watch exactly the candles somebody listens to, and let minutes end that saw no trade."""
        wanted: dict[str, set[str]] = {}
        for stream in self._hub.streams():
            symbol, marker, interval = self._streams.get(stream, ""), "@kline_", stream.rpartition("_")[2]
            if symbol and marker in stream:
                wanted.setdefault(symbol, set()).add(interval)
        for symbol, tape in self._tapes.items():
            tape.candles.advance(self._clock_ms())
            self._publish_closed(symbol)
            now, before = wanted.get(symbol, set()), self._candles.get(symbol, set())
            for interval in before - now:
                tape.candles.unwatch(interval)
            for interval in now - before:
                tape.candles.watch(interval)
        self._candles = wanted

    def _publish_closed(self, symbol: str) -> None:
        closed = self._tapes[symbol].candles.closed
        if closed:
            for interval, candle in closed:
                stream = self._names[symbol].kline + interval
                payload = payloads.candle_event(symbol, interval, candle, self._clock_ms(), closed=True)
                self._hub.publish_json(stream, payload)
            closed.clear()

    def _publish_candles(self) -> None:
        for symbol, intervals in self._candles.items():
            for interval in intervals:
                candle = self._tapes[symbol].candles.running(interval)
                stream = self._names[symbol].kline + interval
                if candle is not None and self._hub.wanted(stream):
                    payload = payloads.candle_event(symbol, interval, candle, self._clock_ms(), closed=False)
                    self._hub.publish_json(stream, payload)


def _joined(changes: list[DepthChange]) -> DepthChange:
    """Consecutive changes as one; the newest size of each level counts."""
    first, last = changes[0], changes[-1]
    bids: dict[object, Level] = {}
    asks: dict[object, Level] = {}
    for change in changes:
        bids.update((level[0], level) for level in change.bids)
        asks.update((level[0], level) for level in change.asks)
    bid_levels = sorted(bids.values(), reverse=True)
    return DepthChange(last.symbol, first.first_id, last.final_id, bid_levels, sorted(asks.values()), last.event_ms)
