"""The equity curve."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from fks_tui.widgets.equity_chart import braille, drawn, reduced

LEVELS = st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=200)


class TestDrawing:
    def test_a_rising_line_goes_from_the_lower_left_to_the_upper_right(self) -> None:
        top, bottom = braille([float(level) for level in range(8)], columns=4, rows=2)
        assert bottom[0] != "\u2800"
        assert top[0] == "\u2800"
        assert top[3] != "\u2800"
        assert bottom[3] == "\u2800"

    def test_a_level_line_is_drawn_in_the_middle(self) -> None:
        lines = braille([5.0] * 8, columns=4, rows=3)
        assert [set(line) == {"\u2800"} for line in lines] == [True, False, True]

    @given(LEVELS, st.integers(1, 60), st.integers(1, 20))
    def test_every_line_fills_its_room_exactly(self, levels: list[float], columns: int, rows: int) -> None:
        lines = braille(levels[: columns * 2], columns, rows)
        assert [len(line) for line in lines] == [columns] * rows

    @given(LEVELS, st.integers(0, 60), st.integers(0, 12))
    def test_any_curve_fits_any_size(self, levels: list[float], width: int, height: int) -> None:
        points = [(second * 1_000_000_000, level) for second, level in enumerate(levels)]
        lines = drawn(points, width, height)
        assert len(lines) in (0, height)
        assert all(len(plot) + len(label) <= width for plot, label in lines)


class TestReduction:
    def test_a_point_is_the_last_one_known_by_its_time(self) -> None:
        points = [(0, 1.0), (10, 2.0), (100, 3.0)]
        assert reduced(points, 3) == [(0, 1.0), (50, 2.0), (100, 3.0)]

    def test_the_ends_are_kept(self) -> None:
        points = [(second, float(second)) for second in range(1_000)]
        few = reduced(points, 20)
        assert (few[0], few[-1], len(few)) == (points[0], points[-1], 20)
