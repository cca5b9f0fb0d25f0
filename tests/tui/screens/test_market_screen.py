"""Changing the market in place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fks_engine.api import (
    Accepted,
    Command,
    Connection,
    DenialReason,
    Denied,
    Follow,
    InstrumentId,
    Timeframe,
    Watchlist,
)
from fks_tui.app import DeskApp
from fks_tui.layout import LayoutKeeper
from fks_tui.messages import MarketRequested
from fks_tui.options import DeskOptions
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.widgets.quote_grid import QuoteGrid
from tests.desk_views import BTC, ETH, PEPE, SOL, a_focus, a_view, an_empty_view, an_engine
from tests.fake_desk import FakeDesk
from tests.tui.ladder_views import a_ladder_view, opened
from tests.tui.pilots import desk_app, until

pytestmark = pytest.mark.anyio


async def test_n_goes_through_the_watchlist_both_ways_and_says_what_is_on_its_way() -> None:
    async with opened() as ladder:
        await ladder.press("n", "n", "N", "N", "N")
        await until(ladder.pilot, lambda: len(ladder.desk.submitted) == 5)
        asked = [each.instrument_id for each in ladder.desk.submitted if isinstance(each, Follow)]
        assert asked == [ETH, SOL, ETH, BTC, PEPE]
        await until(ladder.pilot, lambda: "→ PEPE/USDT …" in ladder.head)
        await ladder.shows(a_view(focus=a_focus(PEPE)))
        assert "→" not in ladder.head
        assert "PEPE/USDT" in ladder.head


async def test_n_stays_within_the_list_that_is_shown() -> None:
    async with opened() as ladder:
        ladder.screen.options.layout.note(watchlist="Majors")
        await ladder.press("n", "n", "N")
        await until(ladder.pilot, lambda: len(ladder.desk.submitted) == 3)
        assert [each.instrument_id for each in ladder.desk.submitted if isinstance(each, Follow)] == [ETH, BTC, ETH]


async def test_the_ladders_market_is_what_the_next_desk_opens_with() -> None:
    async with opened() as ladder:
        await ladder.press("n")
        await ladder.shows(a_view(focus=a_focus(ETH)))
        kept = ladder.app.options.layout
        assert kept.now.market == ETH
    starting = replace(an_empty_view(), quotes=())
    for mode in ("ladder", "quotes"):
        kept.note(mode=mode)
        app, desk = desk_app(starting, layout=kept)
        async with app.run_test() as pilot:
            await until(pilot, lambda app=app, mode=mode: app.current_mode == mode)  # type: ignore[misc]
            desk.show(a_view(focus=None, watchlists=(Watchlist("One", (BTC,)),)))
            await until(pilot, lambda desk=desk: desk.submitted == [Follow(ETH, Timeframe.M1)])  # type: ignore[misc]


GONE = InstrumentId("binance:GONE/USDT")


class WithoutGone(FakeDesk):
    """A desk on an exchange that lists one market no more."""

    async def submit(self, command: Command) -> Accepted | Denied:
        answer = await super().submit(command)
        is_gone = isinstance(command, Follow) and command.instrument_id == GONE
        return Denied(DenialReason.UNKNOWN_INSTRUMENT, "GONE is not listed") if is_gone else answer


@pytest.mark.parametrize("mode", ["ladder", "quotes"])
async def test_a_kept_market_that_is_listed_no_more_gives_way_to_the_first_without_a_word(mode: str) -> None:
    kept = LayoutKeeper()
    kept.note(mode=mode, market=GONE)
    desk = WithoutGone(replace(an_empty_view(), quotes=()))
    app = DeskApp(desk, options=DeskOptions(heartbeat_s=3600.0, layout=kept))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.current_mode == mode)
        desk.show(a_view(focus=None))
        await until(pilot, lambda: desk.submitted == [Follow(GONE, Timeframe.M1), Follow(BTC, Timeframe.M1)])
        assert not any("GONE" in each.message for each in app._notifications)


async def test_a_look_at_the_quotes_leaves_a_market_of_no_list_on_the_ladder() -> None:
    async with opened() as ladder:
        view = a_ladder_view(focus=a_focus(SOL), watchlists=(Watchlist("One", (BTC,)),))
        await ladder.shows(view)
        await ladder.press("f2")
        await until(ladder.pilot, lambda: isinstance(ladder.app.screen, QuotesScreen))
        ladder.desk.show(view)
        grid = ladder.app.screen.query_one(QuoteGrid)
        await until(ladder.pilot, lambda: "SOL/USDT not among these 1" in grid.render_line(0).text)
        assert not [each for each in ladder.desk.submitted if isinstance(each, Follow)]


async def test_a_refused_market_is_not_waited_for() -> None:
    async with opened() as ladder:
        ladder.desk.denial = Denied(DenialReason.UNKNOWN_INSTRUMENT, "there is no such market")
        await ladder.press("n")
        await until(ladder.pilot, lambda: "→" not in ladder.head and ladder.screen.wanted is None)


async def test_a_market_that_is_asked_for_elsewhere_opens_on_the_ladder() -> None:
    async with opened() as ladder:
        ladder.screen.post_message(MarketRequested(SOL))
        await until(ladder.pilot, lambda: ladder.desk.submitted == [Follow(SOL, Timeframe.M1)])
        assert ladder.app.screen is ladder.screen


async def test_an_engine_that_is_back_is_asked_for_the_market_again() -> None:
    async with opened() as ladder:
        await ladder.shows(replace(an_empty_view(), engine=an_engine(connection=Connection.DISCONNECTED, is_gone=True)))
        await ladder.shows(an_empty_view())
        await until(ladder.pilot, lambda: ladder.desk.submitted == [Follow(BTC, Timeframe.M1)])


async def test_the_quotes_screen_goes_along() -> None:
    async with opened() as ladder:
        await ladder.shows(a_ladder_view(focus=a_focus(SOL)))
        await ladder.press("f2")
        await until(ladder.pilot, lambda: isinstance(ladder.app.screen, QuotesScreen))
        await until(ladder.pilot, lambda: ladder.app.screen.query_one(QuoteGrid).selected == SOL)
