"""The link to the exchange."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.api import Connection
from fks_engine.clock import NANOS, ManualClock
from fks_engine.engine.link import ExchangeLink
from fks_engine.errors import ExchangeUnavailable, MalformedData, RateLimited
from fks_engine.ports import RateUsage
from fks_engine.resilience import Backoff
from tests.engine.builders import NOW
from tests.engine.scripted_exchange import ScriptedExchange

pytestmark = pytest.mark.anyio


class FlakyExchange(ScriptedExchange):
    """Fails the first questions for its time."""

    failures = 2

    async def fetch_server_time(self) -> int:
        if self.failures:
            self.failures -= 1
            raise ExchangeUnavailable("busy")
        return await super().fetch_server_time()


async def test_the_list_of_markets_is_taken_once_though_the_first_measurements_fail() -> None:
    taken: list[object] = []
    link = ExchangeLink(FlakyExchange(), ManualClock(), Backoff(0.01, 0.02), taken.append)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.run)
        with anyio.fail_after(5):
            await link.opened.wait()
        tasks.cancel_scope.cancel()
    assert len(taken) == 1


async def test_a_list_of_markets_that_is_doubted_is_asked_for_again_until_it_passes() -> None:
    doubted = ["lacks BNB/USDT; it is asked for again"] * 4
    asked: list[object] = []

    def listed(found: object) -> None:
        asked.append(found)
        if doubted:
            raise MalformedData(doubted.pop())

    link = ExchangeLink(ScriptedExchange(), ManualClock(), Backoff(0.01, 0.02), listed)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.run)
        with anyio.fail_after(5):
            await link.opened.wait()
        tasks.cancel_scope.cancel()
    assert (len(asked), doubted) == (5, [])


async def test_a_measured_clock_is_handed_to_the_exchange() -> None:
    exchange = ScriptedExchange()
    clock = ManualClock(NOW - 3_600 * NANOS)
    link = ExchangeLink(exchange, clock, Backoff(0.01, 0.02), lambda listed: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.run)
        with anyio.fail_after(5):
            await link.opened.wait()
        tasks.cancel_scope.cancel()
    assert exchange.corrected_ns == pytest.approx(3_600 * NANOS)


async def test_an_exchange_that_asks_us_to_wait_is_neither_down_nor_asked() -> None:
    exchange = LimitedExchange()
    link = ExchangeLink(exchange, ManualClock(), Backoff(0.01, 0.02), lambda listed: None)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(link.run)
        with anyio.fail_after(5):
            await exchange.asked_for_time.wait()
        exchange.usage = RateUsage(
            used=6_000, limit=6_000, reserved=1_500, orders_used=0, orders_limit=100, waiting=0, banned_for_s=42.0
        )
        status = link.status()
        assert status.connection is Connection.RATE_LIMITED
        assert status.detail == "the exchange asks us to wait 42 s"
        assert status.restarts == 0
        tasks.cancel_scope.cancel()


class LimitedExchange(ScriptedExchange):
    """Asks whoever wants to know the time to wait."""

    def __init__(self) -> None:
        super().__init__()
        self.asked_for_time = anyio.Event()

    async def fetch_server_time(self) -> int:
        self.asked_for_time.set()
        raise RateLimited("banned", 42.0)
