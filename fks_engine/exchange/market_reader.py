"""One market subscription: a connection, what it subscribes, and the events its frames become."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import anyio

from fks_engine.errors import ExchangeError, ExchangeUnavailable, MalformedData
from fks_engine.exchange import market_frames
from fks_engine.exchange.books import BookFeed
from fks_engine.exchange.client import patience
from fks_engine.exchange.error_map import translated
from fks_engine.exchange.faults import FaultCounter
from fks_engine.exchange.parsing import Frame, frame, frames, shown
from fks_engine.exchange.quote_order import QuoteOrder
from fks_engine.exchange.silence import Remedy, Renewals, SilenceWatch
from fks_engine.ports import ChannelKind
from fks_engine.resilience.budget import Need, Priority

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence

    from fks_engine.clock import Clock
    from fks_engine.exchange.client import BinanceClient
    from fks_engine.exchange.connection import StreamConnection
    from fks_engine.exchange.market_frames import Markets
    from fks_engine.exchange.options import ExchangeOptions
    from fks_engine.model import InstrumentId
    from fks_engine.ports import DoubtSink, MarketChannel, MarketEvent, MarketSink

SUBSCRIBED_AT_ONCE: Final = 200
ASKED_AT_ONCE: Final = 100
SUSPECTS_AT_ONCE: Final = 20
"""So many markets cost as little as one in every request that is used to compare."""
BY_THE_TRADE: Final = 4
"""How much longer a stream that only trades move may be silent than quotes and depth."""
GRACE_S: Final = 2.0
"""How long a change may take from the exchange's answer to its stream."""
COMPARE_PATIENCE_S: Final = 2.0

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
    """Reads one channel until its connection is lost.

    `doubt` is told of markets whose stream or book has to be taken anew; `looked_at` names those that matter most.
    """

    def __init__(
        self,
        client: BinanceClient,
        channel: MarketChannel,
        markets: Markets,
        sink: MarketSink,
        clock: Clock,
        options: ExchangeOptions,
        on_fault: Callable[[str], None],
        *,
        doubt: DoubtSink,
        renewals: Renewals,
        looked_at: Callable[[], Iterable[InstrumentId]],
    ) -> None:
        self._client = client
        self._channel = channel
        self._markets = markets
        self._sink = sink
        self._clock = clock
        self._doubt = doubt
        self._renewals = renewals
        self._life_s = options.connection_life_s
        self._faults = FaultCounter(f"{channel.kind} stream", clock, on_fault)
        self._connection: StreamConnection | None = None
        self._order = QuoteOrder()
        is_moved_by_orders = channel.kind in (ChannelKind.QUOTES, ChannelKind.BOOKS)
        after_s = options.silent_after_s * (1 if is_moved_by_orders else BY_THE_TRADE)
        self._watch = SilenceWatch(markets, clock, after_s, min(GRACE_S, options.silent_after_s))
        self._compare_s = min(GRACE_S, options.silent_after_s / 2)
        self._books: BookFeed | None = None
        if channel.kind is ChannelKind.BOOKS:
            self._books = BookFeed(
                client, markets, clock,
                depth=options.book_depth, interval_s=options.book_interval_s, audit_s=options.book_audit_s,
                publish=self._deliver, broken=self._book_broken, first=looked_at,
            )  # fmt: skip

    async def run(self) -> None:
        """Subscribe and read. Raises ExchangeUnavailable once the connection is lost."""
        await self._client.spend(Need(Priority.MARKET, 0))
        connection = self._connection = self._client.market_connection()
        connection.consumer = self
        try:
            await connection.opened(self._client.session)
            connection.renew_after(self._life_s)
            for streams in _slices(self._streams(self._markets), SUBSCRIBED_AT_ONCE):
                await connection.request("SUBSCRIBE", streams)
            async with anyio.create_task_group() as tasks:
                if self._books is not None:
                    self._books.start(tasks)
                tasks.start_soon(self._prime, connection)
                tasks.start_soon(self._compare, connection)
                outcome = await connection.outcome()
                tasks.cancel_scope.cancel()
            raise outcome
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
            books = self._books.read(content)
            self._watch.fresh.add(content["s"])
            return books
        ts_received = self._clock.now_ns()
        if event is None and "u" in content:
            quote = market_frames.quote(content, self._markets, ts_received)
            self._watch.fresh.add(content["s"])
            return (quote,) if self._order.is_news(quote) else ()
        parse = _PARSERS.get(event) if isinstance(event, str) else None
        if parse is not None:
            parsed = parse(content, self._markets, ts_received)
            self._watch.fresh.add(content["s"])
            return (parsed,)
        if event == "serverShutdown" and self._connection is not None:
            self._connection.end(ExchangeUnavailable("the exchange is about to end the connection (serverShutdown)"))
            return ()
        if self._connection is not None and self._connection.acknowledge(content):
            return ()
        raise MalformedData(f"a frame of an unknown kind: {shown(event)}")

    def deliver(self, event: MarketEvent) -> None:
        """Hand an event to whoever subscribed."""
        self._sink(event)

    def faulty(self, error: object) -> None:
        """Count a dropped frame."""
        self._faults.dropped(error)

    def _deliver(self, event: MarketEvent) -> None:
        """Deliver what did not come out of a frame just now."""
        if self._connection is not None:
            self._connection.deliver(event)

    def _book_broken(self, instrument_id: InstrumentId, reason: str) -> None:
        market = instrument_id.partition(":")[2]
        self._faults.add(f"book of {market} is taken anew: {reason}")
        self._doubt((instrument_id,), f"book of {market} taken anew: {reason}")

    def _streams(self, names: Iterable[str]) -> list[str]:
        suffix = self._channel.timeframe.value if self._channel.kind is ChannelKind.CANDLES else ""
        return [f"{name.lower()}@{_STREAMS[self._channel.kind]}{suffix}" for name in names]

    async def _compare(self, connection: StreamConnection) -> None:
        """Hold silent markets against the exchange's answers for as long as the connection lasts."""
        while not connection.ended.done():
            await anyio.sleep(self._compare_s)
            self._renewals.heard((self._channel.kind, name) for name in self._watch.settle())
            suspects = self._watch.suspects(SUSPECTS_AT_ONCE)
            try:
                if suspects:
                    self._watch.answered(await self._answers(suspects))
                silent = self._watch.silent()
                if silent:
                    await self._renew(connection, silent)
            except ExchangeError as error:
                self._faults.add(f"whether {len(suspects)} silent markets are only quiet is not known: {error}")

    async def _answers(self, names: list[str]) -> dict[str, object]:
        """What would have come on the stream if it were alive: the best prices, or the number of the last trade."""
        is_quoted = self._channel.kind in (ChannelKind.QUOTES, ChannelKind.BOOKS)
        ask = self._client.publicGetTickerBookTicker if is_quoted else self._client.publicGetTicker24hr
        fields = ("bidPrice", "bidQty", "askPrice", "askQty") if is_quoted else ("lastId",)
        with translated(), patience(COMPARE_PATIENCE_S):
            rows = frames(await ask({"symbols": json.dumps(names, separators=(",", ":"))}))
            return {row["symbol"]: tuple(row[field] for field in fields) for row in rows if row["symbol"] in names}

    async def _renew(self, connection: StreamConnection, silent: list[str]) -> None:
        """Do something about streams that are silent for certain."""
        keys = [(self._channel.kind, name) for name in silent]
        reason = f"{_told(silent)} silent though the exchange has news"
        remedy = self._renewals.remedy(keys)
        if remedy is Remedy.NOTHING:
            self._watch.give_up(silent)
            self._faults.add(f"{reason}; subscribing again did not help, and is not tried any more")
            return
        self._faults.add(f"{reason}; {'subscribed' if remedy is Remedy.SUBSCRIBE else 'connected'} again")
        if remedy is Remedy.CONNECT:
            connection.end(ExchangeUnavailable(reason))
            return
        self._doubt(tuple(self._markets[name].id for name in silent), f"{reason}; subscribed again")
        try:
            for names in _slices(self._streams(silent), SUBSCRIBED_AT_ONCE):
                await connection.request("UNSUBSCRIBE", names)
                await connection.request("SUBSCRIBE", names)
        except ExchangeError as error:
            connection.end(ExchangeUnavailable(f"{reason}; subscribing again failed: {error}"))
        if self._books is not None:
            for name in silent:
                self._books.renew(name, "its stream was silent")

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
        connection.deliver(*(event for event in events if not self._order.has(event.instrument_id)))


def _slices(names: list[str], size: int) -> list[list[str]]:
    return [names[start : start + size] for start in range(0, len(names), size)]


def _told(names: list[str]) -> str:
    listed = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
    return f"{listed} {'was' if len(names) == 1 else 'were'}"
