"""The budget against a server that really limits: nothing is refused for asking too much, and bans are obeyed."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import anyio
import pytest

from fks_engine.errors import ExchangeError, OrderNotFound, RateLimited
from fks_engine.exchange import ExchangeEndpoints
from fks_engine.ports import ChannelKind, MarketChannel
from tests.engine.builders import an_order
from tests.engine.exchange.stub import exchange_at, until
from tests.engine.simulator.control_client import ControlClient
from tests.engine.simulator.process import simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.exchange.binance import BinanceExchange
    from fks_engine.model import Order, OrderBook

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def limited(limits: str = "", **options: Any) -> AsyncIterator[tuple[BinanceExchange, ControlClient]]:
    """The real client at a simulator with these limits."""
    audit_s = options.pop("audit_s", 30.0)
    chosen: dict[str, Any] = {"symbols": 3, "control": True} | options
    if limits:
        chosen["limits"] = limits
    async with simulator(**chosen) as sim, ControlClient.connect(sim.control) as control:
        endpoints = ExchangeEndpoints(sim.rest, sim.ws, sim.ws_api)
        async with exchange_at(endpoints, [], api_key=sim.key, api_secret=sim.secret, book_audit_s=audit_s) as exchange:
            yield cast("BinanceExchange", exchange), control


async def refused_for_too_much(control: ControlClient) -> int:
    """Requests that the server answered with 429 or 418 since the start."""
    stats = await control.stats()
    return sum(counts.get("429", 0) + counts.get("418", 0) for counts in stats.requests.values())


def resting(number: int, price: str = "30000.00") -> Order:
    """An order far under the market."""
    order = replace(an_order(), limit_price=Decimal(price), quantity=Decimal("0.001"))
    return replace(order, client_order_id=f"fks-rate-{number}")


async def test_books_their_audits_and_orders_use_up_the_budget_and_never_ask_for_too_much() -> None:
    books: dict[str, OrderBook] = {}

    def take(event: Any) -> None:
        books[event.instrument_id] = event

    async with (
        limited("weight=200", symbols=12, audit_s=0.02) as (exchange, control),
        anyio.create_task_group() as tasks,
    ):
        instruments = tuple(exchange._names)
        tasks.start_soon(exchange.stream_market, MarketChannel(ChannelKind.BOOKS, instruments), take)
        await until(lambda: len(books) == 12)
        await until(lambda: exchange.rate_usage.used > 145)
        for number in range(10):
            with pytest.raises(OrderNotFound):
                await exchange.cancel_order(resting(number))
            await exchange.submit_order(resting(number))
        assert await refused_for_too_much(control) == 0
        assert (await control.stats()).requested("GET depth") >= 24
        tasks.cancel_scope.cancel()


async def test_requests_that_have_no_room_are_refused_by_us_and_orders_and_cancels_pass() -> None:
    async with limited("weight=200") as (exchange, control):
        assert exchange.rate_usage.limit == 200
        assert exchange.rate_usage.reserved == 50
        refused: list[RateLimited] = []
        while not refused:
            try:
                await exchange.fetch_server_time()
            except RateLimited as error:
                refused.append(error)
        assert "of 200 of this minute's request weight are used; nothing was sent" in str(refused[0])
        for number in range(4):
            with pytest.raises(ExchangeError) as answer:
                await exchange.submit_order(resting(number, "0.01"))
            assert not isinstance(answer.value, RateLimited)
            with pytest.raises(OrderNotFound):
                await exchange.cancel_order(resting(number))
        assert await refused_for_too_much(control) == 0


async def test_after_a_refusal_nothing_is_sent_before_its_time_and_then_the_cancel_goes_first() -> None:
    async with limited() as (exchange, control):
        answered: list[str] = []

        async def cancel() -> None:
            with pytest.raises(OrderNotFound):
                await exchange.cancel_order(resting(1))
            answered.append("cancel")

        async def candles() -> None:
            await exchange.fetch_open_orders()
            answered.append("open orders")

        async with control.fault("rest", "rate_limited", match="time", retry_after_s=2, count=1):
            with pytest.raises(RateLimited) as refusal:
                await exchange.fetch_server_time()
        assert refusal.value.retry_after_s == 2
        await control.reset_stats()
        with pytest.raises(RateLimited, match=r"the exchange asks us to wait 2 s; nothing was sent"):
            await exchange.fetch_server_time()
        with pytest.raises(RateLimited, match="nothing was sent"):
            await exchange.submit_order(resting(2))
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(candles)
            tasks.start_soon(cancel)
            await until(lambda: exchange.rate_usage.waiting == 2)
            while exchange.rate_usage.banned_for_s is not None:
                assert (await control.stats()).requests == {}
                await anyio.sleep(0.1)
        assert answered == ["cancel", "open orders"]
        assert (await control.stats()).requested("POST order") == 0


async def test_too_many_orders_are_no_ban_and_a_ban_is_obeyed_for_as_long_as_it_says() -> None:
    async with limited() as (exchange, control):
        await control.add("rest", "error", match="order", method="POST", code=-1015, status=429, count=1)
        with pytest.raises(RateLimited):
            await exchange.submit_order(resting(1))
        usage = exchange.rate_usage
        assert usage.banned_for_s is None
        assert usage.orders_used >= usage.orders_limit
        await exchange.fetch_server_time()
        with pytest.raises(OrderNotFound):
            await exchange.cancel_order(resting(1))

        await control.add("rest", "banned", match="time", retry_after_s=77, count=1)
        with pytest.raises(RateLimited):
            await exchange.fetch_server_time()
        banned_s = exchange.rate_usage.banned_for_s
        assert banned_s is not None
        assert 70 < banned_s <= 77
        with pytest.raises(RateLimited, match="asks us to wait 7"):
            await exchange.stream_account(lambda event: None, lambda: None)


async def test_a_full_count_of_orders_is_kept_before_the_exchange_refuses() -> None:
    async with limited("orders-10s=3") as (exchange, control):
        assert exchange.rate_usage.orders_limit == 3
        ends: list[str] = []
        for number in range(5):
            try:
                await exchange.submit_order(resting(number))
            except RateLimited as error:
                ends.append(str(error))
        assert len(ends) <= 2
        assert all("orders in ten seconds" in words for words in ends)
        with pytest.raises(OrderNotFound):
            await exchange.cancel_order(resting(99))
        assert await refused_for_too_much(control) == 0
