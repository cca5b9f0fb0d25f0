"""The Quotes screen: what it shows, what its keys ask the desk for, and its snapshots."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from textual.events import Key
from textual.widgets import Input

from fks_engine.api import (
    CandlesRequest,
    ConnectionLost,
    DenialReason,
    Denied,
    Follow,
    OrderType,
    Refused,
    Side,
    SubmitOrder,
    Timeframe,
)
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from fks_tui.screens import quotes
from fks_tui.screens.order_ticket import OrderTicket
from fks_tui.screens.quotes import QuotesScreen
from fks_tui.widgets.book_ladder import BookLadder
from fks_tui.widgets.candle_chart import CandleChart
from fks_tui.widgets.connection_banner import ConnectionBanner
from fks_tui.widgets.quote_grid import QuoteGrid
from fks_tui.widgets.trade_tape import TradeTape
from tests.desk_views import (
    BTC,
    ETH,
    PEPE,
    SOL,
    a_disconnected_view,
    a_focus,
    a_quote_row,
    a_stale_view,
    a_view,
    an_empty_view,
)
from tests.fake_desk import FakeDesk
from tests.tui.pilots import LARGE, SMALL, desk_app, until
from tests.tui.widgets.panes import Repaints, text_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from fks_engine.api import DeskView, Page, Request
    from fks_tui.screens.quit import Farewell


def chart_is_drawn(app: DeskApp) -> bool:
    """Whether the history has come."""
    return "┃" in "".join(text_of(app.screen.query_one(CandleChart)))


class TestSnapshots:
    def test_prices_that_moved(self, snap_compare: Callable[..., bool]) -> None:
        app, desk = desk_app(a_view())

        async def moved(pilot: Pilot[Farewell]) -> None:
            await until(pilot, lambda: chart_is_drawn(app))
            rows = (
                a_quote_row(BTC, Decimal("64000.05")),
                a_quote_row(ETH, Decimal("2499.10")),
                *desk.view().quotes[2:],
            )
            desk.show(replace(desk.view(), quotes=rows, focus=a_focus(own_bids={"63999.97": Decimal("0.1")})))
            await until(pilot, lambda: "▲" in text_of(app.screen.query_one(QuoteGrid))[2])

        assert snap_compare(app, terminal_size=SMALL, run_before=moved)

    def test_tape_instead_of_chart(self, snap_compare: Callable[..., bool]) -> None:
        app, _ = desk_app(a_view())

        async def settled(pilot: Pilot[Farewell]) -> None:
            await until(pilot, lambda: chart_is_drawn(app))

        assert snap_compare(app, press=["v"], terminal_size=SMALL, run_before=settled)

    def test_light_theme(self, snap_compare: Callable[..., bool]) -> None:
        app, _ = desk_app(a_view(), theme="fks-light")

        async def settled(pilot: Pilot[Farewell]) -> None:
            await until(pilot, lambda: chart_is_drawn(app))

        assert snap_compare(app, terminal_size=(120, 36), run_before=settled)


@pytest.mark.anyio
class TestFollowing:
    async def test_a_desk_that_follows_nothing_follows_the_first_market(self) -> None:
        app, desk = desk_app(a_view(focus=None))
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: desk.submitted == [Follow(BTC, Timeframe.M1)])

    async def test_the_cursor_begins_at_what_the_engine_follows(self) -> None:
        app, desk = desk_app(a_view(focus=a_focus(SOL)))
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: app.screen.query_one(QuoteGrid).selected == SOL)
            assert desk.submitted == []

    async def test_only_the_market_on_which_the_cursor_rests_is_followed(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            grid = app.screen.query_one(QuoteGrid)
            await until(pilot, lambda: grid.count == 4)
            for row in (1, 2, 3):
                grid.move_to(row)
            await until(pilot, lambda: bool(desk.submitted))
            assert desk.submitted == [Follow(PEPE, Timeframe.M1)]

    async def test_enter_follows_at_once(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("enter")
            await until(pilot, lambda: desk.submitted == [Follow(BTC, Timeframe.M1)])

    async def test_the_ladder_names_the_market_that_is_on_its_way(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("j")
            await until(pilot, lambda: "→ ETH/USDT" in text_of(app.screen.query_one(BookLadder))[0])
            desk.show(a_view(focus=a_focus(ETH)))
            await until(pilot, lambda: "→" not in text_of(app.screen.query_one(BookLadder))[0])

    async def test_a_denied_follow_is_a_toast(self) -> None:

        app, desk = desk_app()
        desk.denial = Denied(DenialReason.UNKNOWN_INSTRUMENT, "there is no such market")
        async with app.run_test(size=SMALL, notifications=True) as pilot:
            await pilot.press("enter")
            await until(pilot, lambda: [each.message for each in app._notifications] == ["there is no such market"])
            assert "→" not in text_of(app.screen.query_one(BookLadder))[0]

    async def test_an_engine_that_is_back_is_told_again_what_to_follow(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("j")
            await until(pilot, lambda: desk.submitted == [Follow(ETH, Timeframe.M1)])
            desk.show(a_disconnected_view())
            await until(pilot, lambda: app.screen.query_one(ConnectionBanner).display)
            desk.show(a_view())
            await until(pilot, lambda: desk.submitted == [Follow(ETH, Timeframe.M1)] * 2)


class AskingDesk(FakeDesk):
    """Remembers what was asked, and answers with `answer` where it is set."""

    def __init__(self, view: DeskView) -> None:
        super().__init__(view)
        self.asked: list[Request] = []
        self.answer: Page | ConnectionLost | None = None

    async def query(self, request: Request) -> Page:
        self.asked.append(request)
        if isinstance(self.answer, ConnectionLost):
            raise self.answer
        return self.answer or await super().query(request)


def asking_app(view: DeskView) -> tuple[DeskApp, AskingDesk]:
    desk = AskingDesk(view)
    return DeskApp(desk, options=DeskOptions(theme="fks-dark", heartbeat_s=0.2)), desk


@pytest.mark.anyio
class TestCandles:
    async def test_history_is_asked_for_once_per_market_and_timeframe(self) -> None:
        app, desk = asking_app(a_view())
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: chart_is_drawn(app))
            desk.show(a_view(focus=a_focus(timeframe=Timeframe.H1)))
            await until(pilot, lambda: len(desk.asked) == 2)
            desk.show(a_view(focus=a_focus(timeframe=Timeframe.H1)))
            await pilot.pause()
        asked = [(each.instrument_id, each.timeframe) for each in desk.asked if isinstance(each, CandlesRequest)]
        assert asked == [(BTC, Timeframe.M1), (BTC, Timeframe.H1)]

    async def test_a_new_candle_fetches_the_history_again(self) -> None:
        app, desk = asking_app(a_view())
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: chart_is_drawn(app))
            forming = a_focus().candle
            assert forming is not None
            later = replace(forming, ts_open=forming.ts_open + 60_000_000_000)
            desk.show(a_view(focus=a_focus(candle=later)))
            await until(pilot, lambda: len(desk.asked) == 2)

    async def test_a_refusal_is_said_in_the_chart(self) -> None:
        app, desk = asking_app(a_view())
        desk.answer = Refused("candles are not to be had: the exchange does not answer")
        async with app.run_test(size=LARGE) as pilot:
            await until(
                pilot,
                lambda: "the exchange does not answer" in " ".join(text_of(app.screen.query_one(CandleChart))),
            )

    async def test_after_a_refusal_the_history_is_asked_for_again(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(quotes, "ASK_AGAIN_S", 0.0)
        app, desk = asking_app(a_view())
        desk.answer = Refused("candles are not to be had: 503")
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: len(desk.asked) >= 2)
            desk.answer = None
            await until(pilot, lambda: chart_is_drawn(app))
            asked = len(desk.asked)
            desk.show(a_view())
            await pilot.pause(0.2)
            assert len(desk.asked) == asked

    async def test_a_lost_engine_is_asked_again_once_it_is_back(self) -> None:
        app, desk = asking_app(a_view())
        desk.answer = ConnectionLost("engine gone")
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: len(desk.asked) >= 2)
            desk.answer = None
            await until(pilot, lambda: chart_is_drawn(app))

    @pytest.mark.parametrize(
        ("keys", "timeframe"),
        [("]", Timeframe.M5), (".", Timeframe.M5), ("]]]", Timeframe.H1), ("]]]]]]]]", Timeframe.D1)],
    )
    async def test_brackets_change_the_timeframe(self, keys: str, timeframe: Timeframe) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press(*keys)
            await until(pilot, lambda: bool(desk.submitted) and desk.submitted[-1] == Follow(BTC, timeframe))

    async def test_the_shortest_timeframe_stays(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("[")
            await pilot.pause()
            assert desk.submitted == []


@pytest.mark.anyio
class TestTickets:
    @pytest.mark.parametrize(("key", "side"), [("b", Side.BUY), ("s", Side.SELL)])
    async def test_a_key_opens_a_ticket_of_the_market_under_the_cursor(self, key: str, side: Side) -> None:
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("down", key)
            assert isinstance(app.screen, OrderTicket)
            await pilot.press("1")
            await until(pilot, lambda: desk.previewed[-1].quantity == 1)
            assert (desk.previewed[-1].instrument_id, desk.previewed[-1].side) == (ETH, side)

    async def test_without_a_market_there_is_none(self) -> None:
        app, _ = desk_app(an_empty_view())
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("b")
            assert isinstance(app.screen, QuotesScreen)

    async def test_in_the_filter_a_letter_is_a_letter(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.press("/", "b", "t", "s")
            await until(pilot, lambda: app.screen.query_one(Input).value == "bts")
            assert isinstance(app.screen, QuotesScreen)

    async def test_what_is_typed_in_one_burst_goes_where_it_belongs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(OrderTicket, "READING_S", 3600.0)
        app, desk = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await until(pilot, lambda: app.screen.query_one(QuoteGrid).selected == BTC)
            for key in ("b", *"0.05", "tab", "ctrl+u", *"50000", "enter", "enter"):
                character = key if len(key) == 1 else None
                app.post_message(Key(key if key != "." else "full_stop", character))
            await until(pilot, lambda: isinstance(app.screen, OrderTicket) and "reviewing" in app.screen.stage.value)
            expected = SubmitOrder(
                instrument_id=BTC,
                side=Side.BUY,
                order_type=OrderType.LIMIT,
                quantity=Decimal("0.05000"),
                limit_price=Decimal("50000.00"),
                origin="ticket",
            )
            assert desk.previewed[-1] == expected
            assert not [each for each in desk.submitted if isinstance(each, SubmitOrder)]


@pytest.mark.anyio
class TestFilter:
    async def test_it_narrows_while_it_is_typed_and_enter_keeps_it(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            grid = app.screen.query_one(QuoteGrid)
            await pilot.press("slash", "s", "o")
            await until(pilot, lambda: grid.count == 1 and grid.selected == SOL)
            await pilot.press("enter")
            await until(pilot, lambda: grid.has_focus)
            assert grid.count == 1

    async def test_escape_shows_all_markets_again(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            grid = app.screen.query_one(QuoteGrid)
            await pilot.press("slash", "s", "o", "enter", "escape")
            await until(pilot, lambda: grid.count == 4 and grid.has_focus)
            assert grid.selected == SOL
            assert not app.screen.query_one(Input).value


@pytest.mark.anyio
class TestLayout:
    async def test_a_small_terminal_shows_chart_or_tape_and_a_large_one_both(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            chart, tape = app.screen.query_one(CandleChart), app.screen.query_one(TradeTape)
            await until(pilot, lambda: chart.display and not tape.display)
            await pilot.press("v")
            await until(pilot, lambda: tape.display and not chart.display)
            await pilot.resize_terminal(*LARGE)
            await until(pilot, lambda: tape.display and chart.display)

    async def test_every_pane_has_room_at_eighty_columns(self) -> None:
        app, _ = desk_app()
        async with app.run_test(size=SMALL) as pilot:
            await pilot.pause()
            assert app.screen.query_one(QuoteGrid).size.height >= 9
            assert app.screen.query_one(BookLadder).size.height >= 20
            assert app.screen.query_one(CandleChart).size.height >= 9

    @pytest.mark.parametrize("size", [(20, 5), (40, 10), (1, 1), (300, 100)])
    async def test_odd_sizes_do_not_break_it(self, size: tuple[int, int]) -> None:
        app, desk = desk_app()
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            desk.show(a_stale_view())
            await pilot.pause()


@pytest.mark.anyio
class TestPictures:
    async def test_an_unchanged_picture_repaints_nothing(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=LARGE) as pilot:
            await until(pilot, lambda: chart_is_drawn(app))
            panes = [app.screen.query_one(each) for each in (QuoteGrid, BookLadder, TradeTape)]
            repaints = [Repaints(each) for each in panes]
            number = desk.view().number
            desk.show(replace(desk.view(), ts=desk.view().ts + 1_000_000_000))
            await until(pilot, lambda: desk.view().number > number)
            await pilot.pause()
            assert [each.lines for each in repaints] == [set(), set(), set()]

    async def test_one_changed_quote_repaints_one_line_of_one_pane(self) -> None:
        app, desk = desk_app()
        async with app.run_test(size=LARGE) as pilot:
            await until(pilot, lambda: chart_is_drawn(app))
            grid, ladder = app.screen.query_one(QuoteGrid), app.screen.query_one(BookLadder)
            painted, untouched = Repaints(grid), Repaints(ladder)
            rows = desk.view().quotes
            desk.show(replace(desk.view(), quotes=(*rows[:1], a_quote_row(ETH, Decimal("2500.01")), *rows[2:])))
            await until(pilot, lambda: bool(painted.made))
            assert painted.lines == {3}
            assert untouched.lines == set()

    async def test_a_lost_engine_leaves_nothing_looking_live(self) -> None:
        app, desk = desk_app()
        gone = replace(a_view(), engine=a_disconnected_view().engine)
        async with app.run_test(size=SMALL) as pilot:
            desk.show(gone)
            banner = app.screen.query_one(ConnectionBanner)
            await until(pilot, lambda: bool(text_of(banner)))
            assert "engine gone (pid 4242): reconnecting, try 3" in text_of(banner)[0]
            grid, ladder = app.screen.query_one(QuoteGrid), app.screen.query_one(BookLadder)
            await until(pilot, lambda: all("!" in line for line in text_of(grid)[2:]))
            assert "STALE" in text_of(ladder)[0]
            desk.show(a_view())
            await until(pilot, lambda: not banner.display)


@pytest.mark.anyio
async def test_a_ticket_that_cannot_be_opened_says_why() -> None:
    app, _ = desk_app(an_empty_view())
    async with app.run_test(size=SMALL) as pilot:
        await pilot.press("b")
        await until(pilot, lambda: any("loading instruments" in each.message for each in app._notifications))
        assert not isinstance(app.screen, OrderTicket)
