"""Limits at a running engine: set at run time, kept over a restart, and a loss that halts by itself."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import (
    Accepted,
    DenialReason,
    Denied,
    LimitName,
    OrderType,
    RiskView,
    SetLimit,
    Side,
    SubmitOrder,
    TradingState,
)
from fks_engine.engine.desk import EngineDesk
from fks_engine.model import OrdersPlanned
from tests.engine.builders import BTC, ETH
from tests.engine.engine.running import home, running, until

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


def risk(desk: EngineDesk) -> RiskView:
    """The limits as the desk sees them."""
    view = desk.view().risk
    assert view is not None
    return view


async def bought(desk: EngineDesk, quantity: str = "0.01") -> Accepted | Denied:
    return await desk.submit(
        SubmitOrder(
            instrument_id=BTC, side=Side.BUY, order_type=OrderType.MARKET, quantity=Decimal(quantity), origin="ticket"
        )
    )


async def test_a_limit_set_at_run_time_holds_at_once_and_after_a_restart() -> None:
    async with home() as folder:
        async with running(folder) as (_, desk):
            limit = SetLimit(name=LimitName.INSTRUMENTS, instrument_ids=(ETH,), origin="Risk screen")
            assert await desk.submit(limit) == Accepted()
            denied = await bought(desk)
            assert isinstance(denied, Denied)
            assert denied.reason is DenialReason.INSTRUMENT_NOT_ALLOWED
            wrong = await desk.submit(SetLimit(name=LimitName.MAX_EXPOSURE, value=Decimal(-1)))
            assert isinstance(wrong, Denied)
            assert wrong.reason is DenialReason.INVALID_LIMIT
        async with running(folder) as (engine, desk):
            denied = await bought(desk)
            assert isinstance(denied, Denied)
            assert denied.reason is DenialReason.INSTRUMENT_NOT_ALLOWED
            await until(desk, lambda view: bool(view.risk and view.risk.day_start_equity))
            row = risk(desk).row(LimitName.INSTRUMENTS)
            assert row is not None
            assert row.instrument_ids == (ETH,)
            assert [change.after for change in risk(desk).changes] == ["ETH/USDT"]
            assert engine.parts is not None
            assert engine.parts.records.checkpoint is not None
            kept = engine.parts.records.checkpoint()
            assert [each.instrument_ids for each in kept.limits] == [(ETH,)]
            assert kept.equity is not None


async def test_what_the_gate_asked_is_in_the_journal() -> None:
    async with home() as folder:
        async with running(folder) as (engine, desk):
            written: list[OrdersPlanned] = []
            assert engine.parts is not None
            journal = engine.parts.records.journal
            record = journal.record

            async def listening(*entries: object) -> None:
                written.extend(entry for entry in entries if isinstance(entry, OrdersPlanned))
                await record(*entries)  # type: ignore[arg-type]

            journal.record = listening  # type: ignore[method-assign]
            assert isinstance(await bought(desk), Accepted)
        (planned,) = written
        assert planned.origin == "ticket"
        assert {"order notional", "price band", "balance"} <= {check.name for check in planned.checks}
        assert all(check.passed for check in planned.checks)


async def test_a_loss_beyond_its_limit_halts_trading_by_itself() -> None:
    overrides = {"risk.max_drawdown_percent": "0.002", "simulator.speed": "20"}
    async with home() as folder, running(folder, overrides) as (_, desk):
        view = await until(desk, lambda view: view.engine.trading_state is TradingState.HALTED)
        assert "risk.max_drawdown_percent" in view.engine.trading_state_reason
        assert view.risk is not None
        assert view.risk.halt is not None
        assert view.risk.halt.origin == "the drawdown limit"
        denied = await bought(desk)
        assert isinstance(denied, Denied)
        assert denied.reason is DenialReason.TRADING_HALTED
