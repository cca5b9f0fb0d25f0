"""Streams over the real client and the real simulator, killed and started again on the same port."""

from __future__ import annotations

import signal
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import anyio
import pytest

from fks_engine.api import Connection
from fks_engine.clock import SystemClock
from fks_engine.exchange import ExchangeEndpoints
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience import Backoff
from fks_engine.state import LatestMarket
from fks_engine.streams import AccountStream, MarketStreams
from fks_engine.topics import Bus
from tests.engine.builders import BTC
from tests.engine.exchange.stub import exchange_at, until
from tests.engine.simulator.process import simulator

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_after_a_killed_exchange_is_back_the_market_and_the_account_are_live_again(tmp_path: Path) -> None:
    clock, bus = SystemClock(), Bus()
    market = LatestMarket(clock)
    market.attach(bus)
    resyncs: list[None] = []
    options: dict[str, Any] = {"symbols": 2, "state": tmp_path}
    async with simulator(**options) as sim:
        endpoints = ExchangeEndpoints(sim.rest, sim.ws, sim.ws_api)
        async with exchange_at(endpoints, []) as exchange, anyio.create_task_group() as tasks:
            market.load(await exchange.open())
            streams = MarketStreams(
                exchange,
                [MarketChannel(kind, (BTC,)) for kind in ChannelKind],
                bus,
                clock,
                lambda: Backoff(0.05, 0.2),
                on_lost=market.mark_disconnected,
            )
            account = AccountStream(exchange, bus, clock, Backoff(0.05, 0.2), on_resync=lambda: resyncs.append(None))
            tasks.start_soon(streams.run)
            tasks.start_soon(account.run)
            await until(lambda: all(status.connection is Connection.LIVE for status in streams.statuses()))
            await until(lambda: account.subscribed and market.book(BTC) is not None)
            assert not market.is_stale(BTC)

            await sim.stop(signal.SIGKILL)
            await until(lambda: not account.subscribed and market.is_stale(BTC))
            assert market.book(BTC) is None
            await until(lambda: all(status.connection is Connection.RECONNECTING for status in streams.statuses()))
            assert "connect" in streams.statuses()[0].detail

            async with simulator(**options, port=urlsplit(sim.rest).port):
                await until(lambda: account.subscribed and not market.is_stale(BTC))
                await until(lambda: market.book(BTC) is not None)
                assert len(resyncs) == 2
            tasks.cancel_scope.cancel()
