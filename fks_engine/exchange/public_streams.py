"""Subscriptions through ccxt.pro's unified calls: one task for each market, questions where there is no stream."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, Final, NoReturn

import anyio

from fks_engine.errors import ExchangeError, ExchangeUnavailable
from fks_engine.exchange import public_parsing as parsing
from fks_engine.exchange.error_map import FRAME_FAULTS, translated
from fks_engine.ports import ChannelKind, MarketEvent

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.clock import Clock
    from fks_engine.exchange.faults import FaultCounter
    from fks_engine.model import Instrument
    from fks_engine.ports import MarketChannel, MarketSink

ASK_EVERY_S: Final = 5.0
"""How often what has no stream is asked for."""

Answers = AsyncIterator[tuple[MarketEvent | None, ...]]


async def watch(
    client: Any,
    channel: MarketChannel,
    rules: Sequence[Instrument],
    sink: MarketSink,
    clock: Clock,
    faults: FaultCounter,
    depth: int,
) -> NoReturn:
    """Hand every event of the channel's markets to `sink`.

    Raises ExchangeUnavailable when any of the markets is lost, so that the whole channel is subscribed anew.
    """
    lost: list[ExchangeError] = []
    feed = _Feed(client, channel, clock, depth)

    async def follow(market: Instrument) -> None:
        try:
            with translated():
                async for events in feed.of(market, faults.add):
                    for event in events:
                        if event is not None:
                            sink(event)
        except ExchangeError as error:
            lost.append(error)
            tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        for market in rules:
            tasks.start_soon(follow, market)
    reason = lost[0] if lost else ExchangeUnavailable("the streams ended")
    raise reason if isinstance(reason, ExchangeUnavailable) else ExchangeUnavailable(str(reason)) from reason


class _Feed:
    """The best way that an exchange offers to follow one kind of data."""

    def __init__(self, client: Any, channel: MarketChannel, clock: Clock, depth: int) -> None:
        self._client = client
        self._channel = channel
        self._clock = clock
        self._depth = depth

    async def of(self, rules: Instrument, faulty: Callable[[str], None]) -> Answers:
        """What the market tells, as it tells it; what cannot be read is counted and left out."""
        ask = self._way(rules)
        while True:
            found = await ask()
            try:
                yield self._read(found, rules)
            except FRAME_FAULTS as error:
                faulty(repr(error))

    def _way(self, rules: Instrument) -> Callable[[], Any]:
        client, symbol = self._client, rules.market
        kind = self._channel.kind
        if kind is ChannelKind.TRADES:
            return self._stream("watchTrades", lambda: client.watch_trades(symbol))
        if kind is ChannelKind.BOOKS:
            return self._stream("watchOrderBook", lambda: client.watch_order_book(symbol))
        if kind is ChannelKind.CANDLES:
            span = self._channel.timeframe.value
            if client.has.get("watchOHLCV") and span in (client.timeframes or {}):
                return lambda: client.watch_ohlcv(symbol, span)
            return self._asked(lambda: client.fetch_ohlcv(symbol, span, None, 3))
        if kind is ChannelKind.QUOTES and client.has.get("watchBidsAsks"):
            return lambda: client.watch_bids_asks([symbol])
        if kind is ChannelKind.QUOTES and client.has.get("watchOrderBook"):
            return lambda: client.watch_order_book(symbol)
        if client.has.get("watchTicker"):
            return lambda: client.watch_ticker(symbol)
        return self._asked(lambda: client.fetch_ticker(symbol))

    def _stream(self, capability: str, call: Callable[[], Any]) -> Callable[[], Any]:
        if not self._client.has.get(capability):
            raise ExchangeUnavailable(f"{self._client.id} has no stream of {self._channel.kind.value}")
        return call

    def _asked(self, call: Callable[[], Any]) -> Callable[[], Any]:
        async def ask() -> Any:
            found = await call()
            await anyio.sleep(ASK_EVERY_S)
            return found

        return ask

    def _read(self, found: Any, rules: Instrument) -> tuple[MarketEvent | None, ...]:
        now = self._clock.now_ns()
        kind = self._channel.kind
        if kind is ChannelKind.TRADES:
            return tuple(parsing.trade(entry, rules, now) for entry in found)
        if kind is ChannelKind.BOOKS:
            return (parsing.book(found, rules, self._depth, now),)
        if kind is ChannelKind.CANDLES:
            span = self._channel.timeframe
            return tuple(parsing.candle(row, rules, span, row is found[-1], now) for row in found)
        if kind is ChannelKind.STATISTICS:
            return (parsing.statistics(found, rules, now),)
        if "bids" in found:
            return (parsing.quote_of_book(parsing.book(found, rules, 1, now)),)
        return (parsing.quote(found.get(rules.market, found), rules, now),)
