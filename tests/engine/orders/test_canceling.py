"""Cancels: shown at once, carried past everything else, kept until the exchange has answered."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest

from fks_engine.api import Accepted, DenialReason, Denied, Exits
from fks_engine.errors import (
    AuthenticationFailed,
    ExchangeUnavailable,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
)
from fks_engine.model import OrderStatus, Side
from fks_engine.orders import OrderSettings
from tests.engine.builders import ETH, a_submit, an_order
from tests.engine.orders.desk import OrderDesk
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus


async def test_a_cancel_shows_at_once_and_ends_with_the_exchanges_word() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        assert await desk.manager.cancel(order_id) == Accepted((order_id,))
        assert desk.status(order_id) is S.PENDING_CANCEL
        await settled()
        assert desk.status(order_id) is S.CANCELED
        assert desk.titles() == ["Canceled"]


async def test_cancelling_what_is_not_there_or_over_is_denied() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        desk.report(order_id, S.FILLED, "0.1")
        unknown, over = await desk.manager.cancel("nothing"), await desk.manager.cancel(order_id)
    assert isinstance(unknown, Denied)
    assert unknown.reason is DenialReason.UNKNOWN_ORDER
    assert isinstance(over, Denied)
    assert over.reason is DenialReason.ORDER_NOT_WORKING
    assert "filled" in over.message


async def test_a_cancel_before_the_answer_goes_out_once_the_exchange_has_the_order() -> None:
    desk = OrderDesk()
    desk.exchange.hold = anyio.Event()
    async with desk.running():
        order_id = await desk.submit()
        await desk.manager.cancel(order_id)
        await settled()
        assert desk.status(order_id) is S.PENDING_CANCEL
        assert desk.exchange.canceled == []
        desk.exchange.hold.set()
        await settled()
        assert desk.exchange.canceled == [order_id]
        assert desk.status(order_id) is S.CANCELED


async def test_a_cancel_before_an_answer_that_is_a_rejection_ends_with_the_rejection() -> None:
    desk = OrderDesk()
    desk.exchange.hold = anyio.Event()
    desk.exchange.failed_sends.append(OrderRejected("no"))
    async with desk.running():
        order_id = await desk.submit()
        await desk.manager.cancel(order_id)
        desk.exchange.hold.set()
        await settled()
        assert desk.status(order_id) is S.REJECTED
        assert desk.exchange.canceled == []


async def test_an_order_that_filled_under_the_cancel_is_filled() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        desk.exchange.set_status(order_id, S.FILLED, "0.1")
        await desk.manager.cancel(order_id)
        await settled()
        assert desk.status(order_id) is S.FILLED
        assert desk.exchange.asked == [order_id]


async def test_a_cancel_without_answer_is_settled_by_asking() -> None:
    desk = OrderDesk()
    desk.exchange.lost_cancels.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        await desk.manager.cancel(order_id)
        await settled()
        assert desk.status(order_id) is S.CANCELED
        assert desk.exchange.canceled == [order_id]


async def test_a_cancel_that_did_not_get_through_is_sent_again() -> None:
    desk = OrderDesk()
    desk.exchange.failed_cancels.extend(
        [OutcomeUnknown("timeout"), ExchangeUnavailable("down"), RateLimited("slow", 9)]
    )
    async with desk.running():
        order_id = await desk.submit()
        await desk.manager.cancel(order_id)
        await desk.time.passes(8)
        assert desk.status(order_id) is S.PENDING_CANCEL
        await desk.time.passes(10)
        assert desk.status(order_id) is S.CANCELED
        assert len(desk.exchange.canceled) == 4


async def test_a_cancel_is_kept_for_as_long_as_the_exchange_is_away_and_says_so() -> None:
    desk = OrderDesk()
    desk.exchange.failed_cancels.extend([ExchangeUnavailable("connection refused")] * 40)
    async with desk.running():
        order_id = await desk.submit()
        await desk.manager.cancel(order_id)
        await desk.time.passes(600)
        assert desk.status(order_id) is S.PENDING_CANCEL
        assert desk.order(order_id).reason.startswith("not canceled yet, and tried again: ")
        assert 10 < len(desk.exchange.canceled) < 40
        desk.exchange.failed_cancels.clear()
        await desk.manager.synchronise()
        await settled()
        assert desk.status(order_id) is S.CANCELED
        assert desk.titles() == ["Canceled"]


async def test_cancels_that_cannot_get_through_do_not_hold_up_others() -> None:
    desk = OrderDesk(OrderSettings(max_concurrent_cancels=1))
    async with desk.running():
        first, second = await desk.submit(), await desk.submit()
        desk.exchange.failed_cancels.append(RateLimited("slow", 900))
        await desk.manager.cancel(first)
        await desk.manager.cancel(second)
        await settled()
        assert (desk.status(first), desk.status(second)) == (S.PENDING_CANCEL, S.CANCELED)
        await desk.manager.cancel(first)
        await settled()
        assert desk.status(first) is S.CANCELED


async def test_a_cancel_that_is_wanted_is_taken_up_by_the_next_run() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
    await desk.manager.cancel(order_id)
    async with desk.running():
        await settled()
        assert desk.status(order_id) is S.CANCELED


async def test_one_side_may_be_canceled_alone() -> None:
    desk = OrderDesk()
    async with desk.running():
        bid, ask = await desk.submit(), await desk.submit(a_submit(Side.SELL, limit_price="61000"))
        assert await desk.manager.cancel_all(side=Side.SELL) == Accepted((ask,))
        await settled()
        assert (desk.status(bid), desk.status(ask)) == (S.ACCEPTED, S.CANCELED)


async def test_exits_that_wait_for_their_entry_go_with_its_side_alone() -> None:
    desk = OrderDesk()
    async with desk.running():
        exits = Exits(take_profit_price=Decimal(62_000), stop_price=Decimal(57_000))
        entry = await desk.submit(a_submit(exits=exits))
        ask = await desk.submit(a_submit(Side.SELL, limit_price="61000"))
        assert await desk.manager.cancel_all(side=Side.SELL) == Accepted((ask,))
        await settled()
        assert desk.status(entry) is S.ACCEPTED
        assert len(desk.manager.working()) == 3
        assert await desk.manager.cancel_all(side=Side.BUY) == Accepted((entry,))
        await desk.time.passes(5)
        assert desk.status(entry) is S.CANCELED


async def test_a_cancel_that_fails_for_good_is_told_and_the_order_works_on() -> None:
    desk = OrderDesk()
    desk.exchange.failed_cancels.append(AuthenticationFailed("Invalid API-key"))
    async with desk.running():
        order_id = await desk.submit()
        await desk.manager.cancel(order_id)
        await settled()
        assert desk.status(order_id) is S.ACCEPTED
        assert desk.titles() == ["Cancel failed"]
        await desk.manager.cancel(order_id)
        await settled()
        assert desk.status(order_id) is S.CANCELED


async def test_cancel_all_takes_every_working_order_or_those_of_one_instrument() -> None:
    desk = OrderDesk()
    async with desk.running():
        mine, other = await desk.submit(), await desk.submit(a_submit(instrument_id=ETH))
        desk.bus.order_reports.publish(desk.exchange.place(an_order(client_order_id="web_1", exchange_order_id="77")))
        assert await desk.manager.cancel_all(ETH) == Accepted((other,))
        await settled()
        assert (await desk.manager.cancel_all()).client_order_ids == (mine, "web_1")
        await settled()
        assert desk.manager.working() == ()


async def test_cancels_pass_while_the_gate_is_closed_and_sends_are_stuck() -> None:
    desk = OrderDesk(OrderSettings(max_concurrent_sends=1))
    async with desk.running():
        resting = await desk.submit()
        desk.exchange.hold = anyio.Event()
        for _ in range(5):
            await desk.submit()
        desk.gate.denial = Denied(DenialReason.TRADING_HALTED, "halted")
        await desk.manager.cancel(resting)
        await settled()
        assert desk.status(resting) is S.CANCELED
