"""The order stage: commands, sends, cancels and what the account stream tells."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import anyio
import pytest

from fks_engine.api import Accepted, DenialReason, Denied, NoticeKind, NoticeLevel, ReplaceOrder
from fks_engine.errors import (
    AuthenticationFailed,
    ClockSkewed,
    ExchangeError,
    ExchangeUnavailable,
    InvalidRequest,
    OrderRejected,
    RateLimited,
)
from fks_engine.model import JournalEntry, Order, OrderStatus, OrderType, TimeInForce
from fks_engine.orders import OrderSettings
from tests.engine.builders import a_report, a_submit
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


async def test_an_order_does_not_wait_for_the_answer_to_the_one_before_it() -> None:
    desk = OrderDesk()
    desk.exchange.hold = anyio.Event()
    async with desk.running():
        ids = [await desk.submit() for _ in range(3)]
        assert [order.client_order_id for order in desk.exchange.sent] == ids
        desk.exchange.hold.set()


async def test_an_order_that_was_not_sent_yet_is_simply_taken_back() -> None:
    desk = OrderDesk(OrderSettings(max_concurrent_sends=1))
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


async def test_a_market_order_carries_the_cap_of_the_gate_and_says_where_the_book_ended() -> None:
    desk = OrderDesk()
    desk.gate.cap = Decimal("60600.00")
    async with desk.running():
        order_id = await desk.submit(a_submit(limit_price=None))
        assert desk.exchange.sent[0].limit_price == Decimal("60600.00")
        assert desk.order(order_id).order_type is OrderType.MARKET
        report = replace(
            desk.exchange.set_status(order_id, S.EXPIRED, "0.04"),
            order_type=OrderType.LIMIT,
            time_in_force=TimeInForce.IOC,
        )
        desk.bus.order_reports.publish(report)
        assert desk.order(order_id).order_type is OrderType.MARKET
        assert desk.order(order_id).reason == "the book had no more to give within the cap of 60600"


@pytest.mark.parametrize(
    ("filled", "market", "limit"),
    [
        ("0", "the book had nothing to give within the cap of 60600", "nothing of it could be filled at once"),
        ("0.04", "the book had no more to give within the cap of 60600", "the rest could not be filled at once"),
    ],
)
async def test_an_order_that_was_done_at_once_says_whether_nothing_or_a_part_was_filled(
    filled: str, market: str, limit: str
) -> None:
    desk = OrderDesk()
    desk.gate.cap = Decimal("60600.00")
    async with desk.running():
        for command, why in (
            (a_submit(limit_price=None), market),
            (a_submit(time_in_force=TimeInForce.IOC), limit),
        ):
            order_id = await desk.submit(command)
            desk.report(order_id, S.EXPIRED, filled)
            assert desk.order(order_id).reason == why


async def test_notices_of_fills_and_of_orders_can_be_told_apart() -> None:
    desk = OrderDesk()
    async with desk.running():
        order_id = await desk.submit()
        desk.fill(order_id, "0.02")
        desk.report(order_id, S.CANCELED)
        assert desk.kinds == [NoticeKind.FILL, NoticeKind.ORDER]


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
    desk = OrderDesk(OrderSettings(max_concurrent_sends=1))
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


@pytest.mark.parametrize("is_replacing", [False, True], ids=["an order", "a replacement"])
async def test_what_is_given_up_while_the_disk_is_slow_is_taken_back(*, is_replacing: bool) -> None:
    desk, disk = OrderDesk(), anyio.Event()

    async def slow(*_: JournalEntry) -> None:
        await disk.wait()

    async with desk.running():
        order_id = await desk.submit() if is_replacing else ""
        desk.journal.record = slow  # type: ignore[method-assign]
        async with anyio.create_task_group() as tasks:
            if is_replacing:
                tasks.start_soon(
                    desk.manager.replace, ReplaceOrder(client_order_id=order_id, limit_price=Decimal(58_000))
                )
            else:
                tasks.start_soon(desk.manager.submit, a_submit())
            await settled()
            tasks.cancel_scope.cancel()
        disk.set()
        await settled()
        assert [order.client_order_id for order in desk.manager.working()] == [order_id] * is_replacing
        assert not is_replacing or desk.status(order_id) is OrderStatus.ACCEPTED
