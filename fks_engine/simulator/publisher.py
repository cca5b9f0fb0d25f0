"""Turns what happens in the markets into stream messages, at once or at each stream's own pace."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fks_engine.simulator import payloads
from fks_engine.simulator.nouns import DepthChange
from fks_engine.simulator.stream_names import (
    ALL_MINI_TICKERS,
    ALL_SYMBOLS,
    ALL_TICKERS,
    WINDOWS,
    StreamNames,
    all_window_tickers,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.simulator.hub import Hub
    from fks_engine.simulator.market import Market
    from fks_engine.simulator.nouns import Level, PublicTrade, Quote
    from fks_engine.simulator.tape import Tape

SECOND = 1.0


class Publisher:
    """The market streams of every symbol."""

    def __init__(
        self, hub: Hub, markets: Mapping[str, Market], tapes: Mapping[str, Tape], now_ms: Callable[[], int]
    ) -> None:
        self._hub = hub
        self._markets = markets
        self._tapes = tapes
        self._clock_ms = now_ms
        self._names = {symbol: StreamNames(symbol) for symbol in markets}
        self._slow_depth: dict[str, list[DepthChange]] = {}
        self._depth_moved: dict[str, None] = {}
        self._candles: dict[str, set[str]] = {}
        self._streams = {stream: symbol for symbol, names in self._names.items() for stream in names.all()}
        self._streams |= dict.fromkeys(ALL_SYMBOLS, "")

    def exists(self, stream: str) -> bool:
        """Whether there is such a stream."""
        return stream in self._streams

    def trade(self, trade: PublicTrade) -> None:
        """Publish a trade."""
        names, hub = self._names[trade.symbol], self._hub
        if hub.wanted(names.trade):
            hub.publish(names.trade, payloads.trade_event(trade))
        if hub.wanted(names.agg_trade):
            hub.publish(names.agg_trade, payloads.aggregate_trade_event(trade))
        if self._tapes[trade.symbol].candles.closed:
            self._publish_closed(trade.symbol)

    def quote(self, quote: Quote) -> None:
        """Publish a best bid and ask."""
        stream = self._names[quote.symbol].quote
        if self._hub.wanted(stream):
            self._hub.publish(stream, payloads.quote_event(quote))

    def depth(self, change: DepthChange) -> None:
        """Publish a depth change, and keep it for the once-a-second streams."""
        symbol = change.symbol
        names, hub = self._names[symbol], self._hub
        if hub.wanted(names.depth_fast):
            hub.publish(names.depth_fast, payloads.depth_event(change))
        if any(hub.wanted(stream) for stream in names.depths):
            self._slow_depth.setdefault(symbol, []).append(change)
        self._depth_moved[symbol] = None
        self._publish_partial(symbol, names.partial_fast)

    def _publish_partial(self, symbol: str, streams: Mapping[str, int]) -> None:
        for stream, levels in streams.items():
            if self._hub.wanted(stream):
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
        """One second's slow streams; candles longer than a second come every other second."""
        for symbol, changes in self._slow_depth.items():
            data = payloads.depth_event(_joined(changes))
            for stream in self._names[symbol].depths:
                self._hub.publish(stream, data)
        self._slow_depth.clear()
        for symbol in self._depth_moved:
            self._publish_partial(symbol, self._names[symbol].partial_slow)
        self._depth_moved.clear()
        self._publish_statistics()
        self._follow_candles()
        if with_candles:
            self._publish_candles()

    def _publish_statistics(self) -> None:
        """The tickers and average prices of the symbols that traded since the last second."""
        now_ms = self._clock_ms()
        together: dict[str, list[dict[str, Any]]] = {}
        for symbol, tape in self._tapes.items():
            if not tape.changed:
                continue

            tape.changed = False
            self._publish_day(symbol, tape, now_ms, together)
            self._publish_windows(symbol, tape, now_ms, together)
            stream = self._names[symbol].average
            if self._hub.wanted(stream) and tape.trades.last is not None:
                price, traded_ms = tape.average_price(), tape.trades.last.time_ms
                self._hub.publish_json(stream, payloads.average_price_event(symbol, price, traded_ms, now_ms))
        for stream, events in together.items():
            self._hub.publish_json(stream, events)

    def _publish_day(self, symbol: str, tape: Tape, now_ms: int, together: dict[str, list[dict[str, Any]]]) -> None:
        names, hub = self._names[symbol], self._hub
        wants_all_mini, wants_all = hub.wanted(ALL_MINI_TICKERS), hub.wanted(ALL_TICKERS)
        if wants_all_mini or hub.wanted(names.mini):
            event = payloads.mini_ticker_event(symbol, tape.day(now_ms), now_ms)
            hub.publish_json(names.mini, event)
            if wants_all_mini:
                together.setdefault(ALL_MINI_TICKERS, []).append(event)
        if wants_all or hub.wanted(names.ticker):
            event = payloads.ticker_event(symbol, tape.day(now_ms), self._markets[symbol].best(), now_ms)
            hub.publish_json(names.ticker, event)
            if wants_all:
                together.setdefault(ALL_TICKERS, []).append(event)

    def _publish_windows(self, symbol: str, tape: Tape, now_ms: int, together: dict[str, list[dict[str, Any]]]) -> None:
        for window, minutes in WINDOWS.items():
            stream, everyone = self._names[symbol].windows[window], all_window_tickers(window)
            wants_all = self._hub.wanted(everyone)
            if wants_all or self._hub.wanted(stream):
                event = payloads.window_event(symbol, window, tape.window(minutes, now_ms), now_ms)
                self._hub.publish_json(stream, event)
                if wants_all:
                    together.setdefault(everyone, []).append(event)

    def _follow_candles(self) -> None:
        """Watch exactly the candles somebody listens to, and let candles end that saw no trade."""
        now_ms = self._clock_ms()
        wanted: dict[str, set[str]] = {}
        for stream in self._hub.streams():
            if "@kline_" in stream and (symbol := self._streams.get(stream, "")):
                wanted.setdefault(symbol, set()).add(stream.rpartition("_")[2])
        for symbol in self._candles.keys() | wanted.keys():
            candles = self._tapes[symbol].candles
            candles.advance(now_ms)
            self._publish_closed(symbol)
            now, before = wanted.get(symbol, set()), self._candles.get(symbol, set())
            for interval in before - now:
                candles.unwatch(interval)
            for interval in now - before:
                candles.watch(interval)
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
        now_ms = self._clock_ms()
        for symbol, intervals in self._candles.items():
            for interval in intervals:
                candle = self._tapes[symbol].candles.running(interval)
                stream = self._names[symbol].kline + interval
                if candle is not None and interval != "1s" and self._hub.wanted(stream):
                    payload = payloads.candle_event(symbol, interval, candle, now_ms, closed=False)
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
