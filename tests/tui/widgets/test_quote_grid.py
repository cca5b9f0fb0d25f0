"""The watchlist."""

from __future__ import annotations

from decimal import Decimal

import pytest
from textual.message import Message

from fks_tui.widgets.quote_columns import MarkedQuote, fitting, written
from fks_tui.widgets.quote_grid import QuoteGrid
from tests.desk_views import BTC, ETH, PEPE, SOL, a_quote_row
from tests.tui.widgets.panes import PaneApp, Repaints, text_of

pytestmark = pytest.mark.anyio
D = Decimal
ROWS = tuple(a_quote_row(each) for each in (BTC, ETH, SOL, PEPE))


class TestRepainting:
    async def test_a_changed_quote_repaints_its_line_only(self) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12)) as pilot:
            grid.show(ROWS, "")
            await pilot.pause()
            repaints = Repaints(grid)
            grid.show((*ROWS[:2], a_quote_row(SOL, D("149.01")), ROWS[3]), "")
            await pilot.pause()
            assert repaints.lines == {4}
            assert len(repaints.made) == 1
            assert "149.01 ▲" in repaints.made[0]

    async def test_a_move_of_the_cursor_repaints_two_lines_and_the_head(self) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12)) as pilot:
            grid.show(ROWS, "")
            grid.focus()
            await pilot.pause()
            repaints = Repaints(grid)
            await pilot.press("down")
            await pilot.pause()
            assert repaints.lines == {0, 2, 3}


class TestDirection:
    def test_a_rise_points_up_and_is_marked_for_one_picture(self) -> None:
        quote = MarkedQuote.first(a_quote_row(BTC, D("64000.00"))).followed_by(a_quote_row(BTC, D("64000.01")))
        assert (quote.arrow, quote.moved) == ("▲", True)
        later = quote.followed_by(quote.row)
        assert (later.arrow, later.moved) == ("▲", False)

    def test_a_fall_points_down(self) -> None:
        quote = MarkedQuote.first(a_quote_row(BTC, D("64000.00"))).followed_by(a_quote_row(BTC, D("63999.99")))
        assert quote.arrow == "▼"

    def test_a_price_keeps_the_decimals_it_once_had(self) -> None:
        quote = MarkedQuote.first(a_quote_row(BTC, last=D("64000.01")))
        round_price = a_quote_row(BTC, bid=D("63990"), ask=D("64010"), last=D("64000"))
        assert written(quote.followed_by(round_price)).cells[1][0].startswith("64000.00")

    def test_an_unchanged_quote_is_not_written_again(self) -> None:
        quote = MarkedQuote.first(ROWS[0])
        assert quote.followed_by(a_quote_row(BTC)) is quote


class TestColumns:
    def test_the_least_important_columns_give_way(self) -> None:
        lines = [written(MarkedQuote.first(row)) for row in ROWS]
        narrow = [number for number, _ in fitting(lines, 40)]
        wide = [number for number, _ in fitting(lines, 120)]
        assert set(narrow) < set(wide)
        assert len(wide) == 10
        assert narrow == [0, 1, 2, 9]

    def test_columns_never_take_more_than_there_is(self) -> None:
        lines = [written(MarkedQuote.first(row)) for row in ROWS]
        for width in range(1, 140):
            assert sum(room + 1 for _, room in fitting(lines, width)) <= width

    def test_a_stale_quote_says_its_age_aloud(self) -> None:
        cells = written(MarkedQuote.first(a_quote_row(BTC, stale=True, age_s=42.0))).cells
        assert cells[-1] == ("!42s", "stale")
        assert {style for _, style in cells[:-1]} == {"dim"}

    def test_a_market_without_a_quote_is_dashes(self) -> None:
        row = a_quote_row(
            BTC, bid=None, ask=None, bid_size=None, ask_size=None, last=None, change=None, quote_volume=None, age_s=None
        )
        assert {text.strip() for text, _ in written(MarkedQuote.first(row)).cells[1:]} == {"–"}


class TestCursor:
    @pytest.mark.parametrize(
        ("keys", "selected"),
        [
            (("down",), ETH),
            (("j", "j"), SOL),
            (("end",), PEPE),
            (("end", "up"), SOL),
            (("end", "home"), BTC),
            (("pagedown",), PEPE),
            (("pagedown", "pageup"), BTC),
            (("up",), BTC),
        ],
    )
    async def test_keys_move_it(self, keys: tuple[str, ...], selected: str) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12)) as pilot:
            grid.show(ROWS, "")
            grid.focus()
            await pilot.press(*keys)
            assert grid.selected == selected

    async def test_it_stays_on_its_market_when_rows_move(self) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12)) as pilot:
            grid.show(ROWS, "")
            grid.select(SOL)
            grid.show((ROWS[2], *ROWS[:2], ROWS[3]), "")
            await pilot.pause()
            assert grid.selected == SOL
            assert text_of(grid)[2].startswith("▸ SOL/USDT")

    async def test_a_short_pane_scrolls_with_it(self) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 4)) as pilot:
            grid.show(ROWS, "")
            grid.focus()
            await pilot.press("end")
            await pilot.pause()
            assert [line.split()[0] for line in text_of(grid)[2:]] == ["SOL/USDT", "▸"]
            await pilot.press("home")
            await pilot.pause()
            assert text_of(grid)[2].startswith("▸ BTC/USDT")

    async def test_a_click_chooses_a_market(self) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12)) as pilot:
            grid.show(ROWS, "")
            await pilot.pause()
            await pilot.click(grid, offset=(5, 4))
            assert grid.selected == SOL

    async def test_it_tells_when_it_came_to_another_market_and_only_then(self) -> None:
        told: list[Message] = []
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12), message_hook=told.append) as pilot:
            grid.show(ROWS, "")
            grid.focus()
            await pilot.press("down", "up", "up", "enter")
            await pilot.pause()
        highlighted = [each.instrument_id for each in told if isinstance(each, QuoteGrid.Highlighted)]
        chosen = [each.instrument_id for each in told if isinstance(each, QuoteGrid.Chosen)]
        assert [*dict.fromkeys(highlighted)] == [BTC, ETH]
        assert set(chosen) == {BTC}


class TestFilter:
    @pytest.mark.parametrize("text", ["so", "SOL/", "solusdt", " sol "])
    async def test_it_finds_a_market_by_a_part_of_its_name(self, text: str) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12)) as pilot:
            grid.show(ROWS, "")
            grid.filter(text)
            await pilot.pause()
            assert grid.count == 1
            assert grid.selected == SOL

    async def test_what_matches_nothing_says_so(self) -> None:
        app = PaneApp(grid := QuoteGrid())
        async with app.run_test(size=(60, 12)) as pilot:
            grid.show(ROWS, "")
            grid.filter("zzz")
            await pilot.pause()
            assert "No market with “ZZZ”" in " ".join(text_of(grid))
            grid.filter("")
            assert grid.count == 4
