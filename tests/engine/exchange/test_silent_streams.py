"""Streams that go silent while their connection lives, against the simulator's faults and a scripted server."""

from __future__ import annotations

import json
from typing import Any

import anyio
import pytest

from fks_engine.clock import SystemClock
from fks_engine.exchange import ExchangeEndpoints
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience import Backoff
from fks_engine.streams import MarketStream
from fks_engine.topics import Bus
from tests.engine.builders import BTC, ETH
from tests.engine.exchange.frames import QUOTE
from tests.engine.exchange.stub import exchange_at, stub_binance, until
from tests.engine.simulator.control_client import ControlClient
from tests.engine.simulator.process import simulator

pytestmark = pytest.mark.anyio

SILENT_AFTER_S = 0.2


@pytest.mark.parametrize(
    ("kind", "stream"),
    [
        (ChannelKind.QUOTES, "btcusdt@bookticker"),
        (ChannelKind.TRADES, "btcusdt@trade"),
        (ChannelKind.BOOKS, "*@depth*"),
    ],
)
async def test_a_silent_market_is_subscribed_again_then_the_connection_is_made_anew(
    kind: ChannelKind, stream: str
) -> None:
    faults: list[str] = []
    doubted: list[MarketChannel] = []
    bus = Bus()
    async with simulator(symbols=2, control=True) as sim, ControlClient.connect(sim.control) as control:
        endpoints = ExchangeEndpoints(sim.rest, sim.ws, sim.ws_api)
        async with (
            exchange_at(endpoints, faults, silent_after_s=SILENT_AFTER_S, book_audit_s=60.0) as exchange,
            anyio.create_task_group() as tasks,
        ):
            channel = MarketChannel(kind, tuple(await exchange.open()))
            market = MarketStream(exchange, channel, bus, SystemClock(), Backoff(0.05, 0.1), on_doubt=doubted.append)
            tasks.start_soon(market.run)
            await until(lambda: market.received > 0)
            await control.add("market", "silence", match=stream, count=1)
            await until(lambda: market.restarts >= 2)
            assert any(BTC in part.instrument_ids for part in doubted)
            assert any("silent though the exchange has news; subscribed again" in fault for fault in faults)
            seen = market.received
            await until(lambda: market.received > seen + 3)
            assert (await control.stats()).connections["market"]["opened"] >= 2
            tasks.cancel_scope.cancel()


async def test_a_market_whose_stream_was_dropped_comes_back_on_the_same_connection() -> None:
    faults: list[str] = []
    bids = iter(range(1, 1_000_000))
    async with stub_binance() as stub, exchange_at(stub.endpoints, faults, silent_after_s=0.1) as exchange:
        stub.answers["GET", "ticker/bookTicker"] = lambda request: [
            {"symbol": name, "bidPrice": f"{next(bids)}.00", "bidQty": "1.0", "askPrice": "2000000.00", "askQty": "1.0"}
            for name in json.loads(request.query["symbols"])
        ]
        doubted: list[Any] = []
        async with anyio.create_task_group() as tasks:
            events: list[Any] = []
            channel = MarketChannel(ChannelKind.QUOTES, (BTC, ETH))
            tasks.start_soon(exchange.stream_market, channel, events.append, lambda *told: doubted.append(told))

            async def keep_bitcoin_alive() -> None:
                while len(stub.subscribed) < 3:
                    await stub.push(QUOTE)
                    await anyio.sleep(0.02)

            await stub.until_subscribed()
            await keep_bitcoin_alive()
            assert stub.subscribed[1:3] == [["ethusdt@bookTicker"], ["ethusdt@bookTicker"]]
            assert len(set(stub.sockets)) == 1
            assert doubted[0][0] == (ETH,)
            tasks.cancel_scope.cancel()


async def test_a_market_in_which_nothing_happens_is_left_alone() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints, silent_after_s=0.02) as exchange:
        row = {"symbol": "BTCUSDT", "bidPrice": "1.00", "bidQty": "2.0", "askPrice": "3.00", "askQty": "4.0"}
        stub.answers["GET", "ticker/bookTicker"] = lambda request: [row]
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(exchange.stream_market, MarketChannel(ChannelKind.QUOTES, (BTC,)), lambda event: None)
            await until(lambda: stub.requests.count(("GET", "ticker/bookTicker")) >= 10)
            tasks.cancel_scope.cancel()
        assert stub.subscribed == [["btcusdt@bookTicker"]]


async def test_a_connection_is_made_anew_before_the_exchange_ends_it() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints, connection_life_s=0.1) as exchange:
        bus = Bus()
        market = MarketStream(
            exchange, MarketChannel(ChannelKind.TRADES, (BTC,)), bus, SystemClock(), Backoff(0.01, 0.02)
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(market.run)
            await stub.until_subscribed(3)
            assert market.restarts >= 2
            tasks.cancel_scope.cancel()


async def test_a_server_that_is_about_to_shut_down_is_left_at_once() -> None:
    async with stub_binance() as stub, exchange_at(stub.endpoints) as exchange:
        market = MarketStream(
            exchange, MarketChannel(ChannelKind.TRADES, (BTC,)), Bus(), SystemClock(), Backoff(0.01, 0.02)
        )
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(market.run)
            await stub.until_subscribed()
            await stub.push('{"e":"serverShutdown","E":1770123456789}')
            await stub.until_subscribed(2)
            tasks.cancel_scope.cancel()
