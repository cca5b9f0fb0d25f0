"""The ladder's lines: still prices, a window, a cursor, and few repaints."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from textual.pilot import Pilot

from fks_engine.api import FocusView, Level
from fks_tui.ladder_picture import LadderSource
from fks_tui.widgets.price_ladder import PriceLadder
from tests.desk_views import ETH, a_focus, a_position
from tests.tui.ladder_views import OURS
from tests.tui.widgets.panes import PaneApp, Repaints, text_of

pytestmark = pytest.mark.anyio
D = Decimal


def a_focus_at(mid: str) -> FocusView:
    bids = tuple(Level(D(mid) - D("0.01") * n, D("0.5")) for n in range(1, 21))
    asks = tuple(Level(D(mid) + D("0.01") * n, D("0.5")) for n in range(1, 21))
    return a_focus(bids=bids, asks=asks)


@asynccontextmanager
async def shown(
    source: LadderSource | None, size: tuple[int, int] = (50, 18)
) -> AsyncIterator[tuple[PriceLadder, Pilot[None]]]:
    ladder = PriceLadder()
    async with PaneApp(ladder).run_test(size=size) as pilot:
        ladder.focus()
        ladder.show(source, empty=("No book yet", "waiting for BTC/USDT"))
        await pilot.pause()
        yield ladder, pilot


def line_of(ladder: PriceLadder, price: str) -> str:
    return next((line for line in text_of(ladder)[1:] if price in line), "")


class TestLines:
    async def test_our_orders_the_touch_and_the_position_stand_at_their_prices(self) -> None:
        position = a_position(average_price=D("63999.94"), break_even=D("64000.07"))
        async with shown(LadderSource(focus=a_focus(), orders=OURS, position=position)) as (ladder, _):
            assert line_of(ladder, "64000.08").split() == ["!0.10000", "64000.08", "1.37500"]
            assert line_of(ladder, "64000.07").split() == ["E", "64000.07", "1.25000"]
            assert line_of(ladder, "64000.05").split() == ["64000.05", "1.00000", "x0.10000"]
            assert line_of(ladder, "63999.99").split() == ["0.50000", "63999.99▼"]
            assert line_of(ladder, "63999.97").split() == ["P0.05000", "0.70000", "63999.97"]
            assert line_of(ladder, "63999.95").split() == ["2×0.3000", "0.90000", "63999.95"]
            assert line_of(ladder, "63999.94").split() == ["1.00000", "A", "63999.94"]
            assert line_of(ladder, "63999.93").split() == ["1.10000", "63999.93", "!0.10000"]

    async def test_the_cursor_is_told_by_its_glyphs(self) -> None:
        async with shown(LadderSource(focus=a_focus())) as (ladder, _):
            assert [line for line in text_of(ladder) if "▸" in line] == [line_of(ladder, "64000.00")]

    async def test_beyond_the_known_depth_nothing_is_called_empty(self) -> None:
        async with shown(LadderSource(focus=a_focus(levels=4))) as (ladder, _):
            assert line_of(ladder, "63999.95").split() == ["·", "63999.95"]

    async def test_an_empty_book_says_what_it_waits_for(self) -> None:
        async with shown(None) as (ladder, _):
            assert "waiting for BTC/USDT" in " ".join(text_of(ladder))
            assert (ladder.price, ladder.grid) == (None, None)


class TestWindow:
    async def test_prices_stand_still_while_the_market_moves(self) -> None:
        async with shown(LadderSource(focus=a_focus())) as (ladder, _):
            before = ladder.window
            ladder.show(LadderSource(focus=a_focus_at("64000.04")))
            assert ladder.window == before
            assert ladder.price == D("64000.00")

    async def test_a_touch_that_leaves_the_window_brings_it_along_but_not_the_cursor(self) -> None:
        async with shown(LadderSource(focus=a_focus())) as (ladder, pilot):
            ladder.show(LadderSource(focus=a_focus_at("64005.00")))
            assert line_of(ladder, "64005.00")
            assert (ladder.price, ladder.hidden_price) == (None, D("64000.00"))
            await pilot.press("home")
            assert ladder.price == D("64005.00")

    @pytest.mark.parametrize("how", ["held", "fixed"])
    async def test_a_held_or_fixed_window_stays(self, how: str) -> None:
        async with shown(LadderSource(focus=a_focus())) as (ladder, pilot):
            if how == "held":
                ladder.held = True
            else:
                await pilot.press("v")
            ladder.show(LadderSource(focus=a_focus_at("64005.00")))
            assert ladder.price == D("64000.00")

    async def test_another_market_begins_anew(self) -> None:
        async with shown(LadderSource(focus=a_focus())) as (ladder, _):
            ladder.show(LadderSource(focus=a_focus(ETH)))
            assert ladder.price == D("2500.00")


class TestCursor:
    @pytest.mark.parametrize(
        ("keys", "price"),
        [
            ("up", "64000.01"),
            ("j", "63999.99"),
            ("pageup", "64000.10"),
            ("pagedown", "63999.90"),
            ("pagedown k home", "64000.00"),
            ("down space", "64000.00"),
        ],
    )
    async def test_keys_move_it_and_the_window_goes_along(self, keys: str, price: str) -> None:
        async with shown(LadderSource(focus=a_focus())) as (ladder, pilot):
            await pilot.press(*keys.split())
            assert ladder.price == D(price)

    async def test_brackets_take_ticks_together_at_the_same_price(self) -> None:
        async with shown(LadderSource(focus=a_focus())) as (ladder, pilot):
            await pilot.press("]", "]")
            assert ladder.grid is not None
            assert (ladder.grid.ticks, ladder.price) == (10, D("64000.00"))
            assert "64000.10" in " ".join(text_of(ladder))
            await pilot.press("[", "[", "[")
            assert ladder.grid.ticks == 1

    async def test_it_stops_at_the_lowest_price(self) -> None:
        focus = a_focus_at("0.25")
        async with shown(LadderSource(focus=focus)) as (ladder, pilot):
            await pilot.press("pagedown", "pagedown", "pagedown", *("down",) * 5)
            assert ladder.price is not None
            assert ladder.price > 0


class TestRepaints:
    async def test_the_same_market_repaints_nothing(self) -> None:
        async with shown(LadderSource(focus=a_focus(), orders=OURS)) as (ladder, _):
            repaints = Repaints(ladder)
            ladder.show(LadderSource(focus=a_focus(book_age_s=0.7), orders=OURS))
            assert repaints.lines == set()

    async def test_one_changed_size_repaints_one_line(self) -> None:
        focus = a_focus()
        async with shown(LadderSource(focus=focus)) as (ladder, _):
            repaints = Repaints(ladder)
            bids = (Level(D("63999.99"), D("0.51")), *focus.bids[1:])
            ladder.show(LadderSource(focus=a_focus(bids=bids)))
            assert len(repaints.lines) == 1

    @pytest.mark.parametrize("size", [(1, 1), (12, 3), (30, 5), (300, 90)])
    async def test_odd_sizes_do_not_break_it(self, size: tuple[int, int]) -> None:
        async with shown(LadderSource(focus=a_focus(), orders=OURS), size) as (ladder, _):
            assert len(text_of(ladder)) <= max(2, size[1])
