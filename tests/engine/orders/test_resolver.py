"""UNKNOWN orders: the truth is asked for, "not found" is believed late and twice, and nothing is sent again."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.api import Accepted, NoticeLevel
from fks_engine.clock import NANOS
from fks_engine.errors import ExchangeError, ExchangeUnavailable, MalformedData, OutcomeUnknown
from fks_engine.model import Order, OrderStatus
from tests.engine.orders.desk import OrderDesk
from tests.engine.virtual_time import settled

pytestmark = pytest.mark.anyio
S = OrderStatus
WINDOW_S = 10
"""recv_window of 5 s and 5 s more."""


@pytest.mark.parametrize("error", [OutcomeUnknown("timeout"), MalformedData("half an answer"), ExchangeError("?")])
async def test_a_send_whose_answer_was_lost_is_found_at_the_exchange(error: ExchangeError) -> None:
    desk = OrderDesk()
    desk.exchange.lost_sends.append(error)
    async with desk.running():
        order_id = await desk.submit()
        assert desk.statuses() == [S.INITIALIZED, S.SUBMITTED, S.UNKNOWN, S.ACCEPTED]
        assert desk.titles() == ["Order unknown"]
        await desk.time.passes(60)
        assert len(desk.exchange.sent) == 1
        assert desk.exchange.asked == [order_id]
        assert desk.manager.statistics().unresolved == 0


async def test_not_found_is_not_believed_within_the_window() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        await desk.time.passes(WINDOW_S)
        assert len(desk.exchange.asked) >= 4
        assert desk.status(order_id) is S.UNKNOWN


async def test_not_found_twice_past_the_window_means_that_it_never_arrived() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        await desk.time.passes(WINDOW_S + 0.5)
        asked = len(desk.exchange.asked)
        assert desk.status(order_id) is S.UNKNOWN
        await desk.time.passes(3)
        assert len(desk.exchange.asked) == asked + 1
        assert desk.status(order_id) is S.REJECTED
        assert desk.order(order_id).reason.startswith("never_arrived")
        assert desk.notices[-1][:2] == (NoticeLevel.ERROR, "Order rejected")
        assert len(desk.exchange.sent) == 1


async def test_an_order_that_arrives_late_within_the_window_is_found() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        await desk.time.passes(6)
        desk.exchange.place(desk.order(order_id))
        await desk.time.passes(6)
        assert desk.status(order_id) is S.ACCEPTED


async def test_the_window_is_counted_by_the_exchanges_clock() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        desk.server_offset_ns = -60 * NANOS
        await desk.time.passes(WINDOW_S + 40)
        assert desk.status(order_id) is S.UNKNOWN
        await desk.time.passes(25)
        assert desk.status(order_id) is S.REJECTED


async def test_a_clock_that_is_set_forward_does_not_shorten_the_window() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        desk.server_offset_ns = 3_600 * NANOS
        await desk.time.passes(WINDOW_S - 1)
        assert desk.status(order_id) is S.UNKNOWN


async def test_an_exchange_that_cannot_be_asked_proves_nothing() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    desk.exchange.failed_questions.extend([ExchangeUnavailable("down")] * 1_000)
    async with desk.running():
        order_id = await desk.submit()
        await desk.time.passes(300)
        assert desk.status(order_id) is S.UNKNOWN
        desk.exchange.failed_questions.clear()
        await desk.time.passes(10)
        assert desk.status(order_id) is S.REJECTED


async def test_the_account_stream_may_answer_first() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        desk.exchange.place(desk.order(order_id))
        desk.fill(order_id, "0.1")
        assert desk.status(order_id) is S.FILLED
        asked = len(desk.exchange.asked)
        await desk.time.passes(60)
        assert desk.status(order_id) is S.FILLED
        assert len(desk.exchange.asked) == asked


async def test_an_unknown_order_can_be_canceled_and_is_once_it_is_found() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        assert await desk.manager.cancel(order_id) == Accepted((order_id,))
        assert desk.status(order_id) is S.UNKNOWN
        await settled()
        assert desk.exchange.canceled == []
        desk.exchange.place(desk.order(order_id))
        await desk.time.passes(5)
        assert desk.exchange.canceled == [order_id]
        assert desk.status(order_id) is S.CANCELED


async def test_an_order_thought_lost_that_turns_up_after_all_is_followed_again() -> None:
    desk = OrderDesk()
    desk.exchange.failed_sends.append(OutcomeUnknown("timeout"))
    async with desk.running():
        order_id = await desk.submit()
        await desk.time.passes(30)
        assert desk.status(order_id) is S.REJECTED
        desk.exchange.place(desk.order(order_id))
        desk.report(order_id, S.ACCEPTED)
        assert desk.status(order_id) is S.ACCEPTED


async def test_a_report_that_comes_before_the_first_question_settles_an_unanswered_send() -> None:
    desk = OrderDesk()

    def arrives(order: Order) -> None:
        async def told() -> None:
            desk.report(order.client_order_id, S.ACCEPTED)

        tasks.start_soon(told)

    async with desk.running(), anyio.create_task_group() as tasks:
        desk.exchange.on_arrival = arrives
        desk.exchange.lost_sends.append(OutcomeUnknown("no answer came"))
        order_id = await desk.submit()
        assert desk.status(order_id) is S.ACCEPTED
        assert desk.manager.statistics().unresolved == 0
        assert desk.exchange.asked == []
