"""Watchlists on the Quotes screen, their window, and the search over all markets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from textual.content import Content
from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from fks_engine.api import (
    AddToWatchlist,
    DeleteWatchlist,
    DenialReason,
    Denied,
    DeskView,
    DropFromWatchlist,
    Follow,
    MakeWatchlist,
    MoveInWatchlist,
    RenameWatchlist,
    Timeframe,
    Watchlist,
)
from fks_tui.app import DeskApp
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.market_search import MarketSearch
from fks_tui.screens.quit import Farewell
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.screens.watchlists import WatchlistsScreen
from fks_tui.widgets.quote_grid import QuoteGrid
from tests.desk_views import BTC, ETH, PEPE, SOL, a_disconnected_view, a_focus, a_quote_row, a_view
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until

SnapCompare = Callable[..., bool]
MAIN = (BTC, ETH, SOL, PEPE)


@asynccontextmanager
async def opened(
    view: DeskView | None = None, first: str = "MAIN"
) -> AsyncIterator[tuple[DeskApp, Pilot[Farewell], FakeDesk]]:
    app, desk = desk_app(view or a_view())
    async with app.run_test(size=LARGE) as pilot:
        await until(pilot, lambda: isinstance(app.focused, QuoteGrid) and first in head(app))
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

    async def test_every_press_of_a_held_key_moves_the_market_a_line(self) -> None:
        async with opened() as (_, pilot, desk):
            await pilot.press("J", "J", "K", "J")
            moves = [MoveInWatchlist("Main", BTC, lines) for lines in (1, 1, -1, 1)]
            await until(pilot, lambda: desk.submitted == moves)

    async def test_every_press_of_a_held_minus_takes_the_next_market_off(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("minus", "minus")
            drops = [DropFromWatchlist("Main", BTC), DropFromWatchlist("Main", ETH)]
            await until(pilot, lambda: [each for each in desk.submitted if not isinstance(each, Follow)] == drops)
            assert (markets(app), selected(app)) == (["SOL/USDT", "PEPE/USDT"], SOL)
            await until(pilot, lambda: Follow(SOL, Timeframe.M1) in desk.submitted)
            assert len(said(app)) == 2
            for _ in range(4):  # the desk is told again and again that both are on the list
                desk.show(a_view())
                await pilot.pause(0.1)
            await until(pilot, lambda: len(markets(app)) == 4)

    async def test_the_last_market_of_a_list_stays_and_only_that_is_said(self) -> None:
        async with opened(a_view(watchlists=(Watchlist("One", (BTC,)),)), "ONE") as (app, pilot, desk):
            desk.denial = Denied(DenialReason.INVALID_WATCHLIST, "BTC/USDT is the last market of One")
            await pilot.press("minus")
            await until(pilot, lambda: bool(said(app)))
            assert said(app) == ["BTC/USDT is the last market of One"]
            assert markets(app) == ["BTC/USDT"]

    async def test_a_market_that_is_not_on_the_list_stays_followed_and_is_said_to_be(self) -> None:
        async with opened(a_view(watchlists=(Watchlist("One", (BTC,)),)), "ONE") as (app, pilot, desk):
            await pilot.press("f", "e", "t", "h")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and found(app) == 1)
            await pilot.press("enter")
            await until(pilot, lambda: desk.submitted == [Follow(ETH, Timeframe.M1)])
            desk.show(a_view(watchlists=(Watchlist("One", (BTC,)),), focus=a_focus(ETH)))
            await until(pilot, lambda: "ETH/USDT not among these 1" in head(app))
            await pilot.press("z", "Z")
            assert selected(app) == ETH
            assert "▸" not in app.screen.query_one(QuoteGrid).render_line(2).text
            assert desk.submitted == [Follow(ETH, Timeframe.M1)]
            await pilot.press("minus", "J", "down")
            await until(pilot, lambda: desk.submitted == [Follow(ETH, Timeframe.M1), Follow(BTC, Timeframe.M1)])
            assert "1 of 1" in head(app)

    async def test_another_list_leaves_the_market_where_it_is(self) -> None:
        async with opened(a_view(focus=a_focus(SOL))) as (app, pilot, desk):
            await pilot.press("w")
            await until(pilot, lambda: "SOL/USDT not among these 2" in head(app))
            await pilot.press("w")
            await until(pilot, lambda: "3 of 4" in head(app))
            assert desk.submitted == []

    async def test_brackets_in_a_name_are_brackets(self) -> None:
        lists = (Watchlist("a[/b]", (BTC, ETH)), Watchlist("[red]", (BTC,)))
        async with opened(a_view(watchlists=lists), "A[/B]") as (app, pilot, desk):
            await pilot.press("plus")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and found(app) == 4)
            assert "Add to a[/b]" in frame_of(app)
            await pilot.press("escape", "minus")
            await until(pilot, lambda: any("a[/b]" in text for text in said(app)))
            desk.denial = Denied(DenialReason.INVALID_WATCHLIST, "no [/x] here")
            await pilot.press("minus")
            await until(pilot, lambda: "no [/x] here" in said(app))
            await pilot.press("W", "r")
            await until(pilot, lambda: "a[/b]" in str(note(app)))

    async def test_lines_of_a_sorted_list_stay_where_they_are(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("z", "J")
            await until(pilot, lambda: any(each.title == "Sorted" for each in app._notifications))
            assert not any(isinstance(each, MoveInWatchlist) for each in desk.submitted)

    async def test_plus_finds_a_market_and_puts_it_on_the_list(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("w")
            await until(pilot, lambda: "MAJORS" in head(app))
            await pilot.press("plus", "s", "o", "l")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and found(app) == 1)
            await pilot.press("enter")
            await until(pilot, lambda: AddToWatchlist("Majors", SOL) in desk.submitted)
            await until(pilot, lambda: Follow(SOL, Timeframe.M1) in desk.submitted)

    async def test_plus_on_a_market_of_the_list_brings_cursor_and_book_to_it(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("plus", "s", "o", "l")
            await until(pilot, lambda: isinstance(app.screen, MarketSearch) and found(app) == 1)
            await pilot.press("enter")
            await until(pilot, lambda: Follow(SOL, Timeframe.M1) in desk.submitted)
            assert selected(app) == SOL


def selected(app: DeskApp) -> str | None:
    return app.screen.query_one(QuoteGrid).selected


def said(app: DeskApp) -> list[str]:
    return [each.message for each in app._notifications]


def frame_of(app: DeskApp) -> str:
    return Content.from_markup(app.screen.query_one(".modal").border_title or "").plain


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
            await until(pilot, lambda: MakeWatchlist("Mine", (ETH,)) in desk.submitted)
            desk.show(a_view(watchlists=(Watchlist("Main", MAIN), Watchlist("Mine", (ETH,)))))
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen) and "MINE" in head(app))

    async def test_a_name_that_is_taken_overwrites_nothing(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("n", *"Main", "enter")
            await until(pilot, lambda: "there is a watchlist Main" in str(note(app)))
            assert not any(isinstance(each, MakeWatchlist) for each in desk.submitted)

    async def test_enter_shows_the_list_under_the_cursor(self) -> None:
        async with opened() as (app, pilot, _):
            await pilot.press("W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("down", "enter")
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen) and "MAJORS" in head(app))

    async def test_d_asks_by_name_and_a_yes_deletes(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("down", "d")
            await until(pilot, lambda: isinstance(app.screen, Confirm) and "Delete the watchlist Majors?" in asked(app))
            await pilot.press("n")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen))
            assert desk.submitted == []
            desk.denial = Denied(DenialReason.INVALID_WATCHLIST, "Majors is the last watchlist; it stays")
            await pilot.press("d", "y")
            await until(pilot, lambda: desk.submitted == [DeleteWatchlist("Majors")] and "it stays" in str(note(app)))

    async def test_the_cursor_stays_with_its_list_when_another_desk_deletes_one(self) -> None:
        lists = tuple(Watchlist(name, (BTC,)) for name in ("Main", "l1", "l2", "l3"))
        async with opened(a_view(watchlists=lists)) as (app, pilot, desk):
            await pilot.press("W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("down", "down")
            desk.show(a_view(watchlists=(lists[0], *lists[2:])))
            await until(pilot, lambda: app.screen.query_one(OptionList).option_count == 3)
            await pilot.press("d", "y")
            await until(pilot, lambda: desk.submitted == [DeleteWatchlist("l2")])

    async def test_r_gives_the_list_under_the_cursor_another_name(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("W")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and app.focused is not None)
            await pilot.press("down", "r", *"Two", "enter")
            await until(pilot, lambda: desk.submitted == [RenameWatchlist("Majors", "Two")])
            desk.show(a_view(watchlists=(Watchlist("Main", MAIN), Watchlist("Two", (BTC, ETH)))))
            await until(pilot, lambda: "Majors is Two now" in str(note(app)))
            await pilot.press("enter")
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen) and "TWO" in head(app))

    async def test_r_on_the_quotes_screen_renames_the_list_that_is_shown_and_it_stays_shown(self) -> None:
        async with opened() as (app, pilot, desk):
            await pilot.press("w", "r")
            await until(pilot, lambda: isinstance(app.screen, WatchlistsScreen) and isinstance(app.focused, Input))
            await pilot.press(*"Main", "enter")
            await until(pilot, lambda: "there is a watchlist Main" in str(note(app)))
            await pilot.press("2", "enter")
            await until(pilot, lambda: desk.submitted[-1] == RenameWatchlist("Majors", "Main2"))
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, QuotesScreen) and "MAJORS" in head(app))
            desk.show(a_view(watchlists=(Watchlist("Main", MAIN), Watchlist("Main2", (BTC, ETH)))))
            await until(pilot, lambda: "MAIN2" in head(app))


def asked(app: DeskApp) -> str:
    return str(app.screen.query_one(".question").render())


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
