"""An engine that is started over an account which changed while it was away, or that hears less than happened."""

from __future__ import annotations

import sqlite3
from contextlib import asynccontextmanager, closing
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from fks_engine.api import (
    AcceptDifferences,
    Accepted,
    CancelOrder,
    DenialReason,
    Denied,
    DifferenceKind,
    OrderType,
    Side,
    StepState,
    SubmitOrder,
)
from fks_engine.clock import SystemClock
from fks_engine.engine.simulator_process import ACCOUNT
from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions, build_exchange
from fks_engine.model import OrderStatus
from tests.engine.builders import BTC, an_order
from tests.engine.engine.running import home, running, until
from tests.engine.engine.test_restart import far_below, send
from tests.engine.simulator.process import simulator

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from fks_engine.api import DeskView, ReconciliationView
    from fks_engine.engine.desk import EngineDesk
    from fks_engine.ports import Exchange

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(180)]


def state_of(folder: Path) -> Path:
    """Where the exchange keeps its account."""
    (path,) = folder.glob("**/sim/simulator")
    return path


def deposit(folder: Path, asset: str, change: str) -> None:
    """Let the account of the exchange, which does not run, have more or less of an asset."""
    with closing(sqlite3.connect(state_of(folder) / "exchange.sqlite")) as connection, connection:
        (free,) = connection.execute("SELECT free FROM balances WHERE asset = ?", (asset,)).fetchone()
        total = str(Decimal(free) + Decimal(change))
        connection.execute("UPDATE balances SET free = ? WHERE asset = ?", (total, asset))


@asynccontextmanager
async def elsewhere(folder: Path) -> AsyncIterator[Exchange]:
    """Another program at the same exchange and account, while no engine runs."""
    async with simulator(key=ACCOUNT, symbols=3, state=str(state_of(folder))) as process:
        options = ExchangeOptions(
            environment=Environment.SIMULATOR,
            endpoints=ExchangeEndpoints(process.rest, process.ws, process.ws_api),
            api_key=process.key,
            api_secret=process.secret,
        )
        exchange = build_exchange(options, SystemClock(), lambda fault: None)
        try:
            await exchange.open()
            yield exchange
        finally:
            await exchange.close()


def told(view: DeskView) -> ReconciliationView:
    assert view.reconciliation is not None
    return view.reconciliation


async def asked(desk: EngineDesk) -> Accepted | Denied:
    """Ask for an order that would rest."""
    return await desk.submit(
        SubmitOrder(
            instrument_id=BTC,
            side=Side.BUY,
            order_type=OrderType.LIMIT,
            quantity=Decimal("0.002"),
            limit_price=far_below(desk),
        )
    )


async def test_a_first_start_compares_nothing_and_tells_its_steps() -> None:
    async with home() as folder, running(folder) as (_, desk):
        view = told(desk.view())
        assert [step.name for step in view.steps] == ["journal", "fills", "balances", "orders", "unresolved"]
        assert {step.state for step in view.steps} == {StepState.DONE}
        assert "3 of 3 markets read" in view.steps[1].detail
        assert view.differences == ()
        assert view.orders_audited_ts is not None
        assert view.balances_audited_ts is not None


async def test_a_deposit_keeps_the_gate_shut_until_it_is_accepted_and_is_not_asked_for_again() -> None:
    async with home() as folder:
        async with running(folder) as (_, desk):
            await send(desk, "0.01")
            resting = await send(desk, "0.002", far_below(desk))
        deposit(folder, "USDT", "1234.5")
        async with running(folder) as (_, desk):
            view = told(desk.view())
            (stop,) = view.stops
            assert (stop.kind, stop.subject) == (DifferenceKind.BALANCE, "USDT")
            assert Decimal(stop.theirs) - Decimal(stop.ours) == Decimal("1234.5")
            assert f"fks reconcile accept {stop.number}" in stop.remedy
            assert view.steps[2].state is StepState.STOPPED
            denied = await asked(desk)
            assert isinstance(denied, Denied)
            assert denied.reason is DenialReason.DIFFERENCE_UNEXPLAINED
            assert denied.numbers == {"USDT": f"{stop.ours} / {stop.theirs}"}
            assert isinstance(await desk.submit(CancelOrder(resting)), Accepted)
            await until(desk, lambda view: not view.working_orders)
            assert isinstance(await desk.submit(AcceptDifferences((stop.number + 7,))), Denied)
        async with running(folder) as (_, desk):  # nobody accepted it
            (stop,) = told(desk.view()).stops
            assert isinstance(await desk.submit(AcceptDifferences((stop.number,))), Accepted)
            view = told(await until(desk, lambda view: not told(view).stops))
            assert "a person took the exchange's word" in view.differences[0].explanation
            assert isinstance(await asked(desk), Accepted)
            await until(desk, lambda view: len(view.working_orders) == 1)
        async with running(folder) as (_, desk):
            view = told(desk.view())
            assert view.stops == ()
            assert any("a person took" in each.explanation for each in view.differences)


async def test_what_was_traded_elsewhere_meanwhile_is_explained_and_shown() -> None:
    async with home() as folder:
        async with running(folder) as (_, desk):
            await send(desk, "0.01")
            resting = await send(desk, "0.002", far_below(desk))
            row = desk.view().quote(BTC)
            assert row is not None
            assert row.ask is not None
            price = (row.ask * Decimal("1.02")).quantize(Decimal("0.01"))
        async with elsewhere(folder) as other:
            bought = await other.submit_order(
                an_order(client_order_id="elsewhere-1", quantity="0.02", limit_price=price)
            )
            assert bought.status is OrderStatus.FILLED
            rests = await other.submit_order(
                an_order(
                    client_order_id="elsewhere-2", quantity="0.003", limit_price=(price / 2).quantize(Decimal("0.01"))
                )
            )
            ours = an_order(client_order_id=resting)
            await other.cancel_order(ours)
        async with running(folder) as (_, desk):
            view = desk.view()
            differences = told(view).differences
            assert told(view).stops == ()
            kinds = {(each.kind, each.subject.split(" ")[0]) for each in differences}
            assert (DifferenceKind.POSITION, "BTC/USDT") in kinds
            assert (DifferenceKind.BALANCE, "USDT") in kinds
            assert (DifferenceKind.BALANCE, "BTC") in kinds
            (position,) = (each for each in differences if each.kind is DifferenceKind.POSITION)
            assert "+0.02 in all" in position.theirs
            assert "EXTERNAL" in position.explanation
            ended = [each for each in differences if resting in each.subject]
            assert [(each.ours, each.theirs) for each in ended] == [("accepted", "canceled")]
            (found,) = view.working_orders
            assert (found.client_order_id, found.external) == (rests.client_order_id, True)
            assert any("elsewhere-2" in each.subject for each in differences)
            (held,) = (row for row in view.account.positions if row.instrument_id == BTC)
            assert Decimal("0.0299") < held.quantity < Decimal("0.03")
            assert "1 asked for by name, 1 had ended meanwhile" in told(view).steps[3].detail
            assert isinstance(await asked(desk), Accepted)
        async with running(folder) as (_, desk):
            again = [each for each in told(desk.view()).differences if each.kind is DifferenceKind.POSITION]
            assert len(again) == 1  # told once, and still shown
