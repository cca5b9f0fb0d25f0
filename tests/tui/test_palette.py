"""The command palette."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.command import CommandInput, CommandList, CommandPalette
from textual.pilot import Pilot

from fks_engine.api import CancelOrder, Side
from fks_tui.app import DeskApp
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.positions import PositionsScreen
from fks_tui.screens.quit import Farewell
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.widgets.choice_field import ChoiceField
from tests.fake_desk import FakeDesk
from tests.tui.pilots import SMALL, desk_app, until

SnapCompare = Callable[..., bool]


class OpenPalette:
    """The palette under a pilot."""

    def __init__(self, app: DeskApp, pilot: Pilot[Farewell], desk: FakeDesk) -> None:
        self.app, self.pilot, self.desk = app, pilot, desk

    @property
    def hits(self) -> list[str]:
        return [str(each.prompt) for each in self.app.screen.query_one(CommandList).options]

    async def type(self, text: str, first: str) -> None:
        self.app.screen.query_one(CommandInput).value = text
        await until(self.pilot, lambda: bool(self.hits) and first in self.hits[0])

    async def choose(self) -> None:
        await self.pilot.press("enter")
        await until(self.pilot, lambda: not isinstance(self.app.screen, CommandPalette))


@asynccontextmanager
async def opened(*keys: str) -> AsyncIterator[OpenPalette]:
    app, desk = desk_app()
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press(*keys, "ctrl+p")
        await until(pilot, lambda: isinstance(app.screen, CommandPalette) and bool(app.screen.query(CommandList)))
        palette = OpenPalette(app, pilot, desk)
        await until(pilot, lambda: bool(palette.hits))
        yield palette


@pytest.mark.anyio
class TestPalette:
    async def test_it_shows_the_actions_of_the_screen_with_their_keys(self) -> None:
        async with opened("f3") as palette:
            await until(palette.pilot, lambda: any("Cancel all  C Ctrl+x" in hit for hit in palette.hits))
            assert not any("Close" in hit for hit in palette.hits)
            assert not any(hit.startswith("Up") for hit in palette.hits)

    async def test_an_action_runs_where_it_is_bound(self) -> None:
        async with opened("f3") as palette:
            await palette.type("cancel", "Cancel")
            await palette.choose()
            await until(palette.pilot, lambda: CancelOrder("fks-000002") in palette.desk.submitted)

    async def test_another_screen_is_a_name_away(self) -> None:
        async with opened() as palette:
            await palette.type("positions", "Positions")
            await palette.choose()
            await until(palette.pilot, lambda: isinstance(palette.app.screen, PositionsScreen))

    async def test_every_market_can_be_gone_to(self) -> None:
        async with opened("f3") as palette:
            await palette.type("go sol", "Go to SOL/USDT")
            await palette.choose()
            await until(palette.pilot, lambda: isinstance(palette.app.screen, QuotesScreen))

    async def test_every_market_can_be_sold(self) -> None:
        async with opened() as palette:
            await palette.type("sell eth", "Sell ETH/USDT")
            await palette.choose()
            app = palette.app
            await until(palette.pilot, lambda: isinstance(app.screen, OrderTicket) and bool(app.screen.query("#side")))
            assert app.screen.query_one("#side", ChoiceField).value == Side.SELL
            assert "ETH/USDT" in str(app.screen.query_one(".ticket").border_title)


class TestLooks:
    def test_snapshot(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app()

        async def type_a_market(pilot: Pilot[Farewell]) -> None:
            await pilot.press("f3", "ctrl+p")
            await until(pilot, lambda: bool(app.screen.query(CommandInput)))
            field = app.screen.query_one(CommandInput)
            field.cursor_blink = False
            field.value = "btc"
            options = app.screen.query_one(CommandList)
            await until(pilot, lambda: options.option_count >= 3)
            await pilot.pause()

        assert snap_compare(app, terminal_size=SMALL, run_before=type_a_market)
