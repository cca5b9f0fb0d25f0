"""Our orders held against the exchange's list, at the start, after a reconnect and now and then."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.errors import ExchangeUnavailable
from fks_engine.model import OrderStatus
from fks_engine.orders import OrderSettings
from tests.engine.builders import a_fill, a_report
from tests.engine.orders.desk import OrderDesk
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus


async def test_orders_that_rest_at_the_start_are_adopted_and_told_in_one_notice() -> None:
    desk = OrderDesk()
    for number in range(3):
        report = a_report(client_order_id=f"web_{number}", exchange_order_id=str(number))
        desk.exchange.orders[report.client_order_id] = report
    assert not desk.manager.is_synchronised
    await desk.manager.synchronise()
    assert desk.manager.is_synchronised
    assert [order.client_order_id for order in desk.manager.working()] == ["web_0", "web_1", "web_2"]
    assert desk.titles() == ["Orders from elsewhere"]


async def test_an_order_missing_from_the_list_is_asked_for_by_name() -> None:
    desk = OrderDesk()
    async with desk.running():
        gone, resting = await desk.submit(), await desk.submit()
        desk.exchange.set_status(gone, S.CANCELED, "0.03")
        await desk.manager.synchronise()
        assert desk.exchange.asked == [gone]
        assert desk.status(gone) is S.CANCELED
        assert str(desk.order(gone).filled_quantity) == "0.03"
        assert desk.status(resting) is S.ACCEPTED


async def test_an_order_on_its_way_is_left_alone() -> None:
    desk = OrderDesk()
    async with desk.running():
        desk.exchange.hold = anyio.Event()
        order_id = await desk.submit()
        await desk.manager.synchronise()
        assert desk.exchange.asked == []
        assert desk.status(order_id) is S.SUBMITTED


async def test_one_not_found_is_not_believed_and_a_second_much_later_is() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        del desk.exchange.orders[order_id]
        await desk.manager.synchronise()
        await desk.manager.synchronise()
        assert desk.status(order_id) is S.ACCEPTED
        await desk.time.passes(40)
        assert desk.status(order_id) is S.CANCELED
        assert desk.order(order_id).reason == "the exchange no longer knows this order"


async def test_a_failed_comparison_changes_nothing_and_is_tried_again() -> None:
    desk = OrderDesk()
    desk.exchange.failed_lists.extend([ExchangeUnavailable("down")] * 3)
    async with desk.running():
        order_id = await desk.submit()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(desk.manager.synchronise)
            await desk.time.passes(1)
            assert not desk.manager.is_synchronised
            assert desk.status(order_id) is S.ACCEPTED
            await desk.time.passes(5)
        assert desk.manager.is_synchronised
        assert desk.titles() == ["Orders not compared yet"]


async def test_an_order_that_ended_unnoticed_is_found_by_the_audit() -> None:
    desk = OrderDesk(OrderSettings(audit_interval_s=30))
    async with desk.running():
        await desk.manager.synchronise()
        order_id = await desk.submit()
        desk.exchange.set_status(order_id, S.EXPIRED)
        await desk.time.passes(25)
        assert desk.status(order_id) is S.ACCEPTED
        await desk.time.passes(10)
        assert desk.status(order_id) is S.EXPIRED


async def test_a_fill_that_no_stream_brought_is_fetched_and_published() -> None:
    desk = OrderDesk()
    fills = desk.bus.fills.subscribe()
    async with desk.running():
        await desk.manager.synchronise()
        order_id = await desk.submit()
        known = desk.exchange.orders[order_id]
        executed = a_fill(quantity="0.1", client_order_id="", exchange_order_id=known.exchange_order_id, trade_id="5")
        desk.exchange.fills = [executed, a_fill(trade_id="6", client_order_id="", exchange_order_id="1")]
        desk.report(order_id, S.FILLED, "0.1")
        await settled()
        assert fills.drain_nowait() == []
        await desk.time.passes(10)
        assert fills.drain_nowait() == [executed]
        await desk.time.passes(30)
        assert fills.drain_nowait() == []


async def test_fills_that_cannot_be_found_are_not_asked_for_without_end() -> None:
    desk = OrderDesk(OrderSettings(full_audit_interval_s=3_600))
    async with desk.running():
        await desk.manager.synchronise()
        order_id = await desk.submit()
        desk.report(order_id, S.FILLED, "0.1")
        await desk.time.passes(120)
        assert desk.exchange.fill_requests == 3
        assert desk.status(order_id) is S.FILLED


async def test_a_read_only_exchange_has_nothing_to_compare() -> None:
    desk = OrderDesk()
    desk.exchange.read_only = True
    desk.exchange.failed_lists.append(ExchangeUnavailable("must not be asked"))
    await desk.manager.synchronise()
    assert desk.manager.is_synchronised
    assert desk.exchange.failed_lists


async def test_questions_for_fills_that_were_not_answered_do_not_count() -> None:
    desk = OrderDesk()
    fills = desk.bus.fills.subscribe()
    async with desk.running():
        await desk.manager.synchronise()
        order_id = await desk.submit()
        executed = a_fill(quantity="0.1", client_order_id="", exchange_order_id="9000", trade_id="5")
        desk.exchange.fills = [executed]
        desk.exchange.failed_fills.extend([ExchangeUnavailable("down")] * 8)
        desk.report(order_id, S.FILLED, "0.1")
        await desk.time.passes(15)
        assert fills.drain_nowait() == []
        await desk.time.passes(60)
        assert fills.drain_nowait() == [executed]


async def test_a_lost_fill_of_an_order_from_before_the_start_is_fetched() -> None:
    desk = OrderDesk()
    fills = desk.bus.fills.subscribe()
    async with desk.running():
        before = a_report(S.PARTIALLY_FILLED, "0.04", client_order_id="fks-earlier", exchange_order_id="77")
        desk.exchange.orders[before.client_order_id] = before
        await desk.manager.synchronise()
        await desk.time.passes(10)
        assert desk.exchange.fill_requests == 0
        executed = a_fill(quantity="0.06", client_order_id="", exchange_order_id="77", trade_id="5")
        desk.exchange.fills = [executed]
        desk.exchange.set_status(before.client_order_id, S.FILLED, "0.1")
        await desk.time.passes(60)
        assert desk.status(before.client_order_id) is S.FILLED
        assert fills.drain_nowait() == [executed]
