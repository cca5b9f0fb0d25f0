"""The account's stream and answers that go wrong: every fill is booked once, and what was missed is found."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from fks_engine.api import (
    CancelOrder,
    Connection,
    DenialReason,
    Denied,
    DeskView,
    DifferenceKind,
    OrderStatus,
    ReconciliationView,
    Side,
)
from tests.engine.builders import BTC, an_order
from tests.integration.faulty import FaultyDesk, faulty_desk

pytestmark = pytest.mark.anyio
S = OrderStatus
SUBSCRIBE = "userDataStream.subscribe.signature"
UNSUBSCRIBED: tuple[dict[str, object], ...] = (
    {"kind": "rejected_signature"},
    {"kind": "clock_skew"},
    {"kind": "drop"},
    {"kind": "disconnect"},
    {"kind": "reset"},
    {"kind": "malformed"},
    {"kind": "timeout_after_execution"},
    {"kind": "duplicate"},
    {"kind": "slow_read", "delay_ms": 100},
    {"kind": "delay", "delay_ms": 300},
    {"kind": "error", "code": -2015},
    {"kind": "error", "code": -1000},
    {"kind": "rate_limited", "retry_after_s": 1},
    {"kind": "banned", "retry_after_s": 1},
)
"""What may befall the subscription of the account's events."""


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def running_desk() -> AsyncIterator[FaultyDesk]:
    async with faulty_desk({"simulator.seed": "11"}) as desk:
        yield desk


@pytest.fixture
async def desk(running_desk: FaultyDesk) -> AsyncIterator[FaultyDesk]:
    running_desk.fills.clear()
    yield running_desk
    await running_desk.calm()
    await the_account_is_true(running_desk)


async def the_account_is_true(desk: FaultyDesk) -> None:
    """Wait until orders, position and balances are what the exchange says; every fill was booked once."""
    exchange = desk.parts.exchange
    fills = {fill.trade_id: fill for fill in await exchange.fetch_fills(BTC)}
    balances = {row.asset: row.total for row in (await exchange.fetch_balances()).balances}
    held = sum(
        (fill.quantity if fill.side is Side.BUY else -fill.quantity)
        - (fill.fee if fill.fee_asset == "BTC" else Decimal(0))
        for fill in fills.values()
    )

    await desk.until(
        lambda view: {row.balance.asset: row.balance.total for row in view.account.balances} == balances,
        f"the balances {balances}",
    )
    assert desk.parts.portfolio.position(BTC).quantity == held
    told = [fill.trade_id for fill in desk.parts.portfolio.fills(5_000, 0)[0]]
    assert sorted(told) == sorted(fills)
    resting = {report.client_order_id for report in await exchange.fetch_open_orders()}
    assert resting == {order.client_order_id for order in desk.view.working_orders}


def record(view: DeskView) -> ReconciliationView:
    assert view.reconciliation is not None
    return view.reconciliation


def differences(view: DeskView, kind: DifferenceKind) -> list[str]:
    """What the differences of that kind are in."""
    return [each.subject for each in record(view).differences if each.kind is kind]


def parted(answer: object) -> DenialReason:
    assert isinstance(answer, Denied), answer
    return answer.reason


class TestLostStream:
    async def test_what_happened_while_the_stream_was_lost_is_read_when_it_is_back(self, desk: FaultyDesk) -> None:
        resting = await desk.rest()
        hold = await desk.control.add("ws-api", "disconnect", match=SUBSCRIBE)
        async with desk.elsewhere() as other:
            await desk.control.disconnect("user")
            view = await desk.until(lambda view: view.engine.connection is Connection.RECONNECTING)
            assert view.engine.detail.startswith("account")
            assert parted(await desk.ask()) is DenialReason.NOT_CONNECTED
            order = desk.parts.orders.order(resting)
            assert order is not None
            await other.cancel_order(order)
            stranger = an_order(client_order_id="from-elsewhere-1", quantity="0.02", limit_price=desk.far("1.01"))
            await other.submit_order(stranger)
        await desk.control.remove(hold)
        await desk.becomes(resting, S.CANCELED)
        await desk.until(lambda view: sum(one.quantity for one in view.recent_fills) == stranger.quantity, "its fills")
        await desk.live()

    async def test_the_stream_that_the_exchange_ends_is_subscribed_again(self, desk: FaultyDesk) -> None:
        for action in ("terminate", "server_shutdown"):
            restarts = desk.stage("account").restarts if desk.view.engine.stages else 0
            await desk.control.act(action)
            await desk.until(lambda view: desk.stage("account").restarts > restarts)  # noqa: B023
            await desk.live()
        await desk.control.add("user", "terminate", match="executionReport", where={"x": "TRADE"}, count=1)
        order_id = await desk.send()
        order = await desk.becomes(order_id, S.FILLED)
        assert order.filled_quantity == Decimal("0.01")

    async def test_a_subscription_that_fails_in_any_way_is_tried_again(self, desk: FaultyDesk) -> None:
        for fault in UNSUBSCRIBED:
            before = desk.stage("account").restarts
            plan = [{"scope": "ws-api", "match": SUBSCRIBE, "count": 1, **fault}]
            (number,) = await desk.control.plan(plan)
            await desk.control.disconnect("user")
            await desk.until(lambda view: desk.stage("account").restarts > before, f"a loss by {fault}")  # noqa: B023
            await desk.live()
            assert [one.applied for one in await desk.control.faults() if one.id == number] == [1], fault
        await desk.becomes(await desk.send(), S.FILLED)

    @pytest.mark.parametrize(
        ("kind", "path"), [("html", "account"), ("malformed", "myTrades"), ("reset", "openOrders")]
    )
    async def test_the_gate_stays_closed_until_the_account_is_whole(
        self, desk: FaultyDesk, kind: str, path: str
    ) -> None:
        await desk.control.add("rest", kind, match=path, method="GET")
        await desk.control.disconnect("user")
        await desk.until(
            lambda view: (
                desk.stage("account sync").connection is Connection.RECONNECTING
                or (path == "openOrders" and not desk.parts.account.ready)
            )
        )
        assert parted(await desk.ask()) is DenialReason.NOT_CONNECTED
        await desk.control.clear()
        await desk.live()


class TestLostEvents:
    async def test_a_fill_that_the_stream_never_told_is_found_and_booked_once(self, desk: FaultyDesk) -> None:
        await desk.control.add("user", "drop")
        order_id = await desk.send()
        await desk.becomes(order_id, S.FILLED)
        await desk.until(lambda view: bool(desk.fills))
        await desk.told("Filled")
        trades = [f"BTC/USDT trade {fill.trade_id}" for fill in desk.fills]
        await desk.until(lambda view: set(trades) <= set(differences(view, DifferenceKind.FILL)), "the lost fills")
        told = differences(desk.view, DifferenceKind.FILL)
        assert [told.count(trade) for trade in trades] == [1] * len(trades)

    async def test_a_fill_whose_every_word_was_lost_is_found_and_booked_once(self, desk: FaultyDesk) -> None:
        await desk.control.add("user", "drop")
        await desk.control.add(
            "rest", "timeout_after_execution", match="order", method="POST", count=1, answer="none", hold_s=3
        )
        order_id = await desk.send()
        await desk.told("Order unknown", "the exchange is being asked")
        await desk.becomes(order_id, S.FILLED)
        await desk.until(lambda view: bool(desk.fills))
        stats = await desk.control.stats()
        assert stats.order(order_id).accepted == 1

    async def test_a_change_of_balances_that_the_stream_never_told_is_found(self, desk: FaultyDesk) -> None:
        await desk.control.add("user", "drop", match="outboundAccountPosition")
        await desk.becomes(await desk.send(), S.FILLED)
        await the_account_is_true(desk)
        await desk.until(lambda view: "USDT" in differences(view, DifferenceKind.BALANCE), "the balance's difference")
        assert not any("nobody told" in each.explanation for each in record(desk.view).differences)
        assert record(desk.view).stops == ()

    async def test_what_is_traded_elsewhere_changes_orders_and_position_visibly_at_once(self, desk: FaultyDesk) -> None:
        before = desk.parts.portfolio.position(BTC).quantity
        async with desk.elsewhere() as other:
            taken = an_order(client_order_id="elsewhere-taken", quantity="0.02", limit_price=desk.far("1.01"))
            rests = an_order(client_order_id="elsewhere-rests", quantity="0.02", limit_price=desk.far("0.97"))
            await other.submit_order(taken)
            await other.submit_order(rests)
            view = await desk.until(
                lambda view: any(order.client_order_id == rests.client_order_id for order in view.working_orders)
            )
            await desk.until(lambda view: desk.parts.portfolio.position(BTC).quantity > before, "the position")
            await other.cancel_order(rests)
        (row,) = (order for order in view.working_orders if order.client_order_id == rests.client_order_id)
        assert row.external
        assert any(order.client_order_id == taken.client_order_id and order.external for order in view.recent_orders)
        found = differences(view, DifferenceKind.ORDER)
        assert found.count("BTC/USDT elsewhere-rests") == found.count("BTC/USDT elsewhere-taken") == 1

    async def test_a_stream_that_is_silent_while_it_is_pinged_is_subscribed_again(self, desk: FaultyDesk) -> None:
        restarts = desk.stage("account").restarts if desk.view.engine.stages else 0
        order_id = await desk.rest()
        await desk.control.add("user", "silence", count=1)
        order = desk.parts.orders.order(order_id)
        assert order is not None
        async with desk.elsewhere() as other:
            await other.cancel_order(order)
        await desk.becomes(order_id, S.CANCELED)
        await desk.until(lambda view: desk.stage("account").restarts > restarts, "a new subscription")
        await desk.live()


class TestWrongEvents:
    @pytest.mark.parametrize(
        "fault",
        [
            {"kind": "duplicate"},
            {"kind": "reorder", "window": 2},
            {"kind": "reorder", "window": 3},
            {"kind": "delay", "delay_ms": [50, 400]},
            {"kind": "slow_write", "bytes_per_s": 3000},
            {"kind": "malformed"},
            {"kind": "malformed", "where": {"x": "TRADE"}},
            {"kind": "reset", "count": 1},
            {"kind": "disconnect", "where": {"x": "TRADE"}, "count": 1},
        ],
        ids=lambda fault: "-".join(str(value) for value in fault.values() if not isinstance(value, list)),
    )
    async def test_events_that_come_wrong_change_nothing(self, desk: FaultyDesk, fault: dict[str, object]) -> None:
        before = desk.parts.orders.statistics()
        await desk.control.plan([{"scope": "user", **fault}])
        bought = await desk.leave()
        resting = await desk.leave(limit=desk.far())
        sold = await desk.leave(Side.SELL, "0.004")
        for order_id in (bought, sold):
            order = await desk.becomes(order_id, S.FILLED)
            assert order.filled_quantity == order.quantity
        await desk.becomes(resting, S.ACCEPTED)
        await desk.desk.submit(CancelOrder(resting))
        await desk.becomes(resting, S.CANCELED)
        assert desk.parts.orders.statistics().illegal_moves == before.illegal_moves
        assert not any(notice.title == "Order event ignored" for notice in desk.notices)


class TestPermissions:
    @pytest.mark.parametrize(
        ("off", "on", "words"),
        [
            ({"action": "trading", "enabled": False}, {"action": "trading"}, "This action is disabled"),
            (
                {"action": "permission", "symbol": "BTCUSDT", "enabled": False},
                {"action": "permission", "symbol": "BTCUSDT"},
                "This symbol is not permitted for this account",
            ),
            (
                {"action": "symbol_status", "symbol": "BTCUSDT", "status": "BREAK"},
                {"action": "symbol_status", "symbol": "BTCUSDT"},
                "Market is closed",
            ),
            (
                {"action": "symbol_status", "symbol": "BTCUSDT", "status": "HALT"},
                {"action": "symbol_status", "symbol": "BTCUSDT"},
                "Market is closed",
            ),
        ],
        ids=["account", "symbol", "break", "halt"],
    )
    async def test_what_the_exchange_forbids_is_told_in_its_words_and_cancels_still_pass(
        self, desk: FaultyDesk, off: dict[str, object], on: dict[str, object], words: str
    ) -> None:
        resting = await desk.rest()
        await desk.control.act(**off)  # type: ignore[arg-type]
        try:
            refused = await desk.becomes(await desk.send(limit=desk.far()), S.REJECTED)
            assert words in refused.reason
            await desk.told("Order rejected", words)
            await desk.desk.submit(CancelOrder(resting))
            await desk.becomes(resting, S.CANCELED)
        finally:
            await desk.control.act(**on)  # type: ignore[arg-type]
        await desk.becomes(await desk.send(), S.FILLED)
