"""Leaving the desk."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from textual.widgets import OptionList, Static

from fks_engine.api import Accepted, Connection, ConnectionLost, Mode, PositionSide, StopEngine
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens.quit import Farewell, QuitScreen
from tests.desk_views import ETH, SOL, a_disconnected_view, a_position, a_view, an_account, an_engine
from tests.fake_desk import FakeDesk
from tests.tui.pilots import SMALL, desk_app, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import Command, Denied


class TestSnapshots:
    def test_with_working_orders(self, snap_compare: Callable[..., bool]) -> None:
        app, _ = desk_app(a_view())
        assert snap_compare(app, press=["q"], terminal_size=SMALL)

    def test_with_the_engine_gone(self, snap_compare: Callable[..., bool]) -> None:
        app, _ = desk_app(a_disconnected_view())
        assert snap_compare(app, press=["q"], terminal_size=SMALL)


@pytest.mark.anyio
class TestChoices:
    @pytest.mark.parametrize(("key", "cancels"), [("c", True), ("k", False)])
    async def test_stopping_says_what_becomes_of_the_orders(self, key: str, cancels: bool) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q", key)
            await until(pilot, lambda: app.return_value is not None)
        assert desk.submitted == [StopEngine(cancel_orders=cancels)]
        assert app.return_value is Farewell.STOPPED

    async def test_leaving_it_running_asks_the_engine_for_nothing(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q", "d")
            await until(pilot, lambda: app.return_value is not None)
        assert desk.submitted == []
        assert app.return_value is Farewell.LEFT_RUNNING

    async def test_an_engine_that_lost_its_exchange_can_be_stopped(self) -> None:
        app, _ = desk_app(a_view(engine=an_engine(connection=Connection.DISCONNECTED)))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, QuitScreen))
            assert app.screen.query_one(OptionList).option_count == 3

    async def test_only_what_can_be_sold_counts_as_an_open_position(self) -> None:
        rows = (
            a_position(),
            a_position(ETH, dust="worth 0.5 USDT"),
            a_position(SOL, side=PositionSide.SHORT, quantity=Decimal(-1)),
        )
        app, _ = desk_app(a_view(account=an_account(positions=rows)))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, QuitScreen) and bool(app.screen.query(".dialog-text")))
            assert "1 open position." in str(app.screen.query_one(".dialog-text", Static).visual)

    async def test_escape_goes_back(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q", "escape")
            await until(pilot, lambda: not isinstance(app.screen, QuitScreen))
            assert app.return_value is None

    @pytest.mark.parametrize(
        ("mode", "first"), [(Mode.LIVE, "quit.detach"), (Mode.SIM, "quit.stop_canceling")], ids=["live", "sim"]
    )
    async def test_live_begins_at_leaving_it_running(self, mode: Mode, first: str) -> None:
        app, _ = desk_app(a_view(engine=an_engine(mode=mode)))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, QuitScreen) and app.screen.is_mounted)
            options = app.screen.query_one(OptionList)
            assert options.highlighted is not None
            assert options.get_option_at_index(options.highlighted).id == first

    async def test_without_orders_there_is_nothing_to_cancel(self) -> None:
        app, desk = desk_app(a_view(working_orders=()))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q", "c")
            await pilot.pause()
            assert desk.submitted == []
            assert app.screen.query_one(OptionList).option_count == 2

    async def test_an_engine_that_is_gone_can_only_be_left(self) -> None:
        app, desk = desk_app(a_disconnected_view())
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q", "k")
            await pilot.pause()
            assert desk.submitted == []
            assert app.screen.query_one(OptionList).option_count == 1

    async def test_asked_to_quit_twice_it_leaves_the_engine_running(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("ctrl+q", "ctrl+q")
            await until(pilot, lambda: app.return_value is not None)
        assert desk.submitted == []
        assert app.return_value is Farewell.LEFT_RUNNING

    async def test_an_engine_that_does_not_hear_is_told_in_the_window(self) -> None:
        class DeafDesk(FakeDesk):
            async def submit(self, command: Command) -> Accepted | Denied:
                raise ConnectionLost("engine gone")

        app = DeskApp(DeafDesk(), options=DeskOptions(theme="fks-dark"))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q", "k")
            await until(
                pilot,
                lambda: "engine gone" in str(app.screen.query_one(".dialog-problem", Static).content),
            )

    async def test_orders_that_were_not_read_are_not_denied_and_come_in_while_the_window_is_open(self) -> None:
        app, desk = desk_app(a_view(working_orders=(), engine=an_engine(orders_known=False, detail="reading orders")))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, QuitScreen) and app.screen.is_mounted)
            options, text = app.screen.query_one(OptionList), app.screen.query_one(".dialog-text", Static)
            assert "orders and positions are not read yet (reading orders)" in str(text.content)
            assert [each.id for each in options.options] == ["quit.detach", "quit.stop_canceling", "quit.stop_keeping"]
            assert options.highlighted == 0
            await pilot.press("down", "down")
            desk.show(a_view())
            await until(pilot, lambda: "1 working order" in str(text.content))
            assert options.highlighted == 2
            assert "Refused" not in str(options.get_option("quit.stop_canceling").prompt)

    async def test_an_engine_that_only_looks_is_called_so(self) -> None:
        engine = an_engine(read_only=True, orders_known=False, exchange="kraken")
        app, _ = desk_app(a_view(working_orders=(), engine=engine))
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, QuitScreen) and app.screen.is_mounted)
            text = str(app.screen.query_one(".dialog-text", Static).content)
            assert text.startswith("READ ONLY engine 4242 on kraken")
            assert app.screen.query_one(OptionList).option_count == 2
