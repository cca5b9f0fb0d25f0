"""Decimals of each market's prices."""

from __future__ import annotations

from decimal import Decimal

import pytest

from fks_tui.precision import Precision
from tests.desk_views import BTC, PEPE, SOL, a_quote_row

D = Decimal


class TestAverage:
    @pytest.mark.parametrize(
        ("value", "text"),
        [
            ("64000.00", "64000.00"),
            ("64000.0150000", "64000.015"),
            ("19.246674", "19.246674"),
            ("19.24667412345", "19.246674"),
        ],
    )
    def test_a_mean_price_keeps_the_ticks_decimals_and_up_to_four_more(self, value: str, text: str) -> None:
        precision = Precision()
        precision.learn([a_quote_row(BTC)])
        assert precision.average(BTC, D(value)) == text

    def test_that_of_a_cheap_coin_is_told_apart_from_its_neighbours(self) -> None:
        precision = Precision()
        precision.learn([a_quote_row(PEPE)])
        assert precision.average(PEPE, D("0.0000081344")) == "0.0000081344"

    @pytest.mark.parametrize(("value", "text"), [(None, "–"), (D("150"), "150"), (D("150.1234567"), "150.1234567")])
    def test_an_unknown_market_shows_what_there_is(self, value: Decimal | None, text: str) -> None:
        assert Precision().average(SOL, value) == text
