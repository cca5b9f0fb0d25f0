"""Every kind of order and flag, through the real adapter at the real simulator."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from fks_engine.api import Accepted, DenialReason, Denied, Exits, ReplaceOrder, SubmitOco, SubmitOrder
from fks_engine.model import Order, OrderStatus, OrderType, Side, TimeInForce
from fks_engine.risk import RiskLimits
from tests.engine.builders import BTC
from tests.integration.trading import trading_at_a_simulator

if TYPE_CHECKING:
    from fks_engine.api import OrderCommand
    from tests.integration.trading import Trading

pytestmark = pytest.mark.anyio
S, T = OrderStatus, OrderType
BUY, SELL = Side.BUY, Side.SELL
LIMITS = RiskLimits(reporting_currency="USDT", max_slippage_percent=Decimal(20))
RICH = "USDT=100000000,BTC=500"


def away(desk: Trading, percent: int) -> Decimal:
    """A price so far from the bid."""
    return desk.instrument.price_to_tick(desk.quote.bid * (100 + percent) / 100)


def an_order(
    side: Side, kind: OrderType, quantity: str = "0.02", limit: Decimal | None = None, **more: Any
) -> SubmitOrder:
    return SubmitOrder(
        instrument_id=BTC, side=side, order_type=kind, quantity=Decimal(quantity), limit_price=limit, **more
    )


async def begun(desk: Trading, command: OrderCommand) -> tuple[str, ...]:
    answer = await desk.manager.submit(command)
    assert isinstance(answer, Accepted), answer
    return answer.client_order_ids


async def push_down(desk: Trading, price: Decimal) -> None:
    """Sell until the market trades at or under a price."""
    order_ids = await begun(desk, an_order(SELL, T.MARKET, "60", price - 1))
    await desk.becomes(order_ids[0], S.FILLED, S.EXPIRED)


async def test_every_kind_that_waits_rests_at_the_exchange_as_what_it_is() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        low, high = away(desk, -5), away(desk, 5)
        asked = {
            T.STOP: an_order(SELL, T.STOP, stop_price=low),
            T.STOP_LIMIT: an_order(BUY, T.STOP_LIMIT, limit=high + 1, stop_price=high),
            T.TAKE_PROFIT: an_order(BUY, T.TAKE_PROFIT, stop_price=low),
            T.TAKE_PROFIT_LIMIT: an_order(
                SELL, T.TAKE_PROFIT_LIMIT, limit=high - 1, stop_price=high, time_in_force=TimeInForce.FOK
            ),
        }
        ids = {kind: (await begun(desk, command))[0] for kind, command in asked.items()}
        for kind, order_id in ids.items():
            await desk.becomes(order_id, S.ACCEPTED)
            report = await desk.exchange.fetch_order(BTC, order_id)
            assert (report.order_type, report.stop_price) == (kind, asked[kind].stop_price)
            assert not report.is_triggered
            assert not desk.order(order_id).is_triggered
        assert {report.order_type for report in await desk.exchange.fetch_open_orders()} == set(ids)
        await desk.manager.cancel_all()
        assert await desk.manager.idle(15)


async def test_a_stop_that_is_reached_sells_and_says_that_it_was_triggered() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        stop_price = desk.quote.bid - desk.instrument.tick_size * 20
        (market_stop,) = await begun(desk, an_order(SELL, T.STOP, stop_price=stop_price))
        (limit_stop,) = await begun(desk, an_order(SELL, T.STOP_LIMIT, limit=away(desk, 10), stop_price=stop_price))
        await desk.becomes(market_stop, S.ACCEPTED)
        await desk.becomes(limit_stop, S.ACCEPTED)
        await push_down(desk, stop_price)
        filled = await desk.becomes(market_stop, S.FILLED)
        assert filled.is_triggered
        await desk.until(lambda: desk.order(limit_stop).is_triggered, "the trigger")
        assert desk.order(limit_stop).status is S.ACCEPTED


async def test_a_stop_that_would_trigger_at_once_is_denied_and_by_the_exchange_too() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        answer = await desk.manager.submit(an_order(SELL, T.STOP, stop_price=away(desk, 2)))
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.STOP_WOULD_TRIGGER
    async with trading_at_a_simulator(LIMITS, open_gate=True, balance=RICH) as desk:
        (order_id,) = await begun(desk, an_order(SELL, T.STOP, stop_price=away(desk, 2)))
        order = await desk.becomes(order_id, S.REJECTED)
        assert "trigger immediately" in order.reason


async def test_what_a_market_order_does_not_get_within_its_cap_expires() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        (order_id,) = await begun(desk, an_order(BUY, T.MARKET, "60", desk.quote.ask))
        order = await desk.becomes(order_id, S.EXPIRED)
        assert order.order_type is T.MARKET
        assert 0 < order.filled_quantity < 60
        assert "within the cap of" in order.reason
        (small,) = await begun(desk, an_order(BUY, T.MARKET, "0.02"))
        assert (await desk.becomes(small, S.FILLED)).limit_price is not None


@pytest.mark.parametrize("duration", [TimeInForce.IOC, TimeInForce.FOK])
async def test_what_cannot_be_filled_at_once_expires_in_words(duration: TimeInForce) -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        (order_id,) = await begun(desk, an_order(BUY, T.LIMIT, "90", desk.quote.ask, time_in_force=duration))
        order = await desk.becomes(order_id, S.EXPIRED)
        assert "at once" in order.reason
        assert (order.filled_quantity == 0) is (duration is TimeInForce.FOK)


async def test_post_only_and_reduce_only() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        (resting,) = await begun(desk, an_order(BUY, T.LIMIT, limit=away(desk, -10), post_only=True))
        assert (await desk.becomes(resting, S.ACCEPTED)).post_only
        (reducing,) = await begun(desk, an_order(SELL, T.MARKET, reduce_only=True))
        await desk.becomes(reducing, S.FILLED)
        answer = await desk.manager.submit(an_order(SELL, T.MARKET, "501", reduce_only=True))
        assert isinstance(answer, Denied)


def an_oco(desk: Trading, stop_price: Decimal, **changes: Any) -> SubmitOco:
    both = SubmitOco(
        instrument_id=BTC,
        side=SELL,
        quantity=Decimal("0.02"),
        take_profit_price=away(desk, 10),
        stop_price=stop_price,
    )
    return replace(both, **changes)


async def test_of_an_oco_the_stop_that_is_reached_ends_the_other() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        stop_price = desk.quote.bid - desk.instrument.tick_size * 20
        profit, stop = await begun(desk, an_oco(desk, stop_price))
        await desk.becomes(profit, S.ACCEPTED)
        await desk.becomes(stop, S.ACCEPTED)
        await push_down(desk, stop_price)
        assert (await desk.becomes(stop, S.FILLED)).is_triggered
        assert (await desk.becomes(profit, S.EXPIRED)).reason == "the other order of the list filled first"
        assert await desk.exchange.fetch_open_orders() == ()
        assert desk.faults == []


async def test_an_oco_is_canceled_with_either_of_its_orders_and_buys_as_well() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        high = away(desk, 10)
        sells = await begun(desk, an_oco(desk, away(desk, -10)))
        buys = await begun(
            desk,
            an_oco(desk, high, side=BUY, take_profit_price=away(desk, -10), stop_limit_price=high + 5),
        )
        for order_id in (*sells, *buys):
            await desk.becomes(order_id, S.ACCEPTED)
        await desk.manager.cancel(sells[1])
        await desk.becomes(sells[0], S.CANCELED)
        await desk.manager.cancel(buys[0])
        await desk.becomes(buys[1], S.CANCELED)
        assert await desk.manager.idle(15)
        assert await desk.exchange.fetch_open_orders() == ()


def exits_of(desk: Trading) -> Exits:
    return Exits(take_profit_price=away(desk, 10), stop_price=away(desk, -10))


async def test_exits_wait_for_their_entry_and_work_once_it_has_filled() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        resting = an_order(BUY, T.LIMIT, limit=away(desk, -5), exits=exits_of(desk))
        entry, profit, stop = await begun(desk, resting)
        for order_id in (entry, profit, stop):
            await desk.becomes(order_id, S.ACCEPTED)
        assert desk.order(profit).waits_for == desk.order(stop).waits_for == entry
        assert desk.order(profit).quantity == Decimal("0.01998")
        await desk.manager.cancel(entry)
        for order_id in (entry, profit, stop):
            await desk.becomes(order_id, S.CANCELED, S.EXPIRED)

        taking = an_order(BUY, T.LIMIT, limit=away(desk, 1), exits=exits_of(desk))
        entry, profit, stop = await begun(desk, taking)
        await desk.becomes(entry, S.FILLED)
        await desk.until(lambda: desk.order(profit).waits_for is None, "the exit")
        await desk.until(lambda: desk.order(stop).waits_for is None, "the stop")
        assert {desk.order(each).status for each in (profit, stop)} == {S.ACCEPTED}

        lone = an_order(BUY, T.LIMIT, limit=away(desk, -5), exits=Exits(stop_price=away(desk, -10)))
        entry, stop = await begun(desk, lone)
        await desk.becomes(stop, S.ACCEPTED)
        await desk.manager.cancel_all()
        assert await desk.manager.idle(15)
        assert desk.faults == []


async def moved(desk: Trading, order_id: str, **changes: Any) -> Order:
    change = ReplaceOrder(client_order_id=order_id, **changes)
    preview = desk.manager.preview(change)
    answer = await desk.manager.replace(change)
    assert isinstance(answer, Accepted), answer
    order = await desk.becomes(answer.client_order_ids[0], S.ACCEPTED, S.REJECTED)
    assert preview.denial is None
    assert (preview.quantity, preview.limit_price) == (order.quantity, order.limit_price)
    return order


async def test_an_order_is_replaced_in_price_size_and_stop() -> None:
    async with trading_at_a_simulator(LIMITS, balance=RICH) as desk:
        (first,) = await begun(desk, an_order(BUY, T.LIMIT, limit=away(desk, -5)))
        await desk.becomes(first, S.ACCEPTED)
        second = await moved(desk, first, limit_price=away(desk, -6))
        assert (await desk.becomes(first, S.CANCELED)).reason == "canceled to be replaced"
        third = await moved(desk, second.client_order_id, quantity=Decimal("0.03"))
        assert (third.replaces, third.quantity) == (second.client_order_id, Decimal("0.03"))
        (stop,) = await begun(desk, an_order(SELL, T.STOP, stop_price=away(desk, -5)))
        await desk.becomes(stop, S.ACCEPTED)
        later = await moved(desk, stop, stop_price=away(desk, -4))
        assert later.status is S.ACCEPTED
        listed = {report.client_order_id for report in await desk.exchange.fetch_open_orders()}
        assert listed == {third.client_order_id, later.client_order_id}


async def test_a_replacement_that_the_account_cannot_pay_leaves_the_old_order_canceled() -> None:
    async with trading_at_a_simulator(LIMITS, open_gate=True, balance="USDT=2000,BTC=0") as desk:
        (first,) = await begun(desk, an_order(BUY, T.LIMIT, limit=away(desk, -5)))
        await desk.becomes(first, S.ACCEPTED)
        second = await moved(desk, first, quantity=Decimal(1))
        assert second.status is S.REJECTED
        assert "the old order is canceled" in second.reason
        await desk.becomes(first, S.CANCELED)


async def test_a_position_is_closed_with_everything_that_works_on_its_market() -> None:
    async with trading_at_a_simulator(LIMITS, balance="USDT=100000,BTC=2") as desk:
        (bought,) = await begun(desk, an_order(BUY, T.MARKET, "0.5"))
        await desk.becomes(bought, S.FILLED)
        await desk.until(lambda: desk.portfolio.position(BTC).quantity > 0, "the position")
        (stop,) = await begun(desk, an_order(SELL, T.STOP, "0.4", stop_price=away(desk, -5)))
        await desk.becomes(stop, S.ACCEPTED)
        assert await desk.flattener.flatten() == Accepted((stop,))
        await desk.until(lambda: desk.portfolio.position(BTC).quantity < Decimal("0.00001"), "the close")
        assert desk.order(stop).status is S.CANCELED
        await desk.until(lambda: desk.portfolio.balance("BTC").total < Decimal("2.00001"), "the balance")
        assert desk.portfolio.balance("BTC").total >= 2
        await desk.until(lambda: any(notice[1] == "Closing BTC/USDT" for notice in desk.notices), "the notice")
