"""Lists of orders: sent once as a whole, each leg known by its own id, ended together."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import Accepted, DenialReason, Denied, Exits, ReplaceOrder, SubmitOco
from fks_engine.errors import OrderRejected, OutcomeUnknown
from fks_engine.model import OrderStatus, OrderType, Side
from fks_engine.orders import OrderSettings
from tests.engine.builders import BTC, a_submit, an_order
from tests.engine.orders.desk import OrderDesk
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus
OCO = SubmitOco(
    instrument_id=BTC,
    side=Side.SELL,
    quantity=Decimal("0.1"),
    take_profit_price=Decimal(62_000),
    stop_price=Decimal(58_000),
    stop_limit_price=Decimal(57_900),
)
ENTRY = replace(a_submit(), exits=Exits(take_profit_price=Decimal(62_000), stop_price=Decimal(57_000)))


async def begun(desk: OrderDesk, command: SubmitOco | None = None) -> tuple[str, ...]:
    answer = await desk.manager.submit(command or OCO)
    assert isinstance(answer, Accepted)
    await settled()
    return answer.client_order_ids


async def test_two_orders_that_cancel_each_other_go_out_in_one_request_under_ids_of_their_own() -> None:
    desk = OrderDesk()
    async with desk.running():
        profit, stop = await begun(desk)
        assert desk.exchange.sent_lists == [(profit, stop)]
        assert desk.exchange.sent == []
        first, second = desk.order(profit), desk.order(stop)
        assert (first.order_type, first.limit_price, first.post_only) == (OrderType.LIMIT, Decimal(62_000), True)
        assert (second.order_type, second.stop_price) == (OrderType.STOP_LIMIT, Decimal(58_000))
        assert first.order_list_id == second.order_list_id
        assert first.order_list_id is not None
        assert first.order_list_id.startswith("fks-")
        assert first.waits_for is second.waits_for is None
        assert (first.status, second.status) == (S.ACCEPTED, S.ACCEPTED)


async def test_exits_wait_for_their_entry_until_it_has_filled() -> None:
    desk = OrderDesk()
    async with desk.running():
        answer = await desk.manager.submit(ENTRY)
        assert isinstance(answer, Accepted)
        await settled()
        entry, profit, stop = answer.client_order_ids
        assert desk.exchange.sent_lists == [(entry, profit, stop)]
        assert desk.order(entry).waits_for is None
        assert desk.order(profit).waits_for == desk.order(stop).waits_for == entry
        assert desk.order(profit).side is Side.SELL
        assert desk.order(profit).quantity == Decimal("0.0999")
        desk.report(entry, S.FILLED, "0.1")
        desk.exchange.orders[profit] = replace(desk.exchange.orders[profit], is_pending=False)
        desk.report(profit, S.ACCEPTED)
        assert desk.order(profit).waits_for is None
        assert desk.order(stop).waits_for == entry


async def test_a_list_whose_answer_was_lost_is_found_leg_by_leg_and_not_sent_again() -> None:
    desk = OrderDesk()
    desk.exchange.lost_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        ids = await begun(desk)
        assert sorted(desk.exchange.asked) == sorted(ids)
        assert {desk.status(each) for each in ids} == {S.ACCEPTED}
        assert len(desk.exchange.sent_lists) == 1


async def test_a_list_that_never_arrived_ends_as_a_whole() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        ids = await begun(desk)
        assert {desk.status(each) for each in ids} == {S.UNKNOWN}
        await desk.time.passes(60)
        assert {desk.status(each) for each in ids} == {S.REJECTED}
        assert all(desk.order(each).reason.startswith("never_arrived") for each in ids)
        assert len(desk.exchange.sent_lists) == 1


async def test_a_refused_list_leaves_no_leg() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OrderRejected("The relationship of the prices for the orders is not correct."))
    async with desk.running():
        ids = await begun(desk)
        assert {desk.status(each) for each in ids} == {S.REJECTED}


async def test_cancelling_one_leg_cancels_the_list() -> None:
    desk = OrderDesk()
    async with desk.running():
        profit, stop = await begun(desk)
        assert await desk.manager.cancel(stop) == Accepted((stop, profit))
        await settled()
        assert desk.exchange.canceled == [stop]
        desk.report(profit, S.CANCELED)
        await desk.time.passes(5)
        assert desk.exchange.canceled == [stop]
        assert {desk.status(profit), desk.status(stop)} == {S.CANCELED}


async def test_what_a_cancel_leaves_of_a_list_is_canceled_too() -> None:
    desk = OrderDesk()
    async with desk.running():
        profit, stop = await begun(desk)
        desk.exchange.orders[profit] = replace(desk.exchange.orders[profit], order_list_id=None)
        await desk.manager.cancel(stop)
        await desk.time.passes(5)
        assert desk.exchange.canceled == [stop, profit]
        assert desk.manager.working() == ()


async def test_a_list_that_waits_to_be_sent_is_taken_back_as_a_whole() -> None:
    desk = OrderDesk(OrderSettings(max_concurrent_sends=1))
    ids = (await desk.manager.submit(OCO)).client_order_ids  # type: ignore[union-attr]
    await desk.manager.cancel(ids[1])
    assert {desk.status(each) for each in ids} == {S.CANCELED}
    async with desk.running():
        await settled()
        assert desk.exchange.sent_lists == []


async def test_the_leg_that_comes_too_late_says_so() -> None:
    desk = OrderDesk()
    async with desk.running():
        profit, stop = await begun(desk)
        desk.report(profit, S.FILLED, "0.1")
        desk.report(stop, S.EXPIRED)
        assert desk.order(stop).reason == "the other order of the list filled first"


async def test_an_exit_whose_entry_was_canceled_says_so() -> None:
    desk = OrderDesk()
    async with desk.running():
        answer = await desk.manager.submit(ENTRY)
        assert isinstance(answer, Accepted)
        await settled()
        entry, profit, stop = answer.client_order_ids
        desk.report(entry, S.CANCELED)
        desk.report(profit, S.EXPIRED)
        desk.report(stop, S.CANCELED)
        assert desk.order(profit).reason == "its entry ended before it was filled"
        assert desk.order(stop).reason == "canceled together with the other order of its list"


async def test_a_denied_list_is_recorded_and_not_sent() -> None:
    desk = OrderDesk()
    desk.gate.denial = Denied(DenialReason.TRADING_HALTED, "halted")
    async with desk.running():
        assert await desk.manager.submit(OCO) == desk.gate.denial
        assert [order.status for order in desk.manager.recent(5)] == [S.DENIED, S.DENIED]
        assert desk.exchange.sent_lists == []


async def test_an_order_of_a_list_is_not_replaced() -> None:
    desk = OrderDesk()
    async with desk.running():
        profit, _ = await begun(desk)
        answer = await desk.manager.replace(ReplaceOrder(client_order_id=profit, limit_price=Decimal(63_000)))
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.UNSUPPORTED_ORDER


async def test_a_list_found_at_the_exchange_is_adopted_with_its_bonds() -> None:
    desk = OrderDesk()
    entry = desk.exchange.place(an_order(client_order_id="fks-old-a"))
    exit_ = desk.exchange.place(an_order(Side.SELL, limit_price=62_000, client_order_id="fks-old-b"))
    desk.bus.order_reports.publish(replace(entry, order_list_id="7"))
    desk.bus.order_reports.publish(replace(exit_, order_list_id="7", is_pending=True))
    assert desk.order("fks-old-b").waits_for == "fks-old-a"
    assert desk.order("fks-old-a").order_list_id == desk.order("fks-old-b").order_list_id == "7"
