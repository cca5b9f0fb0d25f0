"""What passes while an engine is being stopped, and what changing the followed market keeps."""

from __future__ import annotations

import logging
from decimal import Decimal

import anyio
import pytest

from fks_engine.api import (
    Accepted,
    DenialReason,
    Denied,
    Follow,
    OrderType,
    SetTradingState,
    Side,
    StopEngine,
    SubmitOrder,
    Timeframe,
    TradingState,
    instrument_id,
)
from tests.engine.engine.running import engine_at, home, running, until

pytestmark = pytest.mark.anyio
BTC = instrument_id("binance", "BTC/USDT")
ETH = instrument_id("binance", "ETH/USDT")


async def test_no_order_passes_an_engine_that_is_stopping_and_nobody_opens_its_gate_again() -> None:
    async with home() as folder, running(folder, {"simulator.symbols": "1"}) as (engine, desk):
        await until(desk, lambda view: len(view.account.balances) == 2)
        engine.request_stop(cancel_orders=True)
        opened = await desk.submit(SetTradingState(TradingState.ACTIVE))
        order = SubmitOrder(
            instrument_id=BTC,
            side=Side.BUY,
            order_type=OrderType.MARKET,
            quantity=Decimal("0.01"),
        )
        answer = await desk.submit(order)
        preview = await desk.preview(order)
        assert isinstance(opened, Denied)
        assert isinstance(answer, Denied)
        assert preview.denial == answer
        assert answer.reason is DenialReason.TRADING_HALTED
        assert engine.parts is not None
        assert engine.parts.gate.trading_state is TradingState.HALTED
        assert engine.parts.orders.working() == ()


async def test_another_timeframe_keeps_the_streams_of_the_followed_market() -> None:
    async with home() as folder:
        engine = engine_at(folder, {"simulator.symbols": "2", "market.watchlist": "BTC/USDT"})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            async with engine.open_desk() as desk:
                await until(desk, lambda view: bool(view.quotes and view.quotes[0].bid))
                await desk.submit(Follow(ETH, Timeframe.M1))
                await until(desk, lambda view: bool(view.focus and view.focus.bids))
                await desk.submit(Follow(ETH, Timeframe.M5))
                parts = engine.parts
                assert parts is not None
                for _ in range(100):
                    await anyio.sleep(0.01)
                    assert parts.market.book(ETH) is not None
            engine.request_stop()


async def test_orders_that_were_not_read_yet_are_neither_counted_nor_canceled(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with home() as folder:
        engine = engine_at(folder, {"simulator.symbols": "1", "market.watchlist": "BTC/USDT"})
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(engine.run)
            async with engine.open_desk() as desk:
                assert not desk.view().engine.orders_known
                answer = await desk.submit(StopEngine(cancel_orders=True))
                assert isinstance(answer, Denied)
                assert "not read yet" in answer.message
                assert not engine.stopping
                view = await until(desk, lambda view: view.engine.orders_known)
                assert view.account.balances
                assert any("engine is starting" in each.getMessage() for each in caplog.records)
                assert isinstance(await desk.submit(StopEngine(cancel_orders=True)), Accepted)
