"""One thread through the whole engine: a market, an order, a fill, a position, over real sockets."""

from __future__ import annotations

import os
import signal
from decimal import Decimal
from pathlib import Path

import pytest

from fks_engine.api import (
    Accepted,
    CancelAllOrders,
    CancelOrder,
    CandlesPage,
    CandlesRequest,
    Connection,
    DenialReason,
    Denied,
    DeskView,
    ExchangeMeasured,
    FillsPage,
    FillsRequest,
    Follow,
    InstrumentsPage,
    InstrumentsRequest,
    NoticeLevel,
    OrderStatus,
    OrderType,
    SetTradingState,
    Side,
    StopEngine,
    SubmitOrder,
    Timeframe,
    TradingState,
    instrument_id,
)
from fks_engine.api.requests import MeasureExchange
from tests.engine.engine.running import home, running, until

pytestmark = pytest.mark.anyio
BTC = instrument_id("binance", "BTC/USDT")
ETH = instrument_id("binance", "ETH/USDT")
D = Decimal


def market_buy(quantity: str = "0.01") -> SubmitOrder:
    return SubmitOrder(instrument_id=BTC, side=Side.BUY, order_type=OrderType.MARKET, quantity=D(quantity))


async def test_an_engine_shows_live_quotes_book_tape_and_candle() -> None:
    async with home() as folder, running(folder) as (_, desk):
        view = await until(desk, lambda view: bool(view.focus and view.focus.bids and view.focus.trades))
        assert [row.instrument_id for row in view.quotes][:2] == [BTC, ETH]
        assert all(row.bid and row.ask and row.bid < row.ask for row in view.quotes)
        assert view.focus is not None
        assert view.focus.bids[0].price < view.focus.asks[0].price
        assert {b.balance.asset: b.balance.total for b in view.account.balances} == {"USDT": D(100_000), "BTC": D(2)}
        assert view.account.equity is not None
        assert view.engine.clock_offset_ms is not None
        assert abs(view.engine.clock_offset_ms) < 1_000
        view = await until(desk, lambda view: bool(view.focus and view.focus.candle))
        page = await desk.query(CandlesRequest(BTC, Timeframe.M1, limit=100))
        assert isinstance(page, CandlesPage)
        assert len(page.items) == 100


async def test_a_market_order_is_filled_and_becomes_a_position() -> None:
    async with home() as folder, running(folder) as (_, desk):
        await until(desk, lambda view: len(view.account.balances) == 2 and view.engine.connection is Connection.LIVE)
        answer = await desk.submit(market_buy())
        assert isinstance(answer, Accepted), answer
        view = await until(desk, lambda view: bool(view.recent_orders) and holds_btc(view))
        (order,) = view.recent_orders
        assert order.client_order_id == answer.client_order_ids[0]
        assert order.status is OrderStatus.FILLED
        assert sum(fill.quantity for fill in view.recent_fills) == D("0.01")
        (position,) = view.account.positions
        assert position.quantity == D("0.01") - sum(fill.fee for fill in view.recent_fills)
        assert position.external_quantity == D(2)
        assert position.unrealised is not None
        btc = next(row.balance for row in view.account.balances if row.balance.asset == "BTC")
        assert btc.total == position.quantity + position.external_quantity


async def test_a_limit_order_rests_and_is_canceled() -> None:
    async with home() as folder, running(folder) as (_, desk):
        view = await until(desk, lambda view: bool(view.focus and view.focus.bids))
        assert view.focus is not None
        price = view.focus.instrument.price_to_tick(view.focus.bids[0].price * D("0.97"))
        command = SubmitOrder(
            instrument_id=BTC, side=Side.BUY, order_type=OrderType.LIMIT, quantity=D("0.01"), limit_price=price
        )
        preview = await desk.preview(command)
        assert preview.denial is None, preview.denial
        assert isinstance(await desk.submit(command), Accepted)
        view = await until(
            desk, lambda view: any(order.status is OrderStatus.ACCEPTED for order in view.working_orders)
        )
        assert view.focus is not None
        assert view.focus.own_bids == {str(price): D("0.01")}
        assert isinstance(await desk.submit(CancelOrder(view.working_orders[0].client_order_id)), Accepted)
        view = await until(desk, lambda view: bool(view.recent_orders))
        assert view.recent_orders[0].status is OrderStatus.CANCELED
        usdt = next(row.balance for row in view.account.balances if row.balance.asset == "USDT")
        assert usdt.total == D(100_000)


async def test_cancel_all_leaves_nothing_working() -> None:
    async with home() as folder, running(folder) as (_, desk):
        view = await until(desk, lambda view: bool(view.focus and view.focus.bids))
        assert view.focus is not None
        for percent in (96, 97, 98):
            price = view.focus.instrument.price_to_tick(view.focus.bids[0].price * percent / 100)
            command = SubmitOrder(
                instrument_id=BTC, side=Side.BUY, order_type=OrderType.LIMIT, quantity=D("0.01"), limit_price=price
            )
            assert isinstance(await desk.submit(command), Accepted)
        await until(desk, lambda view: [o.status for o in view.working_orders] == [OrderStatus.ACCEPTED] * 3)
        await desk.submit(CancelAllOrders())
        view = await until(desk, lambda view: len(view.recent_orders) == 3 and not view.working_orders)
        assert {order.status for order in view.recent_orders} == {OrderStatus.CANCELED}


async def test_a_halted_gate_lets_nothing_through_and_says_so() -> None:
    async with home() as folder, running(folder) as (_, desk):
        await desk.submit(SetTradingState(TradingState.HALTED, "lunch"))
        answer = await desk.submit(market_buy())
        assert isinstance(answer, Denied)
        assert answer.reason is DenialReason.TRADING_HALTED
        view = await until(desk, lambda view: view.engine.trading_state is TradingState.HALTED)
        assert view.engine.trading_state_reason == "lunch"


async def test_each_desk_follows_its_own_market() -> None:
    async with home() as folder, running(folder) as (engine, desk), engine.open_desk() as other:
        assert await other.submit(Follow(ETH, Timeframe.M5)) == Accepted()
        view = await until(other, lambda view: bool(view.focus and view.focus.candle))
        assert view.focus is not None
        assert (view.focus.instrument.id, view.focus.timeframe) == (ETH, Timeframe.M5)
        first = desk.view().focus
        assert first is not None
        assert first.instrument.id == BTC
        unknown = await other.submit(Follow(instrument_id("binance", "NO/USDT"), Timeframe.M1))
        assert isinstance(unknown, Denied)


async def test_records_can_be_looked_up_and_the_exchange_measured() -> None:
    async with home() as folder, running(folder) as (_, desk):
        await desk.submit(market_buy())
        await until(desk, lambda view: bool(view.recent_fills))
        fills = await desk.query(FillsRequest(limit=1))
        assert isinstance(fills, FillsPage)
        assert fills.total >= 1
        listed = await desk.query(InstrumentsRequest("eth"))
        assert isinstance(listed, InstrumentsPage)
        assert [each.id for each in listed.items] == [ETH]
        parts = [part async for part in desk.run(MeasureExchange(samples=3))]
        assert isinstance(parts[-1], ExchangeMeasured)
        assert parts[-1].samples == 3


async def test_a_killed_simulator_is_shown_and_comes_back_with_its_orders() -> None:
    async with home() as folder, running(folder) as (_, desk):
        view = await until(desk, lambda view: bool(view.focus and view.focus.bids))
        assert view.focus is not None
        price = view.focus.instrument.price_to_tick(view.focus.bids[0].price * D("0.97"))
        command = SubmitOrder(
            instrument_id=BTC, side=Side.BUY, order_type=OrderType.LIMIT, quantity=D("0.01"), limit_price=price
        )
        await desk.submit(command)
        await until(desk, lambda view: any(o.status is OrderStatus.ACCEPTED for o in view.working_orders))
        os.kill(simulator_pid(folder), signal.SIGKILL)
        view = await until(desk, lambda view: view.engine.connection is not Connection.LIVE)
        answer = await desk.submit(market_buy())
        assert isinstance(answer, Denied), "the gate must be closed while the exchange is gone"
        view = await until(desk, lambda view: view.engine.connection is Connection.LIVE)
        assert [order.limit_price for order in view.working_orders] == [price]
        assert any(order.status is OrderStatus.ACCEPTED for order in view.working_orders)


async def test_a_restarted_engine_finds_its_position_and_its_working_order() -> None:
    async with home() as folder:
        async with running(folder) as (_, desk):
            await desk.submit(market_buy())
            view = await until(desk, lambda view: holds_btc(view) and bool(view.focus and view.focus.bids))
            before = view.account.positions[0].quantity
            assert view.focus is not None
            price = view.focus.instrument.price_to_tick(view.focus.bids[0].price * D("0.97"))
            command = SubmitOrder(
                instrument_id=BTC, side=Side.BUY, order_type=OrderType.LIMIT, quantity=D("0.01"), limit_price=price
            )
            await desk.submit(command)
            await until(desk, lambda view: any(o.status is OrderStatus.ACCEPTED for o in view.working_orders))
        async with running(folder) as (_, desk):
            view = await until(desk, lambda view: holds_btc(view) and bool(view.working_orders))
            assert view.account.positions[0].quantity == before
            assert view.working_orders[0].limit_price == price


async def test_a_stop_that_cancels_leaves_no_order_at_the_exchange() -> None:
    async with home() as folder:
        async with running(folder) as (engine, desk):
            view = await until(desk, lambda view: bool(view.focus and view.focus.bids))
            assert view.focus is not None
            price = view.focus.instrument.price_to_tick(view.focus.bids[0].price * D("0.97"))
            command = SubmitOrder(
                instrument_id=BTC, side=Side.BUY, order_type=OrderType.LIMIT, quantity=D("0.01"), limit_price=price
            )
            await desk.submit(command)
            await until(desk, lambda view: any(o.status is OrderStatus.ACCEPTED for o in view.working_orders))
            await desk.submit(StopEngine(cancel_orders=True))
            assert engine.shared().engine.connection in {Connection.STOPPING, Connection.LIVE}
        async with running(folder) as (_, desk):
            await until(desk, lambda view: view.engine.connection is Connection.LIVE)
            assert desk.view().working_orders == ()


async def test_markets_that_are_not_listed_are_named_once() -> None:
    async with home() as folder, running(folder, {"market.watchlist": "BTC/USDT,NOPE/USDT"}) as (engine, desk):
        assert [row.instrument_id for row in desk.view().quotes] == [BTC]
        told, _ = engine.notices.since(0)
        warnings = [notice for notice in told if notice.level is NoticeLevel.WARNING]
        assert any("NOPE/USDT" in notice.message for notice in warnings)


def holds_btc(view: DeskView) -> bool:
    return any(position.quantity > 0 for position in view.account.positions)


def simulator_pid(folder: object) -> int:
    """The simulator that runs on this home folder's state."""
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            arguments = Path(f"/proc/{name}/cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"fks_engine.simulator" in arguments and any(str(folder).encode() in each for each in arguments):
            return int(name)
    raise AssertionError("no simulator runs on this folder")
