"""Changing the market in place."""

from __future__ import annotations

from dataclasses import replace

import pytest

from fks_engine.api import Connection, DenialReason, Denied, Follow, Timeframe
from fks_tui.messages import MarketRequested
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.widgets.quote_grid import QuoteGrid
from tests.desk_views import BTC, ETH, PEPE, SOL, a_focus, a_view, an_empty_view, an_engine
from tests.tui.ladder_views import a_ladder_view, opened
from tests.tui.pilots import until

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
