"""Candles in box characters."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import Candle, Timeframe
from fks_tui.widgets.candle_drawing import Scale, column, time_marks, volume_column
from tests.desk_views import BTC, NOW, SECOND, candles


def a_candle(start: float, high: float, low: float, end: float, ts_open: int = NOW) -> Candle:
    return Candle(BTC, Timeframe.M1, ts_open, start, high, low, end, 1.0, True)


class TestColumn:
    @pytest.mark.parametrize(
        ("candle", "drawn"),
        [
            (a_candle(1, 8, 1, 8), "┃┃┃┃"),
            (a_candle(4, 8, 1, 5), "│╽╿│"),
            (a_candle(2, 7, 2, 7), "╻┃┃╹"),
            (a_candle(1, 1, 1, 1), "   ╻"),
            (a_candle(8, 8, 4, 8), "╿│╵ "),
            (a_candle(3, 6, 1, 3), " │╽│"),
        ],
    )
    def test_bodies_are_thick_and_wicks_are_thin(self, candle: Candle, drawn: str) -> None:
        assert "".join(column(candle, Scale(1.0, 8.0, 4))) == drawn

    @given(
        st.lists(st.floats(1e-9, 1e9, allow_nan=False), min_size=4, max_size=4).map(sorted),
        st.integers(1, 60),
        st.booleans(),
    )
    def test_any_candle_fits_the_scale_made_for_it(self, prices: list[float], rows: int, rises: bool) -> None:
        low, one, two, high = prices
        start, end = (one, two) if rises else (two, one)
        candle = a_candle(start, high, low, end)
        drawn = list(column(candle, Scale.over([candle], rows)))
        assert len(drawn) == rows
        assert any(glyph in "┃╿╽╻╹" for glyph in drawn)


class TestScale:
    def test_a_market_that_does_not_move_lies_in_the_middle(self) -> None:
        assert Scale.over([a_candle(5, 5, 5, 5)], 10).row(5) in (4, 5)

    def test_marks_are_round_and_apart(self) -> None:
        marks = Scale(63_912.0, 64_107.0, 20).marks()
        assert sorted(marks.values()) == [63_950.0, 64_000.0, 64_050.0, 64_100.0]
        rows = sorted(marks)
        assert min(after - before for before, after in pairwise(rows)) >= 4


class TestVolume:
    def test_the_largest_fills_its_room_and_the_rest_to_an_eighth(self) -> None:
        assert "".join(volume_column(10, 10, 2)) == "██"
        assert "".join(volume_column(5, 10, 2)) == " █"
        assert "".join(volume_column(0.7, 10, 2)) == " ▁"
        assert "".join(volume_column(0, 0, 2)) == "  "


class TestTimeMarks:
    def test_they_stand_at_round_times(self) -> None:
        line = time_marks(candles(count=60), Timeframe.M1)
        assert line.split() == ["11:00", "11:10", "11:20", "11:30", "11:40", "11:50"]
        assert line.index("11:10") == 10

    def test_midnight_is_a_date(self) -> None:
        series = [a_candle(1, 1, 1, 1, NOW - NOW % (86_400 * SECOND) + hour * 3_600 * SECOND) for hour in range(-6, 18)]
        assert "22 Nov" in time_marks(series, Timeframe.H1)
