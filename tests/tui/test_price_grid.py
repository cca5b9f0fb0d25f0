"""Prices as rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_engine.api import Side
from fks_tui.price_grid import GROUPINGS, PriceGrid

D = Decimal
TICK = D("0.01")


class TestPriceGrid:
    @pytest.mark.parametrize("ticks", GROUPINGS)
    def test_a_rows_price_is_in_the_row_of_both_sides(self, ticks: int) -> None:
        grid = PriceGrid(TICK, ticks)
        price = grid.price(1234)
        assert {grid.row(price, side) for side in Side} == {grid.nearest(price)} == {1234}

    def test_bids_are_rounded_down_and_asks_up(self) -> None:
        grid = PriceGrid(TICK, 10)
        assert grid.price(grid.row(D("64000.06"), Side.BUY)) == D("64000.00")
        assert grid.price(grid.row(D("64000.06"), Side.SELL)) == D("64000.10")

    def test_prices_keep_the_decimals_of_the_tick(self) -> None:
        assert str(PriceGrid(D("0.00000001"), 50).price(3)) == "0.00000150"
