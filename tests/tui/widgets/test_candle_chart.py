"""The candle chart."""

from __future__ import annotations

import pytest

from fks_engine.api import Timeframe
from fks_tui.widgets.candle_chart import CandleChart
from tests.desk_views import an_instrument, candles
from tests.tui.widgets.panes import PaneApp, Repaints, text_of

pytestmark = pytest.mark.anyio


class TestChart:
    async def test_it_shows_the_last_price_on_its_axis(self) -> None:
        app = PaneApp(chart := CandleChart())
        series = candles()
        async with app.run_test(size=(60, 14)) as pilot:
            chart.show(an_instrument(), Timeframe.M1, series)
            await pilot.pause()
            assert any(line.endswith(f" {series[-1].close:.2f}") for line in text_of(chart))

    async def test_a_wide_one_tells_the_last_candle_in_numbers(self) -> None:
        app = PaneApp(chart := CandleChart())
        async with app.run_test(size=(100, 14)) as pilot:
            chart.show(an_instrument(), Timeframe.M5, candles())
            await pilot.pause()
            assert " O " in text_of(chart)[0]
            assert " C " in text_of(chart)[0]

    async def test_volume_is_drawn_where_there_is_room(self) -> None:
        app = PaneApp(chart := CandleChart())
        async with app.run_test(size=(60, 30)) as pilot:
            chart.show(an_instrument(), Timeframe.M1, candles())
            await pilot.pause()
            assert "█" in text_of(chart)[-2]
            await pilot.resize_terminal(60, 10)
            await pilot.pause()
            assert "█" not in "".join(text_of(chart))

    async def test_without_candles_it_says_why(self) -> None:
        app = PaneApp(chart := CandleChart())
        async with app.run_test(size=(60, 14)) as pilot:
            chart.show(an_instrument(), Timeframe.M1, (), "the exchange does not answer")
            await pilot.pause()
            assert "the exchange does not answer" in " ".join(text_of(chart))

    async def test_the_same_candles_repaint_nothing(self) -> None:
        app = PaneApp(chart := CandleChart())
        async with app.run_test(size=(60, 14)) as pilot:
            chart.show(an_instrument(), Timeframe.M1, candles())
            await pilot.pause()
            repaints = Repaints(chart)
            chart.show(an_instrument(), Timeframe.M1, candles())
            await pilot.pause()
            assert repaints.lines == set()

    @pytest.mark.parametrize("size", [(5, 5), (12, 2), (1, 1), (9, 30)])
    async def test_a_pane_too_small_for_it_does_not_break(self, size: tuple[int, int]) -> None:
        app = PaneApp(chart := CandleChart())
        async with app.run_test(size=size) as pilot:
            chart.show(an_instrument(), Timeframe.M1, candles())
            await pilot.pause()
