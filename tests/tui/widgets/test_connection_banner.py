"""The line that says what is wrong."""

from __future__ import annotations

import pytest

from fks_engine.api import Connection, TradingState
from fks_tui.widgets.connection_banner import ConnectionBanner
from tests.desk_views import a_view, an_engine
from tests.tui.widgets.panes import PaneApp, text_of

pytestmark = pytest.mark.anyio
LONG = "the market stream was closed by the exchange (code 1006, abnormal closure), trying again in 8 seconds, try 4"


async def said(detail: str, width: int) -> str:
    banner = ConnectionBanner()
    async with PaneApp(banner).run_test(size=(width, 1)) as pilot:
        banner.show(a_view(engine=an_engine(connection=Connection.DISCONNECTED, detail=detail, oldest_data_age_s=42.0)))
        await pilot.pause()
        return text_of(banner)[0]


async def test_the_cause_comes_first_where_all_of_it_has_room() -> None:
    assert await said("connecting", 80) == " DISCONNECTED  connecting · data is 42s old"


@pytest.mark.parametrize("width", [40, 80, 100])
async def test_where_room_is_short_the_age_stays_and_the_cut_is_seen(width: int) -> None:
    text = await said(LONG, width)
    assert text.startswith(" DISCONNECTED  data is 42s old")
    assert text.endswith("…")
    assert len(text) <= width


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (TradingState.ACTIVE, " NOTHING IS SENT  cancels pass · journal: the disk is full"),
        (TradingState.HALTED, " TRADING HALTED  loss limit · journal: the disk is full"),
    ],
)
async def test_a_journal_that_takes_nothing_has_its_own_word_under_a_live_market(
    state: TradingState, words: str
) -> None:
    banner = ConnectionBanner()
    async with PaneApp(banner).run_test(size=(100, 1)) as pilot:
        engine = an_engine(trading_state=state, trading_state_reason="loss limit", journal_fault="the disk is full")
        banner.show(a_view(engine=engine))
        await pilot.pause()
        assert text_of(banner)[0] == words
