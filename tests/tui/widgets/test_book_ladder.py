"""The order book around its middle."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import Level
from fks_tui.widgets.book_ladder import BookLadder
from tests.desk_views import ETH, PEPE, a_focus
from tests.tui.widgets.panes import PaneApp, Repaints, text_of

pytestmark = pytest.mark.anyio
D = Decimal
MIDDLE = 11
"""The line of the spread in a pane of 22 lines."""


async def shown(ladder: BookLadder, **changes: object) -> list[str]:
    """The lines of a ladder of 36 x 22."""
    app = PaneApp(ladder)
    async with app.run_test(size=(36, 22)) as pilot:
        ladder.show(a_focus(**changes), None)  # type: ignore[arg-type]
        await pilot.pause()
        return text_of(ladder)


class TestLadder:
    async def test_best_prices_stand_at_the_spread(self) -> None:
        lines = await shown(BookLadder())
        assert "64000.01" in lines[MIDDLE - 1]
        assert "spread 0.02" in lines[MIDDLE]
        assert "mid 64000.000" in lines[MIDDLE]
        assert "63999.99" in lines[MIDDLE + 1]

    async def test_the_middle_stays_when_a_side_is_thin(self) -> None:
        lines = await shown(BookLadder(), asks=a_focus().asks[:2])
        assert "spread" in lines[MIDDLE]
        assert lines[MIDDLE - 3] == ""

    async def test_an_empty_side_is_said(self) -> None:
        lines = await shown(BookLadder(), bids=())
        assert "one side is empty" in lines[MIDDLE]

    async def test_prices_have_the_ticks_decimals(self) -> None:
        lines = await shown(BookLadder(), id=PEPE)
        assert "0.00000813" in lines[MIDDLE - 1]

    async def test_own_orders_stand_at_their_price_whatever_its_zeros(self) -> None:
        lines = await shown(BookLadder(), own_bids={"63999.98": D("0.1")}, own_asks={"64000.020": D("0.25")})
        assert lines[MIDDLE + 2].split()[:2] == ["B", "0.1"]
        assert lines[MIDDLE - 2].split()[:2] == ["S", "0.25"]

    async def test_a_stale_book_says_so(self) -> None:
        lines = await shown(BookLadder(), book_stale=True, book_age_s=42.0)
        assert "!42s STALE" in lines[0]

    async def test_no_book_is_said(self) -> None:
        app = PaneApp(ladder := BookLadder())
        async with app.run_test(size=(36, 22)) as pilot:
            ladder.show(None, ETH)
            await pilot.pause()
            assert "waiting for ETH/USDT" in " ".join(text_of(ladder))

    async def test_a_market_on_its_way_is_named(self) -> None:
        app = PaneApp(ladder := BookLadder())
        async with app.run_test(size=(36, 22)) as pilot:
            ladder.show(a_focus(), ETH)
            await pilot.pause()
            assert "BTC/USDT → ETH/USDT" in text_of(ladder)[0]

    async def test_a_changed_level_repaints_its_line_only(self) -> None:
        app = PaneApp(ladder := BookLadder())
        focus = a_focus()
        async with app.run_test(size=(36, 22)) as pilot:
            ladder.show(focus, None)
            await pilot.pause()
            repaints = Repaints(ladder)
            changed = (focus.bids[0], Level(focus.bids[1].price, D("0.70001")), *focus.bids[2:])
            ladder.show(replace(focus, bids=changed), None)
            await pilot.pause()
            assert repaints.lines == {MIDDLE + 2}
            assert len(repaints.made) == 1

    @pytest.mark.parametrize("size", [(12, 3), (20, 1), (1, 1), (36, 2)])
    async def test_a_pane_too_small_for_it_does_not_break(self, size: tuple[int, int]) -> None:
        app = PaneApp(ladder := BookLadder())
        async with app.run_test(size=size) as pilot:
            ladder.show(a_focus(), None)
            await pilot.pause()
