"""Orders from the command to their end, through the real adapter at the real simulator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest

from fks_engine.api import Accepted, DenialReason, Denied, SubmitOrder
from fks_engine.exchange import ExchangeEndpoints
from fks_engine.model import OrderStatus, OrderType, Side, TimeInForce
from fks_engine.risk import RiskLimits
from tests.engine.builders import BTC
from tests.engine.simulator.process import simulator
from tests.integration.lossy_proxy import Loss, LossyProxy, lossy_proxy
from tests.integration.trading import Trading, trading, trading_at_a_simulator

pytestmark = pytest.mark.anyio
S = OrderStatus


def far_below(desk: Trading) -> Decimal:
    """A price at which a purchase rests."""
    return desk.instrument.price_down(desk.quote.bid * Decimal("0.8"))


async def test_a_market_purchase_is_filled_and_owned() -> None:
    async with trading_at_a_simulator() as desk:
        order_id = await desk.submit(Side.BUY, "0.02")
        order = await desk.becomes(order_id, S.FILLED)
        await desk.until(lambda: desk.portfolio.position(BTC).quantity > 0, "the position")
        await desk.until(lambda: desk.portfolio.balance("BTC").total > 2, "the balance")
        fills, _ = desk.portfolio.fills(100, 0)
        assert sum(fill.quantity for fill in fills) == order.filled_quantity == Decimal("0.02")
        assert order.average_price == sum(fill.notional for fill in fills) / Decimal("0.02")
        fees = sum(fill.fee for fill in fills)
        assert desk.portfolio.position(BTC).quantity == Decimal("0.02") - fees
        assert desk.portfolio.balance("BTC").total == Decimal("2.02") - fees
        assert desk.manager.last_round_trip_ms is not None
        assert [notice[1] for notice in desk.notices] == ["Filled"]
        assert desk.faults == []


async def test_a_limit_order_rests_is_seen_by_the_exchange_and_is_canceled() -> None:
    async with trading_at_a_simulator() as desk:
        order_id = await desk.submit(Side.BUY, "0.02", far_below(desk))
        await desk.becomes(order_id, S.ACCEPTED)
        listed = await desk.exchange.fetch_open_orders()
        assert [report.client_order_id for report in listed] == [order_id]
        await desk.until(lambda: desk.portfolio.balance("USDT").locked > 0, "the lock")
        await desk.manager.cancel(order_id)
        await desk.becomes(order_id, S.CANCELED)
        assert await desk.exchange.fetch_open_orders() == ()
        await desk.until(lambda: desk.portfolio.balance("USDT").locked == 0, "the release")


async def test_cancel_all_leaves_nothing_at_the_exchange() -> None:
    async with trading_at_a_simulator() as desk:
        price = far_below(desk)
        for step in range(6):
            await desk.submit(Side.BUY, "0.01", price - step)
        await desk.manager.cancel_all()
        assert await desk.manager.idle(15)
        assert await desk.exchange.fetch_open_orders() == ()
        assert {order.status for order in desk.manager.recent(10)} == {S.CANCELED}


async def test_the_rest_of_a_partly_filled_ioc_expires() -> None:
    no_limits = RiskLimits(reporting_currency="USDT")
    async with trading_at_a_simulator(no_limits, balance="USDT=100000000,BTC=2") as desk:
        order_id = await desk.submit(Side.BUY, "50", desk.quote.ask, time_in_force=TimeInForce.IOC)
        order = await desk.becomes(order_id, S.EXPIRED)
        await desk.until(lambda: desk.portfolio.position(BTC).quantity > 0, "the position")
        assert 0 < desk.order(order_id).filled_quantity < 50
        assert order.reason
        report = await desk.exchange.fetch_order(BTC, order_id)
        assert (report.status, report.filled_quantity) == (S.EXPIRED, desk.order(order_id).filled_quantity)


def would_take(desk: Trading) -> SubmitOrder:
    return SubmitOrder(
        instrument_id=BTC,
        side=Side.BUY,
        order_type=OrderType.LIMIT,
        quantity=Decimal("0.01"),
        limit_price=desk.instrument.price_up(desk.quote.ask * Decimal("1.01")),
        post_only=True,
    )


async def test_a_post_only_order_that_would_take_is_denied_by_us() -> None:
    async with trading_at_a_simulator() as desk:
        answer = await desk.manager.submit(would_take(desk))
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.POST_ONLY_WOULD_TAKE
        assert await desk.exchange.fetch_open_orders() == ()


async def test_a_post_only_order_that_would_take_is_rejected_by_the_exchange_in_its_own_words() -> None:
    async with trading_at_a_simulator(open_gate=True) as desk:
        answer = await desk.manager.submit(would_take(desk))
        assert isinstance(answer, Accepted)
        order = await desk.becomes(answer.client_order_ids[0], S.REJECTED)
        assert "Order would immediately match and take." in order.reason


async def test_orders_of_an_earlier_run_are_found_again() -> None:
    async with simulator(symbols=2, seed=7, balance="USDT=100000,BTC=2") as process:
        endpoints = ExchangeEndpoints(process.rest, process.ws, process.ws_api)
        async with trading(endpoints, process.key, process.secret) as desk:
            order_id = await desk.submit(Side.BUY, "0.02", far_below(desk))
            await desk.becomes(order_id, S.ACCEPTED)
        async with trading(endpoints, process.key, process.secret) as later:
            (order,) = later.manager.working()
            assert (order.client_order_id, order.external) == (order_id, False)
            await later.manager.cancel(order_id)
            await later.becomes(order_id, S.CANCELED)


@asynccontextmanager
async def trading_over_a_lossy_line() -> AsyncIterator[tuple[Trading, LossyProxy]]:
    async with (
        simulator(symbols=2, seed=7, balance="USDT=100000,BTC=2") as process,
        lossy_proxy(process.rest) as proxy,
        trading(ExchangeEndpoints(proxy.url, process.ws, process.ws_api), process.key, process.secret) as desk,
    ):
        yield desk, proxy


@pytest.mark.parametrize("price_factor", [None, "0.8"])
async def test_an_order_whose_answer_was_lost_exists_once_and_is_found(price_factor: str | None) -> None:
    async with trading_over_a_lossy_line() as (desk, proxy):
        orders = desk.bus.orders.subscribe()
        proxy.loss = Loss.ANSWER
        price = None if price_factor is None else far_below(desk)
        order_id = await desk.submit(Side.BUY, "0.02", price)
        await desk.becomes(order_id, S.FILLED if price is None else S.ACCEPTED)
        assert proxy.orders_seen == 1
        assert proxy.loss is Loss.NONE
        assert [order.client_order_id for order in orders.drain_nowait()].count(order_id) >= 3
        _, total = desk.manager.page(10, 0)
        listed = await desk.exchange.fetch_open_orders()
        assert (total, len(listed)) == (1, 0 if price is None else 1)
        assert desk.portfolio.position(BTC).quantity < Decimal("0.03")


async def test_an_order_that_was_lost_on_its_way_is_unknown_then_never_arrived_and_is_not_sent_again() -> None:
    async with trading_over_a_lossy_line() as (desk, proxy):
        proxy.loss = Loss.REQUEST
        order_id = await desk.submit(Side.BUY, "0.02")
        order = await desk.becomes(order_id, S.REJECTED)
        assert order.reason.startswith("never_arrived")
        assert "Order unknown" in [notice[1] for notice in desk.notices]
        assert proxy.orders_seen == 1
        assert await desk.exchange.fetch_fills(BTC) == ()
