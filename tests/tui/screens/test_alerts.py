"""The alerts screen and the window that sets one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal

import pytest
from textual.pilot import Pilot

from fks_engine.api import (
    AlertCondition,
    Connection,
    DenialReason,
    Denied,
    DeskView,
    HearAlerts,
    NoticeKind,
    NoticeLevel,
    RemoveAlert,
    SetAlert,
)
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.alert_entry import AlertEntry
from fks_tui.screens.alerts import AlertsScreen
from fks_tui.screens.quit import Farewell
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.widgets.record_table import RecordTable
from tests.desk_views import BTC, ETH, NOW, a_notice, a_view, an_alert, an_empty_view, an_engine
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]
D = Decimal


def a_watched_view() -> DeskView:
    moving = an_alert(2, condition=AlertCondition.MOVES, level=D("2"))
    spoken = an_alert(3, instrument_id=ETH, level=D("2400"), fired_price=D("2400.10"), fired_ts=NOW)
    return a_view(alerts=(spoken, an_alert(1), moving))


@asynccontextmanager
async def opened(view: DeskView | None = None) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    app, desk = desk_app(view or a_watched_view())
    async with app.run_test(size=LARGE) as pilot:
        await pilot.press("f6")
        await until(pilot, lambda: isinstance(app.screen, AlertsScreen) and isinstance(app.focused, RecordTable))
        yield app, pilot, desk


def lines(app: DeskApp) -> list[str]:
    table = app.screen.query_one(RecordTable)
    return [" ".join(table.render_line(y).text.strip("▸").split()) for y in range(1, 4)]


@pytest.mark.anyio
class TestTable:
    async def test_those_that_wait_come_first_and_say_how_far_away_they_are(self) -> None:
        async with opened() as (app, _, _):
            first, second, third = lines(app)
            assert first.startswith("waiting BTC/USDT above 65000.00 64000.00 +1.56% –")
            assert "moves 2% from 64000.00" in second
            assert third.startswith("✓ spoke ETH/USDT above 2400.00")
            assert "2400.10" in third

    async def test_before_the_engine_knows_its_alerts_none_is_denied(self) -> None:
        starting = replace(an_empty_view(), engine=an_engine(connection=Connection.STARTING, detail="connecting"))
        async with opened(starting) as (app, pilot, desk):
            table = app.screen.query_one(RecordTable)
            texts = " ".join(table.render_line(y).text for y in range(table.size.height))
            assert "not known yet: connecting" in texts
            assert "No alerts" not in texts
            desk.show(a_view())
            await until(pilot, lambda: any("No alerts." in table.render_line(y).text for y in range(table.size.height)))

    async def test_d_forgets_the_alert_under_the_cursor(self) -> None:
        async with opened() as (_, pilot, desk):
            await pilot.press("down", "d")
            await until(pilot, lambda: RemoveAlert(2) in desk.submitted)

    async def test_enter_shows_the_market(self) -> None:
        async with opened() as (app, pilot, _):
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen))


@pytest.mark.anyio
class TestEntry:
    async def test_a_level_is_typed_and_set(self) -> None:
        async with opened(a_view()) as (app, pilot, desk):
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, AlertEntry) and app.focused is not None)
            await pilot.press(*"65000", "enter")
            await until(pilot, lambda: SetAlert(BTC, AlertCondition.ABOVE, D("65000")) in desk.submitted)
            await until(pilot, lambda: isinstance(app.screen, AlertsScreen))

    async def test_f6_changes_the_condition_and_arrows_move_the_level(self) -> None:
        async with opened(a_view()) as (app, pilot, desk):
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, AlertEntry) and app.focused is not None)
            await pilot.press("f6", "f6", "up", "enter")
            await until(pilot, lambda: SetAlert(BTC, AlertCondition.MOVES, D("1.5")) in desk.submitted)

    async def test_what_the_engine_refuses_is_said_in_the_window(self) -> None:
        async with opened(a_view()) as (app, pilot, desk):
            desk.denial = Denied(DenialReason.INVALID_ALERT, "BTC/USDT is at 64000 already")
            await pilot.press("a")
            await until(pilot, lambda: isinstance(app.screen, AlertEntry) and app.focused is not None)
            await pilot.press("enter")
            await until(pilot, lambda: "type a number" in str(app.screen.query_one(".hint").render()))
            await pilot.press(*"60000", "enter")
            await until(pilot, lambda: "already" in str(app.screen.query_one(".hint").render()))
            assert isinstance(app.screen, AlertEntry)


@pytest.mark.anyio
class TestSounds:
    @pytest.mark.parametrize(("sounds", "rings"), [({"alert"}, 1), ({"fill"}, 0)])
    async def test_the_bell_rings_for_the_kinds_that_were_asked_for(
        self, sounds: set[str], rings: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        desk = FakeDesk()
        app = DeskApp(desk, options=DeskOptions(sounds=frozenset(sounds), heartbeat_s=3600.0))
        rung: list[None] = []
        monkeypatch.setattr(app, "bell", lambda: rung.append(None))
        async with app.run_test() as pilot:
            notice = a_notice(level=NoticeLevel.WARNING, title="Alert", kind=NoticeKind.ALERT)
            desk.show(a_view(notices=(notice, notice)))
            await until(pilot, lambda: any(each.title == "Alert" for each in app._notifications))
            assert len(rung) == rings


@pytest.mark.anyio
class TestMissed:
    async def test_a_desk_that_comes_tells_what_spoke_to_nobody_and_says_that_it_did(self) -> None:
        unheard = [
            an_alert(number, level=D(64000 + number), fired_price=D("65000.05"), fired_ts=NOW + number, is_unheard=True)
            for number in range(1, 6)
        ]
        desk = FakeDesk(replace(an_empty_view(), alerts=()))
        app = DeskApp(desk, options=DeskOptions(heartbeat_s=3600.0))
        async with app.run_test() as pilot:
            view = a_view(alerts=(*unheard, an_alert(7)))
            desk.show(view)
            await until(pilot, lambda: HearAlerts((1, 2, 3, 4, 5)) in desk.submitted)
            (toast,) = app._notifications
            assert toast.title == "5 alerts spoke while no desk was open"
            assert toast.message.splitlines()[0].startswith("BTC/USDT above 64005")
            assert toast.message.splitlines()[-1] == "and 2 more"
            desk.show(view)
            now = an_alert(7, fired_price=D("65000.05"), fired_ts=NOW + 9, is_unheard=True)
            desk.show(a_view(alerts=(*unheard, now), notices=(a_notice(title="Alert", kind=NoticeKind.ALERT),)))
            await until(pilot, lambda: HearAlerts((7,)) in desk.submitted)
            assert [each.title for each in app._notifications][1:] == ["Alert"]
            assert len(desk.submitted) == len({*desk.submitted})


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_live(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app(a_watched_view())
        assert snap_compare(app, press=["f6"], terminal_size=size)

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_entry(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app(a_watched_view())
        assert snap_compare(app, press=["a"], terminal_size=size)
