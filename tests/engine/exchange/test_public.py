"""Public data through ccxt.pro's unified calls, over the simulator's real sockets."""

from __future__ import annotations

import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from fks_engine.clock import SystemClock
from fks_engine.errors import AuthenticationFailed, ConfigError, ExchangeUnavailable
from fks_engine.exchange.public import PublicExchange
from fks_engine.model import OrderBook, Timeframe, instrument_id
from fks_engine.ports import ChannelKind, MarketChannel, MarketEvent
from tests.engine.builders import an_order
from tests.engine.simulator.ccxt_client import local_urls
from tests.engine.simulator.process import simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.engine.simulator.process import SimulatorProcess

pytestmark = pytest.mark.anyio
BTC, ETH = (instrument_id("binance", f"{base}/USDT") for base in ("BTC", "ETH"))
DEADLINE_S = 20.0


def exchange_at(sim: SimulatorProcess) -> PublicExchange:
    options = {
        "fetchMarkets": {"types": ["spot"]},
        "fetchMargins": False,
        "fetchCurrencies": False,
        "ws": {"cost": 0.2},
    }
    config: dict[str, Any] = {"urls": {"api": local_urls(sim)}, "options": options}
    return PublicExchange("binance", SystemClock(), lambda fault: None, client_config=config)


@asynccontextmanager
async def opened(**options: object) -> AsyncIterator[tuple[PublicExchange, SimulatorProcess]]:
    async with simulator(symbols=2, **options) as sim:
        exchange = exchange_at(sim)
        try:
            await exchange.open()
            yield exchange, sim
        finally:
            await exchange.close()


async def first_events(exchange: PublicExchange, kind: ChannelKind, count: int) -> list[MarketEvent]:
    events: list[MarketEvent] = []

    class Enough(Exception):
        pass

    def take(event: MarketEvent) -> None:
        events.append(event)
        if len(events) >= count and {each.instrument_id for each in events} == {BTC, ETH}:
            raise Enough

    with anyio.fail_after(DEADLINE_S), pytest.raises(ExceptionGroup):
        await exchange.stream_market(MarketChannel(kind, (BTC, ETH), Timeframe.M1), take)
    return events


async def test_every_kind_of_market_data_comes_for_every_market() -> None:
    async with opened() as (exchange, _):
        for kind in ChannelKind:
            events = await first_events(exchange, kind, 3)
            assert {event.instrument_id for event in events} == {BTC, ETH}
            books = [event for event in events if isinstance(event, OrderBook)]
            assert all(book.bids[0].price < book.asks[0].price for book in books)


async def test_candles_and_time_are_asked_for() -> None:
    async with opened() as (exchange, _):
        candles = await exchange.fetch_candles(BTC, Timeframe.M1, 50)
        assert len(candles) == 50
        assert [candle.closed for candle in candles[-2:]] == [True, False]
        earlier = await exchange.fetch_candles(BTC, Timeframe.M1, 10, candles[0].ts_open)
        assert earlier[-1].ts_open == candles[0].ts_open - 60_000_000_000
        assert abs(await exchange.fetch_server_time() - SystemClock().now_ns()) < 5_000_000_000


async def test_nothing_can_be_sent() -> None:
    async with opened() as (exchange, _):
        assert exchange.read_only
        for refused in (
            exchange.submit_order(an_order()),
            exchange.cancel_order(an_order()),
            exchange.fetch_balances(),
        ):
            with pytest.raises(AuthenticationFailed, match="without a key"):
                await refused


async def test_a_lost_exchange_ends_the_stream_so_that_it_is_taken_up_again() -> None:
    async with opened() as (exchange, sim):
        heard = anyio.Event()

        async def end() -> None:
            await heard.wait()
            await sim.stop()

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(end)
            with anyio.fail_after(DEADLINE_S), pytest.raises(ExchangeUnavailable):
                await exchange.stream_market(MarketChannel(ChannelKind.TRADES, (BTC, ETH)), lambda event: heard.set())


async def test_an_exchange_that_cannot_be_reached_says_what_was_tried() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
        config = {"urls": {"api": {"public": nowhere, "private": nowhere}}}
        exchange = PublicExchange("kraken", SystemClock(), lambda fault: None, client_config=config, timeout_s=2)
        try:
            with pytest.raises(ExchangeUnavailable, match=rf"kraken cannot be reached; tried .*{nowhere}"):
                await exchange.open()
        finally:
            await exchange.close()


async def test_an_unknown_exchange_is_refused_with_what_was_meant() -> None:
    with pytest.raises(ConfigError, match=r"krakn.*kraken"):
        PublicExchange("krakn", SystemClock(), lambda fault: None)
