"""Watchlists, alerts and settings through a whole engine."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import (
    Accepted,
    AlertCondition,
    DeleteWatchlist,
    Denied,
    HearAlerts,
    InstrumentsPage,
    InstrumentsRequest,
    MakeWatchlist,
    NoticeKind,
    RemoveAlert,
    RenameWatchlist,
    SetAlert,
    SettingsPage,
    SettingsRequest,
    instrument_id,
)
from tests.engine.engine.running import home, running, until

pytestmark = pytest.mark.anyio
BTC, ETH, SOL, BNB = (instrument_id("binance", f"{base}/USDT") for base in ("BTC", "ETH", "SOL", "BNB"))
FEW = {"simulator.symbols": "6", "market.watchlist": "BTC/USDT,ETH/USDT"}


async def test_a_market_that_joins_a_list_gets_quotes_and_is_remembered_by_the_next_engine() -> None:
    async with home() as folder:
        async with running(folder, FEW) as (_, desk):
            assert {row.instrument_id for row in desk.view().quotes} == {BTC, ETH}
            assert await desk.submit(MakeWatchlist("Alts", (SOL, BNB))) == Accepted()
            view = await until(desk, lambda view: any(row.instrument_id == BNB and row.bid for row in view.quotes))
            assert [each.name for each in view.watchlists] == ["Main", "Alts"]
            assert await desk.submit(RenameWatchlist("Alts", "Others")) == Accepted()
            assert isinstance(await desk.submit(MakeWatchlist("None", ())), Denied)
        async with running(folder, FEW) as (_, desk):
            view = await until(desk, lambda view: any(row.instrument_id == SOL and row.bid for row in view.quotes))
            assert [each.name for each in view.watchlists] == ["Main", "Others"]
            assert await desk.submit(DeleteWatchlist("Others")) == Accepted()
            view = await until(desk, lambda view: len(view.watchlists) == 1)
            assert {row.instrument_id for row in view.quotes} == {BTC, ETH}


async def test_an_alert_on_a_market_of_no_list_is_streamed_and_speaks_with_no_desk_looking() -> None:
    async with home() as folder, running(folder, FEW) as (engine, desk):
        parts = engine.parts
        assert parts is not None
        assert await desk.submit(SetAlert(SOL, AlertCondition.MOVES, Decimal("0.0001"))) == Accepted()
        view = await until(desk, lambda view: any(alert.fired_price for alert in view.alerts))
        (alert,) = view.alerts
        assert alert.is_unheard
        assert await desk.submit(HearAlerts((alert.number, 99))) == Accepted()
        await until(desk, lambda view: not any(alert.is_unheard for alert in view.alerts))
        assert any(
            notice.kind is NoticeKind.ALERT and "SOL/USDT" in notice.message for notice in engine.notices.since(0)[0]
        )
        assert isinstance(await desk.submit(RemoveAlert(alert.number + 1)), Denied)
        assert await desk.submit(RemoveAlert(alert.number)) == Accepted()
        assert (await until(desk, lambda view: not view.alerts)).alerts == ()


async def test_settings_and_markets_are_looked_up() -> None:
    async with home() as folder, running(folder, FEW | {"risk.max_open_orders": "7"}) as (_, desk):
        page = await desk.query(SettingsRequest())
        assert isinstance(page, SettingsPage)
        rows = {row.key: row for row in page.items}
        assert (rows["risk.max_open_orders"].value, rows["risk.max_open_orders"].default) == ("7", "50")
        assert rows["risk.max_open_orders"].source == "command line"
        found = await desk.query(InstrumentsRequest("btcu"))
        assert isinstance(found, InstrumentsPage)
        assert found.items[0].id == BTC
