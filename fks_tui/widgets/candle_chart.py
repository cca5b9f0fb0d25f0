"""The candle chart: prices, volume, a price axis with the last price, and the timeframes to choose from."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from fks_engine.api import Timeframe
from fks_tui import formatting
from fks_tui.widgets.candle_drawing import Scale, column, time_marks, volume_column
from fks_tui.widgets.line_pane import Line, LinePane, Span, centred, headed

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from fks_engine.api import Candle, Instrument

_LEAST_ROWS_WITH_VOLUME = 12
_ROOM_FOR_PRICES = 84
"""A pane this wide has room for the last candle's prices in its head."""


class CandleChart(LinePane):
    """One column per candle, the newest at the right; as many as fit."""

    STYLE_PREFIX = "chart"
    COMPONENT_CLASSES = {
        "chart--head",
        "chart--title",
        "chart--muted",
        "chart--chosen",
        "chart--up",
        "chart--down",
        "chart--up-volume",
        "chart--down-volume",
        "chart--mark",
        "chart--grid",
        "chart--last-up",
        "chart--last-down",
        "chart--empty",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._instrument: Instrument | None = None
        self._timeframe = Timeframe.M1
        self._candles: tuple[Candle, ...] = ()
        self._problem = ""

    def show(
        self, instrument: Instrument | None, timeframe: Timeframe, candles: Sequence[Candle], problem: str = ""
    ) -> None:
        """Draw candles in order of time; `problem` says why there are none."""
        self._instrument = instrument
        self._timeframe = timeframe
        self._candles = tuple(candles)
        self._problem = problem
        self.relay()

    def relay(self) -> None:
        """Draw for the candles and the size."""
        width, height = self.size
        if not width:
            return
        if self._instrument is None or not self._candles:
            texts = [("No candles yet", "empty"), (self._problem, "muted")]
            self.paint([self._head(width), *centred(width, height - 1, texts)])
            return
        decimals = formatting.decimals_of(self._instrument.tick_size)
        axis = max(len(f"{each.high:.{decimals}f}") for each in self._candles[-width:]) + 2
        candles = self._candles[-max(1, width - axis) :]
        rows = max(2, height - 2)
        volume_rows = max(2, rows // 7) if rows >= _LEAST_ROWS_WITH_VOLUME else 0
        lines = _price_lines(candles, rows - volume_rows, width - axis, axis, decimals)
        lines += _volume_lines(candles, volume_rows, width - axis, axis)
        indent = " " * (width - axis - len(candles))
        self.paint([self._head(width), *lines, Line(((f"{indent}{time_marks(candles, self._timeframe)}", "mark"),))])

    def _head(self, width: int) -> Line:
        """The timeframes, the market and its last candle."""
        left: list[Span] = [(" CHART ", "title")]
        left += [
            (f"[{each.value}]", "chosen") if each is self._timeframe else (f" {each.value} ", "muted")
            for each in Timeframe
        ]
        if self._instrument is None:
            return headed(width, left, [])
        right: list[Span] = [(self._instrument.market, "")]
        if self._candles and width >= _ROOM_FOR_PRICES:
            right += _prices(self._candles[-1], formatting.decimals_of(self._instrument.tick_size))
        return headed(width, left, right)


def _prices(candle: Candle, decimals: int) -> list[Span]:
    """The last candle in numbers."""
    spans: list[Span] = []
    for letter, value in (("O", candle.open), ("H", candle.high), ("L", candle.low), ("C", candle.close)):
        spans += [(f"  {letter} ", "muted"), (f"{value:.{decimals}f}", "")]
    move = (candle.close / candle.open - 1) * 100 if candle.open else 0.0
    spans.append((f"  {move:+.2f}%", "up" if move >= 0 else "down"))
    return spans


def _rises(candle: Candle) -> bool:
    return candle.close >= candle.open


def _price_lines(candles: Sequence[Candle], rows: int, width: int, axis: int, decimals: int) -> list[Line]:
    """The candles, the lines of round prices behind them, and the axis at their right."""
    scale = Scale.over(candles, rows)
    marks = scale.marks()
    last = candles[-1]
    last_row, last_style = scale.row(last.close), "last-up" if _rises(last) else "last-down"
    glyphs = list(zip(*(column(each, scale) for each in candles), strict=True))
    styles = ["up" if _rises(each) else "down" for each in candles]
    lines = []
    for row in range(rows):
        blank: Span = ("╌", "up" if _rises(last) else "down") if row == last_row else (" ", "")
        if row in marks and row != last_row:
            blank = ("┈", "grid")
        cells = [blank] * (width - len(candles))
        cells += [(glyph, style) if glyph != " " else blank for glyph, style in zip(glyphs[row], styles, strict=True)]
        if row == last_row:
            label: Span = (f" {last.close:.{decimals}f}".ljust(axis), last_style)
        elif row in marks:
            label = (f" {marks[row]:.{decimals}f}", "mark")
        else:
            label = ("", "")
        lines.append(Line((*_joined(cells), label)))
    return lines


def _volume_lines(candles: Sequence[Candle], rows: int, width: int, axis: int) -> list[Line]:
    """The volumes, and the largest of them on the axis."""
    if not rows:
        return []
    largest = max(each.volume for each in candles)
    glyphs = list(zip(*(volume_column(each.volume, largest, rows) for each in candles), strict=True))
    styles = ["up-volume" if _rises(each) else "down-volume" for each in candles]
    lines = []
    for row in range(rows):
        cells: list[Span] = [(" ", "")] * (width - len(candles))
        cells += list(zip(glyphs[row], styles, strict=True))
        label: Span = (f" {_volume(largest)}"[:axis], "mark") if row == 0 else ("", "")
        lines.append(Line((*_joined(cells), label)))
    return lines


def _volume(value: float) -> str:
    """A volume for the axis; candles are floats."""
    for scale, letter in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if value >= scale:
            return f"{value / scale:.1f}{letter}"
    return f"{value:.1f}"


def _joined(cells: Iterable[Span]) -> list[Span]:
    """Cells with neighbours of one style joined into one span."""
    return [("".join(text for text, _ in run), style) for style, run in groupby(cells, key=lambda cell: cell[1])]
