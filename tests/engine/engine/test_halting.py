"""A halt of a whole engine: taken while it starts, kept over a restart, lifted by a person."""

from __future__ import annotations

from decimal import Decimal

import anyio
import pytest

from fks_engine.api import (
    Accepted,
    DenialReason,
    Denied,
    DeskView,
    HaltStage,
    OrderType,
    SetTradingState,
    Side,
    SubmitOrder,
    TradingState,
)
from tests.engine.builders import BTC
from tests.engine.engine.running import engine_at, home, running, until

pytestmark = pytest.mark.anyio
ONE_MARKET = {"simulator.symbols": "1"}


def is_done(view: DeskView) -> bool:
    halt = view.risk.halt if view.risk is not None else None
    return halt is not None and halt.stage is HaltStage.DONE


async def test_a_halt_is_taken_before_there_is_anything_to_halt_and_outlives_the_engine() -> None:
    async with home() as folder:
        engine = engine_at(folder, ONE_MARKET)
        async with anyio.create_task_group() as tasks, engine.open_desk() as desk:
            assert await desk.submit(SetTradingState(TradingState.HALTED, "a wild morning")) == Accepted()
            assert engine.parts is None
            tasks.start_soon(engine.run)
            view = await until(desk, is_done)
            assert view.engine.trading_state is TradingState.HALTED
            assert view.engine.trading_state_reason == "a wild morning"
            engine.request_stop()
        async with running(folder, ONE_MARKET) as (_, desk):
            view = await until(desk, is_done)
            assert view.risk is not None
            assert view.risk.halt is not None
            assert (view.risk.halt.reason, view.risk.halt.origin) == ("a wild morning", "a desk")
            order = SubmitOrder(
                instrument_id=BTC, side=Side.BUY, order_type=OrderType.MARKET, quantity=Decimal("0.01"), origin="halt"
            )
            refused = await desk.submit(order)
            assert isinstance(refused, Denied)
            assert refused.reason is DenialReason.TRADING_HALTED
            assert await desk.submit(SetTradingState(TradingState.ACTIVE)) == Accepted()
            view = await until(desk, lambda view: view.engine.trading_state is TradingState.ACTIVE)
            assert isinstance(await desk.submit(order), Accepted)


async def test_an_engine_that_stops_takes_a_halt_and_nobody_opens_its_gate() -> None:
    async with home() as folder:
        async with running(folder, ONE_MARKET) as (engine, desk):
            engine.request_stop()
            assert await desk.submit(SetTradingState(TradingState.HALTED, "enough")) == Accepted()
            assert isinstance(await desk.submit(SetTradingState(TradingState.ACTIVE)), Denied)
        async with running(folder, ONE_MARKET) as (_, desk):
            view = await until(desk, is_done)
            assert view.engine.trading_state_reason == "enough"
