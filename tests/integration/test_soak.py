"""The soak itself, for a few seconds, and what its verdict makes of books that differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from fks_engine.api import DeskView
from fks_engine.model import OrderStatus
from tests.desk_views import a_fill, a_view, an_account, an_order
from tests.fake_desk import FakeDesk
from tests.soak.run import SYMBOLS, prepared
from tests.soak.samples import Sample, Series
from tests.soak.table import table
from tests.soak.verdict import Books
from tests.soak.watch import Watch

SECONDS = 7.0
SEED = 5


@pytest.mark.anyio
@pytest.mark.timeout(180)
async def test_a_short_soak_holds() -> None:
    async with prepared(SECONDS, SEED, pace=6.0) as soak:
        checks = await soak.run()
    told = table(soak, checks)
    assert all(each.holds for each in checks), told
    assert len(soak.trouble.recovered_s) >= 2, told
    assert soak.watch.orders, told
    assert soak.reader.pictures, told
    assert soak.person.visits, told


@dataclass
class AnAccount:
    """The exchange's word, as the test wants it."""

    resting: dict[str, Any] = field(default_factory=dict)
    rows: list[Any] = field(default_factory=list)
    done: dict[tuple[str, str], Any] = field(default_factory=dict)
    holds: dict[str, tuple[Decimal, Decimal]] = field(default_factory=dict)

    async def open_orders(self) -> dict[str, Any]:
        return self.resting

    async def orders(self, symbols: object) -> list[Any]:
        return self.rows

    async def trades(self, symbols: object) -> dict[tuple[str, str], Any]:
        return self.done

    async def balances(self) -> dict[str, tuple[Decimal, Decimal]]:
        return self.holds


def books(view: DeskView, **said: Any) -> Books:
    return Books(Watch(FakeDesk(view)), AnAccount(**said), SYMBOLS, patience_s=0)


def a_row(status: str = "NEW", executed: str = "0", number: int = 1) -> dict[str, Any]:
    return {"clientOrderId": f"fks-{number:06d}", "status": status, "executedQty": executed}


def a_trade(**changes: Any) -> dict[str, Any]:
    trade = {"price": "64000.01", "qty": "0.1", "commission": "0.0001", "commissionAsset": "BTC"}
    return trade | {"orderId": 5001, "isBuyer": True, "isMaker": False} | changes


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("resting", "holds"),
    [({"fks-000001": a_row()}, True), ({}, False), ({"fks-000001": a_row(executed="0.05")}, False)],
)
async def test_working_orders_are_held_against_the_open_ones(resting: dict[str, Any], holds: bool) -> None:
    view = a_view(working_orders=(an_order(),))
    assert (await books(view, resting=resting).working()).holds is holds


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("rows", "holds"),
    [
        ([a_row("CANCELED")], True),
        ([a_row("FILLED")], False),
        ([a_row("CANCELED", "0.1")], False),
        ([a_row("CANCELED"), a_row("CANCELED")], False),
        ([a_row("CANCELED"), a_row("CANCELED", number=2)], False),
        ([], False),
    ],
)
async def test_an_order_sent_twice_unknown_or_ended_otherwise_is_named(rows: list[Any], holds: bool) -> None:
    view = a_view(working_orders=(), recent_orders=(an_order(status=OrderStatus.CANCELED),))
    assert (await books(view, rows=rows).ends()).holds is holds


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("done", "holds"),
    [
        ({("BTCUSDT", "7001"): a_trade()}, True),
        ({("BTCUSDT", "7001"): a_trade(commission="0.00010001")}, False),
        ({("BTCUSDT", "7001"): a_trade(), ("BTCUSDT", "7002"): a_trade()}, False),
        ({}, False),
    ],
)
async def test_fills_are_held_against_the_trades(done: dict[tuple[str, str], Any], holds: bool) -> None:
    view = a_view(recent_fills=(a_fill(),))
    assert (await books(view, done=done).fills()).holds is holds


@pytest.mark.anyio
async def test_a_fill_that_is_listed_twice_and_a_balance_that_is_off_are_named() -> None:
    view = a_view(recent_fills=(a_fill(), a_fill()), account=an_account())
    assert not (await books(view, done={("BTCUSDT", "7001"): a_trade()}).fills()).holds
    holds = {row.balance.asset: (row.balance.free, row.balance.locked) for row in view.account.balances}
    assert (await books(view, holds=holds).balances()).holds
    holds["BTC"] = (holds["BTC"][0] + Decimal("0.00000001"), holds["BTC"][1])
    assert not (await books(view, holds=holds).balances()).holds


def test_what_grows_is_measured_from_the_first_fifth_to_the_last() -> None:
    series = Series([Sample(second * 36.0, 100 + second, second / 10, 20) for second in range(100)])
    assert series.mb_per_h == pytest.approx(100)
    assert series.grown_mb == pytest.approx(80)
    assert series.after(1_800).samples[0].rss_mb == 150
