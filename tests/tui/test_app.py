"""The app: modes, notices, tickets and silence."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from subprocess import run

import pytest

from fks_engine.api import Connection, ConnectionLost, DeskView, NoticeLevel, Side
from fks_tui.app import DeskApp
from fks_tui.layout import Layout, LayoutKeeper, write_layout
from fks_tui.messages import MarketRequested
from fks_tui.options import DeskOptions
from fks_tui.screens.base import DeskScreen
from fks_tui.screens.modes import SCREENS
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.ticket_opening import open_ticket
from fks_tui.themes import STYLESHEET
from fks_tui.widgets.quote_grid import QuoteGrid
from fks_tui.widgets.status_bar import StatusBar
from tests.desk_views import ETH, SOL, a_disconnected_view, a_notice, a_quote_row, a_view
from tests.fake_desk import FakeDesk
from tests.tui.pilots import SMALL, desk_app, until
from tests.tui.widgets.panes import text_of

pytestmark = pytest.mark.anyio


def said(app: DeskApp) -> list[str]:
    """The texts of the toasts."""
    return [each.message for each in app._notifications]


class TestModes:
    @pytest.mark.parametrize(
        ("key", "mode"), [("f3", "orders"), ("o", "orders"), ("f4", "positions"), ("p", "positions")]
    )
    async def test_keys_choose_the_screen(self, key: str, mode: str) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press(key)
            await until(pilot, lambda: app.current_mode == mode)
            await pilot.press("f2")
            await until(pilot, lambda: app.current_mode == "quotes")

    async def test_every_screen_carries_the_status_bar(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            for screen in SCREENS:
                await app.action_go(screen.MODE)
                await until(pilot, lambda: "SIM" in text_of(app.screen.query_one(StatusBar))[0])

    async def test_a_screen_catches_up_when_it_is_shown_again(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("o")
            await until(pilot, lambda: app.current_mode == "orders")
            desk.show(a_view(quotes=(a_quote_row(SOL, Decimal("150.00")),)))
            await pilot.press("m")
            await until(pilot, lambda: "150.00" in " ".join(text_of(app.screen.query_one(QuoteGrid))))

    async def test_the_theme_changes_with_a_key(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("ctrl+t")
            await until(pilot, lambda: app.theme == "fks-light")
            await pilot.press("ctrl+t")
            await until(pilot, lambda: app.theme == "fks-blue-orange")


class TestNotices:
    async def test_each_is_told_once(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            desk.show(a_view(notices=(a_notice(1), a_notice(2, level=NoticeLevel.ERROR, message="[rejected]"))))
            await until(pilot, lambda: len(said(app)) == 2)
            desk.show(a_view())
            await pilot.pause()
            assert said(app) == ["BUY 0.10000 BTC/USDT at 64000.01", "[rejected]"]

    async def test_what_was_missed_is_counted(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            desk.show(a_view(missed_notices=3))
            await until(pilot, lambda: said(app) == ["3 messages were missed; the tables hold their outcomes."])
            desk.show(a_view())
            await pilot.pause()
            assert len(said(app)) == 1


class TestUnderAModal:
    async def test_an_engine_that_goes_is_told_at_once_though_its_clock_stands(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            screen = app.screen
            await pilot.press("b")
            desk.show(a_disconnected_view())
            await until(pilot, lambda: screen.has_class("-disconnected"))


class TestRequests:
    async def test_a_ticket_opens_over_the_screen(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: app.screen.is_mounted)
            assert isinstance(app.screen, DeskScreen)
            await open_ticket(app.screen, ETH, Side.SELL, quantity=Decimal("1"))
            assert isinstance(app.screen, OrderTicket)

    async def test_a_market_is_shown_on_the_quotes_screen(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("p")
            await until(pilot, lambda: app.current_mode == "positions" and app.screen.is_mounted)
            app.screen.post_message(MarketRequested(SOL))
            await until(pilot, lambda: app.current_mode == "quotes" and bool(desk.submitted))
            assert app.screen.query_one(QuoteGrid).selected == SOL


class TestSilence:
    async def test_ages_go_on_while_no_picture_comes(self) -> None:
        app, _ = desk_app(heartbeat_s=0.05)
        async with app.run_test(size=SMALL) as pilot:
            status = app.screen.query_one(StatusBar)
            await until(pilot, lambda: bool(text_of(status)) and "data 0.4s" not in text_of(status)[0])
            assert "● LIVE" in text_of(status)[0]

    async def test_a_desk_that_raises_is_followed_by_its_views(self) -> None:
        class LostDesk(FakeDesk):
            async def changed(self, number: int) -> DeskView:
                if self.view().number == number:
                    raise ConnectionLost("engine gone")
                return self.view()

        desk = LostDesk()
        app = DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=0.05))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.pause()
            desk.show(a_disconnected_view())
            assert desk.view().engine.connection is Connection.DISCONNECTED
            status = app.screen.query_one(StatusBar)
            await until(pilot, lambda: "DISCONNECTED" in text_of(status)[0])


class TestStart:
    @pytest.mark.parametrize("mode", ["orders", "ladder", "settings"])
    async def test_it_opens_where_it_was_left_and_paints_no_other_screen_before(
        self, tmp_path: Path, mode: str
    ) -> None:
        path = tmp_path / "layout.json"
        write_layout(path, Layout(mode=mode))
        app, _ = desk_app(layout=LayoutKeeper(path))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.pause()
            assert list(app._screen_stacks) == [app.current_mode] == [mode]
            assert "SIM" in text_of(app.screen.query_one(StatusBar))[0]

    async def test_it_opens_with_quotes_where_the_kept_screen_is_unknown(self, tmp_path: Path) -> None:
        path = tmp_path / "layout.json"
        write_layout(path, Layout(mode="stars"))
        app, _ = desk_app(layout=LayoutKeeper(path))
        async with app.run_test(size=SMALL):
            assert app.current_mode == "quotes"

    def test_the_stylesheet_is_found(self) -> None:
        assert STYLESHEET.is_file()

    def test_the_app_does_not_load_what_its_first_frame_does_not_need(self) -> None:
        heavy = {"ccxt", "numba", "polars", "optuna", "torch", "duckdb", "psycopg", "aiohttp", "plotext"}
        code = f"import fks_tui.app, sys; print(sorted({heavy!r} & set(sys.modules)))"
        answer = run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
        assert answer.stdout.strip() == "[]"

    @pytest.mark.parametrize("theme", ["fks-dark", "fks-light", "fks-16", "textual-dark", "nord"])
    async def test_it_opens_in_any_theme(self, theme: str) -> None:
        app, _ = desk_app(theme=theme)
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: app.screen.query_one(QuoteGrid).count == 4)
