"""One market subscription: a connection, what it subscribes, and the events its frames become."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from fks_engine.errors import ExchangeError, MalformedData
from fks_engine.exchange import market_frames
from fks_engine.exchange.books import BookFeed
from fks_engine.exchange.error_map import translated
from fks_engine.exchange.faults import FaultCounter
from fks_engine.exchange.parsing import Frame, frame, frames, shown
from fks_engine.ports import ChannelKind

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from fks_engine.clock import Clock
    from fks_engine.exchange.client import BinanceClient
    from fks_engine.exchange.connection import StreamConnection
    from fks_engine.exchange.market_frames import Markets
    from fks_engine.exchange.options import ExchangeOptions
    from fks_engine.ports import MarketChannel, MarketEvent, MarketSink

SUBSCRIBED_AT_ONCE: Final = 200
ASKED_AT_ONCE: Final = 100

_STREAMS: Mapping[ChannelKind, str] = {
    ChannelKind.QUOTES: "bookTicker",
    ChannelKind.TRADES: "trade",
    ChannelKind.BOOKS: "depth@100ms",
    ChannelKind.CANDLES: "kline_",
    ChannelKind.STATISTICS: "miniTicker",
}
_PARSERS: Mapping[str, Callable[[Frame, Markets, int], MarketEvent]] = {
    "trade": market_frames.trade,
    "kline": market_frames.candle,
    "24hrMiniTicker": market_frames.day,
}


class MarketReader:
    """Reads one channel until its connection is lost."""

    def __init__(
        self,
        client: BinanceClient,
        channel: MarketChannel,
        markets: Markets,
        sink: MarketSink,
        clock: Clock,
        options: ExchangeOptions,
        on_fault: Callable[[str], None],
    ) -> None:
        self._client = client
        self._channel = channel
        self._markets = markets
        self._sink = sink
        self._clock = clock
        self._options = options
        self._faults = FaultCounter(f"{channel.kind} stream", clock, on_fault)
        self._connection: StreamConnection | None = None
        self._books: BookFeed | None = None
        self._quoted: set[object] = set()

    async def run(self) -> None:
        """Subscribe and read. Raises ExchangeUnavailable once the connection is lost."""
        connection = self._connection = self._client.market_connection()
        connection.consumer = self
        if self._channel.kind is ChannelKind.BOOKS:
            self._books = BookFeed(
                self._client, connection, self._markets, self._clock,
                depth=self._options.book_depth, interval_s=self._options.book_interval_s,
            )  # fmt: skip
        try:
            await connection.opened(self._client.session)
            for streams in _slices(self._streams(), SUBSCRIBED_AT_ONCE):
                await connection.request("SUBSCRIBE", streams)
            if self._books is not None:
                self._books.start()
            await self._prime(connection)
            await connection.lost()
        finally:
            connection.consumer = None
            if self._books is not None:
                self._books.stop()
            await self._client.drop(connection)

    def read(self, message: Any) -> tuple[MarketEvent, ...]:
        """The events in one frame. Raises any of FRAME_FAULTS for one that cannot be true."""
        content = frame(message)
        event = content.get("e")
        if event == "depthUpdate" and self._books is not None:
            return self._books.read(content)
        ts_received = self._clock.now_ns()
        if event is None and "u" in content:
            quote = market_frames.quote(content, self._markets, ts_received)
            if len(self._quoted) < len(self._markets):
                self._quoted.add(quote.instrument_id)
            return (quote,)
        parse = _PARSERS.get(event) if isinstance(event, str) else None
        if parse is not None:
            return (parse(content, self._markets, ts_received),)
        if self._connection is not None and self._connection.acknowledge(content):
            return ()
        raise MalformedData(f"a frame of an unknown kind: {shown(event)}")

    def deliver(self, event: MarketEvent) -> None:
        """Hand an event to whoever subscribed."""
        self._sink(event)

    def faulty(self, error: object) -> None:
        """Count a dropped frame."""
        self._faults.dropped(error)

    def book_changed(self, symbol: str) -> None:
        """ccxt brought a book up to date."""
        if self._books is not None:
            self._books.changed(symbol)

    def book_broken(self, symbol: str, error: object) -> None:
        """ccxt lost a book; it is taken anew."""
        self._faults.add(f"book of {symbol} is taken anew: {error}")
        if self._books is not None:
            self._books.broken(symbol)

    def _streams(self) -> list[str]:
        suffix = self._channel.timeframe.value if self._channel.kind is ChannelKind.CANDLES else ""
        return [f"{name.lower()}@{_STREAMS[self._channel.kind]}{suffix}" for name in self._markets]

    async def _prime(self, connection: StreamConnection) -> None:
        """Ask for what the stream would only tell once it changes: a quiet market has a quote, too."""
        ask: Callable[[dict[str, str]], Awaitable[object]]
        parse: Callable[[Frame, Markets, int], MarketEvent]
        if self._channel.kind is ChannelKind.QUOTES:
            ask, parse = self._client.publicGetTickerBookTicker, market_frames.quoted
        elif self._channel.kind is ChannelKind.STATISTICS:
            ask, parse = self._client.publicGetTicker24hr, market_frames.day_answered
        else:
            return

        try:
            for names in _slices(list(self._markets), ASKED_AT_ONCE):
                with translated():
                    rows = frames(await ask({"symbols": json.dumps(names, separators=(",", ":"))}))
                    events = [parse(row, self._markets, self._clock.now_ns()) for row in rows]
                self._primed(connection, events)
        except ExchangeError as error:
            if not connection.ended.done():
                self._faults.add(f"what stood before the first change is not known: {error}")

    def _primed(self, connection: StreamConnection, events: Sequence[MarketEvent]) -> None:
        """Deliver answers for the markets that the stream has not told of yet: it is never behind an answer."""
        connection.deliver(*(event for event in events if event.instrument_id not in self._quoted))


def _slices(names: list[str], size: int) -> list[list[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]
