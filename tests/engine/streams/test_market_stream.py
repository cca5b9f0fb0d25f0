from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from fks_engine.api import Connection
from fks_engine.clock import ManualClock
from fks_engine.errors import AuthenticationFailed, ExchangeUnavailable, RateLimited
from fks_engine.model import BalancesChanged, Timeframe
from fks_engine.ports import ChannelKind, Exchange, MarketChannel
from fks_engine.resilience import Backoff
from fks_engine.streams import AccountStream, MarketStream, MarketStreams
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH, NOW, a_book, a_quote
from tests.engine.exchange.stub import until
from tests.engine.streams.scripted import ScriptedStreams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio

QUOTES = MarketChannel(ChannelKind.QUOTES, (BTC,))


class Case:
    """Streams over a scripted exchange, and everything they told."""

    def __init__(self) -> None:
        self.exchange = ScriptedStreams()
        self.clock = ManualClock()
        self.bus = Bus()
        self.lost: list[Any] = []
        self.resyncs = 0

    def market(self, channel: MarketChannel = QUOTES) -> MarketStream:
        return MarketStream(
            cast("Exchange", self.exchange),
            channel,
            self.bus,
            self.clock,
            Backoff(0.001, 0.002),
            stale_after_s=10.0,
            on_lost=self.lost.append,
        )

    def markets(self, *channels: MarketChannel, **options: Any) -> MarketStreams:
        return MarketStreams(
            cast("Exchange", self.exchange),
            channels,
            self.bus,
            self.clock,
            lambda: Backoff(0.001, 0.002),
            on_lost=self.lost.append,
            **options,
        )

    def account(self) -> AccountStream:
        return AccountStream(
            cast("Exchange", self.exchange),
            self.bus,
            self.clock,
            Backoff(0.001, 0.002),
            on_resync=self._resync,
            on_lost=lambda: self.lost.append("account"),
        )

    def _resync(self) -> None:
        self.resyncs += 1


@asynccontextmanager
async def running(stage: MarketStream | MarketStreams | AccountStream) -> AsyncIterator[None]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stage.run)
        yield
        tasks.cancel_scope.cancel()


async def test_events_are_published_and_counted() -> None:
    case = Case()
    stream = case.market()
    assert stream.status().connection is Connection.STARTING
    seen: list[Any] = []
    case.bus.quotes.tap(seen.append)
    async with running(stream):
        await until(lambda: QUOTES in case.exchange.sinks)
        case.exchange.sinks[QUOTES](a_quote())
        assert seen == [a_quote()]
        assert stream.received == 1
        assert stream.status().connection is Connection.LIVE
        case.clock.advance(11)
        status = stream.status()
        assert (status.connection, status.age_s) == (Connection.STALE, 11)


async def test_a_lost_stream_is_subscribed_again_and_says_so() -> None:
    case = Case()
    stream = case.market()
    async with running(stream):
        for number in range(1, 4):
            await until(lambda count=number: len(case.exchange.opened) == count and QUOTES in case.exchange.sinks)  # type: ignore[misc]
            assert stream.restarts == number - 1
            case.exchange.end(QUOTES, ExchangeUnavailable("the exchange closed the connection"))
            await until(lambda: stream.status().connection is Connection.RECONNECTING)
        assert "closed the connection" in stream.status().detail
        assert case.lost.count(QUOTES) >= 3


async def test_an_exchange_that_asks_for_patience_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []
    sleep = anyio.sleep

    async def remember(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    case = Case()
    async with running(case.market()):
        await until(lambda: QUOTES in case.exchange.sinks)
        monkeypatch.setattr("fks_engine.streams.supervision.anyio.sleep", remember)
        case.exchange.end(QUOTES, RateLimited("slow down", 42.0))
        await until(lambda: bool(waits))
        monkeypatch.undo()
    assert waits[0] == 42.0


async def test_an_unexpected_error_goes_up() -> None:
    case = Case()
    with pytest.RaisesGroup(pytest.RaisesExc(AuthenticationFailed), flatten_subgroups=True):
        async with running(case.market()):
            await until(lambda: QUOTES in case.exchange.sinks)
            case.exchange.end(QUOTES, AuthenticationFailed("no"))
            await anyio.sleep_forever()
    assert case.lost[-1] is QUOTES


async def test_the_account_is_read_anew_after_every_subscription() -> None:
    case = Case()
    stream = case.account()
    balances = BalancesChanged((), False, NOW, NOW)
    seen: list[Any] = []
    case.bus.balances.tap(seen.append)
    async with running(stream):
        await until(lambda: case.resyncs == 1)
        assert stream.subscribed
        assert stream.status().connection is Connection.LIVE
        assert case.exchange.account is not None
        case.exchange.account(balances)
        case.exchange.end(None, ExchangeUnavailable("gone"))
        await until(lambda: case.resyncs == 2)
        assert case.lost == ["account"]
    assert not stream.subscribed
    assert seen == [balances]


async def test_a_desk_gets_the_candles_that_nobody_else_has() -> None:
    case = Case()
    streams = case.markets(QUOTES, *(MarketChannel(kind, (BTC,)) for kind in ChannelKind if kind != ChannelKind.QUOTES))
    hour = MarketChannel(ChannelKind.CANDLES, (BTC,), Timeframe.H1)
    streams.follow(BTC, Timeframe.M1)
    async with running(streams):
        await until(lambda: len(case.exchange.sinks) == 5)
        streams.follow(BTC, Timeframe.H1)
        streams.follow(BTC, Timeframe.H1)
        await until(lambda: hour in case.exchange.sinks)
        assert len(case.exchange.sinks) == 6
        streams.unfollow(BTC, Timeframe.H1)
        assert [status.name for status in streams.statuses()].count("candles 1h") == 1
        streams.unfollow(BTC, Timeframe.H1)
        streams.unfollow(BTC, Timeframe.H1)
        await until(lambda: hour not in case.exchange.sinks)
        assert case.lost[-1] == hour


async def test_a_market_outside_the_watchlist_gets_streams_of_its_own() -> None:
    case = Case()
    streams = case.markets(QUOTES)
    async with running(streams):
        await until(lambda: len(case.exchange.sinks) == 1)
        streams.follow(ETH, Timeframe.M5)
        await until(lambda: len(case.exchange.sinks) == 6)
        assert {channel.kind for channel in case.exchange.sinks if channel.instrument_ids == (ETH,)} == set(ChannelKind)


async def test_the_oldest_choice_gives_way() -> None:
    case = Case()
    streams = case.markets(*(MarketChannel(kind, (BTC,)) for kind in ChannelKind), max_followed=2)
    async with running(streams):
        for timeframe in (Timeframe.M5, Timeframe.M15, Timeframe.H1):
            streams.follow(BTC, timeframe)
        await until(lambda: MarketChannel(ChannelKind.CANDLES, (BTC,), Timeframe.H1) in case.exchange.sinks)
        assert MarketChannel(ChannelKind.CANDLES, (BTC,), Timeframe.M5) not in case.exchange.sinks


async def test_the_rate_is_measured_over_a_second() -> None:
    case = Case()
    streams = case.markets(QUOTES)
    async with running(streams):
        await until(lambda: QUOTES in case.exchange.sinks)
        for _ in range(10):
            case.exchange.sinks[QUOTES](a_quote())
        assert streams.messages_per_s() == 0
        case.clock.advance(2)
        assert streams.messages_per_s() == 5
        assert streams.received == 10


async def test_a_part_that_is_taken_anew_is_in_doubt_counted_and_told() -> None:
    case = Case()
    doubted: list[MarketChannel] = []
    both = MarketChannel(ChannelKind.BOOKS, (BTC, ETH))
    stream = MarketStream(
        cast("Exchange", case.exchange), both, case.bus, case.clock, Backoff(0.001, 0.002), on_doubt=doubted.append
    )
    async with running(stream):
        await until(lambda: both in case.exchange.sinks)
        case.exchange.sinks[both](a_book())
        case.exchange.doubts[both]((ETH,), "book of ETH/USDT taken anew: it is crossed")
        assert doubted == [MarketChannel(ChannelKind.BOOKS, (ETH,))]
        assert stream.restarts == 1
        assert stream.status().connection is Connection.LIVE
        assert stream.status().detail == "1 events; book of ETH/USDT taken anew: it is crossed"


async def test_while_the_exchange_asks_us_to_wait_a_stream_says_for_how_long() -> None:
    case = Case()
    stream = case.market()
    async with running(stream):
        await until(lambda: QUOTES in case.exchange.sinks)
        case.exchange.end(QUOTES, RateLimited("Way too much request weight used", 42.0))
        await until(lambda: stream.status().connection is Connection.RATE_LIMITED)
        assert stream.status().detail == "the exchange asks us to wait 42 s"
        case.clock.advance(30)
        assert stream.status().detail == "the exchange asks us to wait 12 s"


async def test_the_account_is_subscribed_anew_when_its_stream_did_not_tell_something() -> None:
    case = Case()
    stream = case.account()
    async with running(stream):
        await until(lambda: stream.subscribed)
        stream.resubscribe("a fill was found that the stream did not tell")
        await until(lambda: case.exchange.account_opened == 2)
        assert case.lost == ["account"]
        assert case.resyncs == 2
        assert stream.restarts == 1


async def test_what_desks_look_at_is_told_to_the_exchange() -> None:
    case = Case()
    streams = case.markets(QUOTES)
    async with running(streams):
        streams.follow(ETH, Timeframe.M1)
        assert set(case.exchange.looked_at) == {ETH}
        streams.unfollow(ETH, Timeframe.M1)
        assert set(case.exchange.looked_at) == set()
