"""The order stage: commands, sends, cancels and what the account stream tells."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.api import Accepted, DenialReason, Denied, NoticeLevel
from fks_engine.errors import (
    AuthenticationFailed,
    ClockSkewed,
    ExchangeError,
    ExchangeUnavailable,
    InvalidRequest,
    OrderRejected,
    OutcomeUnknown,
    RateLimited,
)
from fks_engine.model import Order, OrderStatus
from fks_engine.orders import OrderSettings
from tests.engine.builders import ETH, a_report, a_submit, an_order
from tests.engine.orders.desk import OrderDesk
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus


async def test_submit_returns_before_anything_is_sent() -> None:
    desk = OrderDesk()
    answer = await desk.manager.submit(a_submit())
    assert isinstance(answer, Accepted)
    assert desk.exchange.sent == []
    assert desk.statuses() == [S.INITIALIZED, S.SUBMITTED]


async def test_an_accepted_order_is_published_step_by_step() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        assert desk.statuses() == [S.INITIALIZED, S.SUBMITTED, S.ACCEPTED]
        assert desk.order(order_id).exchange_order_id == "9000"
        assert desk.exchange.sent[0].client_order_id == order_id
        assert desk.manager.last_round_trip_ms == 0


async def test_a_denied_order_is_recorded_and_nothing_is_sent() -> None:
    desk = OrderDesk()
    desk.gate.denial = Denied(DenialReason.TRADING_HALTED, "trading is halted")
    async with desk.running():
        assert await desk.manager.submit(a_submit()) == desk.gate.denial
        await settled()
    assert desk.exchange.sent == []
    (order,) = desk.manager.recent(5)
    assert (order.status, order.reason) == (S.DENIED, "trading is halted")
    assert desk.statuses() == [S.INITIALIZED, S.DENIED]
    assert desk.notices == []


async def test_the_gate_sees_orders_that_are_still_on_their_way() -> None:
    desk = OrderDesk()
    await desk.manager.submit(a_submit())
    await desk.manager.submit(a_submit())
    assert desk.gate.seen_working == [0, 1]


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OrderRejected("Account has insufficient balance for requested action."), "insufficient balance"),
        (ExchangeUnavailable("connection refused"), "not sent: the exchange cannot be reached"),
        (RateLimited("too many requests", 7), "try again after 7 s"),
        (AuthenticationFailed("Invalid API-key"), "exchange.api_key"),
        (ClockSkewed("Timestamp outside recvWindow"), "recv_window_ms"),
        (InvalidRequest("Illegal characters"), "could not read the request"),
    ],
)
async def test_an_order_that_cannot_exist_is_rejected_with_what_to_do(error: ExchangeError, words: str) -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(error)
    async with desk.running():
        order_id = await desk.submit()
        assert desk.status(order_id) is S.REJECTED
        assert words in desk.order(order_id).reason
        assert desk.titles() == ["Order rejected"]
        await desk.time.passes(60)
        assert desk.exchange.asked == []
        assert len(desk.exchange.sent) == 1


async def test_the_stream_may_tell_of_an_order_before_its_answer_comes() -> None:
    desk = OrderDesk()

    def tell_all(order: Order) -> None:
        desk.report(order.client_order_id, S.ACCEPTED)
        desk.fill(order.client_order_id, "0.1")
        desk.report(order.client_order_id, S.FILLED, "0.1")

    desk.exchange.on_arrival = tell_all
    async with desk.running():
        order_id = await desk.submit()
        assert desk.status(order_id) is S.FILLED
        assert desk.statuses() == [S.INITIALIZED, S.SUBMITTED, S.ACCEPTED, S.FILLED]
        assert desk.manager.statistics().late_events == 1
        assert desk.notices == [(NoticeLevel.SUCCESS, "Filled", "bought 0.1 BTC/USDT at 60000")]


async def test_fills_are_told_once_a_resting_order_begins_to_fill_and_once_it_is_done() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        desk.fill(order_id, "0.02", trade_id="1", price=59_000)
        desk.fill(order_id, "0.03", trade_id="2", price=59_000)
        desk.fill(order_id, "0.05", trade_id="3", price=58_998)
        assert [message for _, _, message in desk.notices] == [
            "bought 0.02 BTC/USDT at 59000, of 0.1",
            "bought 0.1 BTC/USDT at 58999",
        ]


async def test_orders_of_one_instrument_reach_the_exchange_in_turn() -> None:
    desk = OrderDesk()
    desk.exchange.hold = anyio.Event()
    async with desk.running():
        first = await desk.submit()
        second = await desk.submit()
        other = await desk.submit(a_submit(instrument_id=ETH))
        assert [order.client_order_id for order in desk.exchange.sent] == [first, other]
        desk.exchange.hold.set()
        await settled()
        assert [order.client_order_id for order in desk.exchange.sent] == [first, other, second]


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


async def test_an_order_that_was_not_sent_yet_is_simply_taken_back() -> None:
    desk = OrderDesk()
    desk.exchange.hold = anyio.Event()
    async with desk.running():
        await desk.submit()
        waiting = await desk.submit()
        await desk.manager.cancel(waiting)
        assert desk.status(waiting) is S.CANCELED
        desk.exchange.hold.set()
        await settled()
        assert len(desk.exchange.sent) == 1
        assert desk.exchange.canceled == []


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


async def test_idle_waits_for_the_last_order_to_end() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        assert not await desk.manager.idle(0)
        done: list[bool] = []

        async def wait() -> None:
            done.append(await desk.manager.idle(5))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await settled()
            desk.report(order_id, S.CANCELED)
        assert done == [True]


async def test_a_contradiction_of_the_exchange_is_told_and_survived() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        desk.report(order_id, S.FILLED, "0.1")
        desk.report(order_id, S.CANCELED)
        assert desk.status(order_id) is S.FILLED
        assert desk.manager.statistics().illegal_moves == 1
        assert "Order event ignored" in desk.titles()


async def test_an_order_placed_elsewhere_appears_and_can_be_canceled() -> None:
    desk = OrderDesk()
    async with desk.running():
        report = a_report(client_order_id="web_1", exchange_order_id="77")
        desk.exchange.orders["web_1"] = report
        desk.bus.order_reports.publish(report)
        assert desk.titles() == ["Order from elsewhere"]
        assert desk.order("web_1").external
        await desk.manager.cancel("web_1")
        await settled()
        assert desk.status("web_1") is S.CANCELED


async def test_a_stage_that_is_started_again_asks_about_the_send_it_was_stopped_in() -> None:
    desk = OrderDesk()
    desk.exchange.hold = anyio.Event()
    async with desk.running():
        order_id = await desk.submit()
        assert desk.status(order_id) is S.SUBMITTED
    assert desk.status(order_id) is S.UNKNOWN
    desk.exchange.place(desk.order(order_id))
    async with desk.running():
        await settled()
        assert desk.status(order_id) is S.ACCEPTED
        assert len(desk.exchange.sent) == 1


async def test_an_order_that_waited_is_not_sent_once_the_gate_has_closed() -> None:
    desk = OrderDesk()
    async with desk.running():
        desk.exchange.hold = anyio.Event()
        first, second = await desk.submit(), await desk.submit()
        desk.gate.denial = Denied(DenialReason.TRADING_HALTED, "trading is halted")
        desk.exchange.hold.set()
        await settled()
        assert [order.client_order_id for order in desk.exchange.sent] == [first]
        assert desk.status(first) is S.ACCEPTED
        assert desk.status(second) is S.CANCELED
        assert desk.order(second).reason == "not sent after all: trading is halted"
        assert desk.titles() == ["Not sent"]
