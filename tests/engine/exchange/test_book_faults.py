"""Books that go wrong at the simulator: dropped, rebuilt from a snapshot, counted and told."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from fks_engine.clock import SystemClock
from fks_engine.exchange import ExchangeEndpoints
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience import Backoff
from fks_engine.state import LatestMarket
from fks_engine.streams import MarketStream
from fks_engine.topics import Bus
from tests.engine.builders import BTC
from tests.engine.exchange.stub import exchange_at, until
from tests.engine.simulator.control_client import ControlClient
from tests.engine.simulator.process import simulator

pytestmark = pytest.mark.anyio


async def test_gaps_crossed_prices_and_ghost_levels_have_the_book_taken_anew() -> None:
    faults: list[str] = []
    dropped: list[bool] = []
    bus, clock = Bus(), SystemClock()
    market = LatestMarket(clock)
    market.attach(bus)

    def doubt(channel: MarketChannel) -> None:
        market.mark_doubtful(channel)
        dropped.append(market.book(BTC) is None and market.book_stale(BTC))

    async with simulator(symbols=1, control=True) as sim, ControlClient.connect(sim.control) as control:
        endpoints = ExchangeEndpoints(sim.rest, sim.ws, sim.ws_api)
        async with exchange_at(endpoints, faults, book_audit_s=0.1) as exchange, anyio.create_task_group() as tasks:
            channel = MarketChannel(ChannelKind.BOOKS, (BTC,))
            stream = MarketStream(exchange, channel, bus, clock, Backoff(0.05, 0.1), on_doubt=doubt)
            tasks.start_soon(stream.run)
            for kind, words in (
                ("depth_gap", "are missing"),
                ("crossed_book", "it is crossed"),
                ("ghost_level", "levels that the exchange has not"),
            ):
                await until(lambda: market.book(BTC) is not None)
                faults.clear()
                before = stream.restarts
                await control.add("market", kind, match="btcusdt@depth*", count=1)
                await until(lambda before=before: stream.restarts > before)  # type: ignore[misc]
                assert words in stream.status().detail
                assert dropped.pop()
            await until(lambda: market.book(BTC) is not None)
            tasks.cancel_scope.cancel()


async def test_a_sound_book_passes_every_audit() -> None:
    books: list[Any] = []
    doubted: list[Any] = []
    async with simulator(symbols=2, control=True, rate=2_000) as sim, ControlClient.connect(sim.control) as control:
        endpoints = ExchangeEndpoints(sim.rest, sim.ws, sim.ws_api)
        async with exchange_at(endpoints, book_audit_s=0.05) as exchange, anyio.create_task_group() as tasks:
            channel = MarketChannel(ChannelKind.BOOKS, tuple(await exchange.open()))
            tasks.start_soon(exchange.stream_market, channel, books.append, lambda *told: doubted.append(told))
            await until(lambda: exchange.rate_usage is not None and exchange.rate_usage.used > 30 * 5)
            assert (await control.stats()).requested("GET depth") > 20
            tasks.cancel_scope.cancel()
    assert doubted == []
    assert len(books[-1].bids) == len(books[-1].asks) == 20
    assert all(book.bids[0].price < book.asks[0].price for book in books)
