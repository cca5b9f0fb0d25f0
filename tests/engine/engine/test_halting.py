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
from fks_engine.engine import desk as desk_module
from fks_engine.journal import written
from fks_engine.model import TradingStateSet
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
            tasks.start_soon(engine.run)
            assert await desk.submit(SetTradingState(TradingState.HALTED, "a wild morning")) == Accepted()
            (journal,) = folder.glob("**/journal/binance-*")
            halts = [each.entry for each in written(journal) if isinstance(each.entry, TradingStateSet)]
            assert [(each.state, each.reason) for each in halts] == [(TradingState.HALTED, "a wild morning")]
            assert any("the engine is still starting" in each.message for each in engine.notices.since(0)[0])
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


async def test_a_halt_before_an_engine_that_does_not_get_on_says_that_it_is_not_on_the_disk(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(desk_module, "EARLY_HALT_DURABLE_WITHIN_S", 0.01)
    async with home() as folder:
        engine = engine_at(folder, ONE_MARKET)
        async with engine.open_desk() as desk:
            first = SetTradingState(TradingState.HALTED, "a wild morning", flatten=True)
            assert await desk.submit(first) == Accepted()
            assert await desk.submit(SetTradingState(TradingState.HALTED, "again")) == Accepted()
        assert engine.early_halt == SetTradingState(TradingState.HALTED, "again", flatten=True)
        told = [each.message for each in engine.notices.since(0)[0] if each.title == "Halt"]
        assert "not on the disk yet" in told[-1]
