"""Watchlists on the Quotes screen, their window, and the search over all markets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from fks_engine.api import DeleteWatchlist, DenialReason, Denied, DeskView, Follow, SaveWatchlist, Timeframe, Watchlist
from fks_tui.app import DeskApp
from fks_tui.screens.market_search import MarketSearch
from fks_tui.screens.quit import Farewell
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.screens.watchlists import WatchlistsScreen
from fks_tui.widgets.quote_grid import QuoteGrid
from tests.desk_views import BTC, ETH, PEPE, SOL, a_disconnected_view, a_quote_row, a_view
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]
MAIN = (BTC, ETH, SOL, PEPE)


@asynccontextmanager
async def opened(view: DeskView | None = None) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    app, desk = desk_app(view or a_view())
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: isinstance(app.focused, QuoteGrid) and "MAIN" in head(app))
        yield app, pilot, desk


def head(app: DeskApp) -> str:
    return app.screen.query_one(QuoteGrid).render_line(0).text


def markets(app: DeskApp) -> list[str]:
    grid = app.screen.query_one(QuoteGrid)
    texts = [grid.render_line(y).text.split() for y in range(2, grid.size.height)]
    return [next(word for word in words if "/" in word) for words in texts if any("/" in word for word in words)]


@pytest.mark.anyio
class TestLists:
    async def test_w_shows_the_next_list_with_its_markets_only(self) -> None:
        async with opened() as (app, pilot, _):
            await pilot.press("w")
            await until(pilot, lambda: "MAJORS" in head(app))
            assert markets(app) == ["BTC/USDT", "ETH/USDT"]
            await pilot.press("w")
            await until(pilot, lambda: "MAIN" in head(app))

    async def test_a_list_that_is_deleted_elsewhere_gives_way_to_the_first(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("w")
            await until(pilot, lambda: "MAJORS" in head(app))
            desk.show(a_view(watchlists=(Watchlist("Main", MAIN),)))
            await until(pilot, lambda: "MAIN" in head(app))

    async def test_z_sorts_by_one_column_after_the_other_and_shift_z_turns_it_round(self) -> None:
        rows = (a_quote_row(BTC, change=None), a_quote_row(ETH), a_quote_row(SOL), a_quote_row(PEPE))
        async with opened(a_view(quotes=rows)) as (app, pilot, _):
            await pilot.press("z")
            await until(pilot, lambda: "by name" in head(app))
            assert markets(app) == ["BTC/USDT", "ETH/USDT", "PEPE/USDT", "SOL/USDT"]
            await pilot.press("Z")
            await until(pilot, lambda: "turned" in head(app))
            assert markets(app)[0] == "SOL/USDT"
            await pilot.press("z")
            await until(pilot, lambda: "by 24h" in head(app))
            assert markets(app)[-1] == "BTC/USDT"

    async def test_minus_takes_the_market_off_and_shift_j_moves_it_down(self) -> None:
        async with opened() as (_, pilot, desk):
            await pilot.press("J")
            await until(pilot, lambda: SaveWatchlist("Main", (ETH, BTC, SOL, PEPE)) in desk.submitted)
            await pilot.press("minus")
            await until(pilot, lambda: SaveWatchlist("Main", (ETH, SOL, PEPE)) in desk.submitted)

    async def test_lines_of_a_sorted_list_stay_where_they_are(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("z", "J")
            await until(pilot, lambda: any(each.title == "Sorted" for each in app._notifications))
            assert not any(isinstance(each, SaveWatchlist) for each in desk.submitted)

    async def test_plus_finds_a_market_and_puts_it_on_the_list(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("w")
            await until(pilot, lambda: "MAJORS" in head(app))
            await pilot.press("plus", "s", "o", "l")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and found(app) == 1)
            await pilot.press("enter")
            await until(pilot, lambda: SaveWatchlist("Majors", (BTC, ETH, SOL)) in desk.submitted)


def found(app: DeskApp) -> int:
    return app.screen.query_one(OptionList).option_count if app.screen.query(OptionList) else 0


@pytest.mark.anyio
class TestSearch:
    async def test_f_goes_to_a_market_that_a_few_letters_find(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("f", "e", "t", "h")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and found(app) == 1)
            await pilot.press("enter")
            await until(pilot, lambda: Follow(ETH, Timeframe.M1) in desk.submitted)
            assert isinstance(app.screen, QuotesScreen)

    async def test_arrows_move_while_the_field_keeps_the_keys(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("f")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and found(app) == 4)
            await pilot.press("down", "down", "up")
            assert isinstance(app.focused, Input)
            await pilot.press("enter")
            await until(pilot, lambda: Follow(ETH, Timeframe.M1) in desk.submitted)

    async def test_letters_that_no_market_has_are_said_to_be_so(self) -> None:
        async with opened() as (app, pilot, _):
            await pilot.press("f", "q", "q")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and "no market" in str(note(app)))
            await pilot.press("enter", "escape")
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen))


def note(app: DeskApp) -> object:
    return app.screen.query_one(".hint").render()


@pytest.mark.anyio
class TestWindow:
    async def test_a_new_list_begins_with_the_selected_market_and_is_shown(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("down", "W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("n", *"Mine", "enter")
            await until(pilot, lambda: SaveWatchlist("Mine", (ETH,)) in desk.submitted)
            desk.show(a_view(watchlists=(Watchlist("Main", MAIN), Watchlist("Mine", (ETH,)))))
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen) and "MINE" in head(app))

    async def test_a_name_that_is_taken_overwrites_nothing(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("n", *"Main", "enter")
            await until(pilot, lambda: "there is a watchlist Main" in str(note(app)))
            assert not any(isinstance(each, SaveWatchlist) for each in desk.submitted)

    async def test_enter_shows_and_d_deletes_the_list_under_the_cursor(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("down", "d")
            await until(pilot, lambda: DeleteWatchlist("Majors") in desk.submitted)
            desk.denial = Denied(DenialReason.INVALID_WATCHLIST, "Main is the last watchlist; it stays")
            await pilot.press("up", "d")
            await until(pilot, lambda: "it stays" in str(note(app)))
            await pilot.press("down", "enter")
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen) and "MAJORS" in head(app))


class TestLooks:
    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_watchlists(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app(a_view())
        assert snap_compare(app, press=["W"], terminal_size=size)

    @pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
    def test_search(self, snap_compare: SnapCompare, size: tuple[int, int]) -> None:
        app, _ = desk_app(a_view())
        assert snap_compare(app, press=["f", "t"], terminal_size=size)

    def test_search_while_disconnected(self, snap_compare: SnapCompare) -> None:
        app, _ = desk_app(a_disconnected_view())
        assert snap_compare(app, press=["f"], terminal_size=SMALL)
