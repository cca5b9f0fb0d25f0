"""Candles drawn with box characters at twice the height of a terminal's lines."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import Candle, Timeframe

_BLANK, _WICK, _BODY = 0, 1, 2
_GLYPHS = {
    (_BLANK, _BLANK): " ",
    (_BODY, _BODY): "┃",
    (_WICK, _WICK): "│",
    (_WICK, _BODY): "╽",
    (_BODY, _WICK): "╿",
    (_BLANK, _BODY): "╻",
    (_BODY, _BLANK): "╹",
    (_BLANK, _WICK): "╷",
    (_WICK, _BLANK): "╵",
}
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_SECOND = 1_000_000_000
_DAY_S = 86_400
_MARK_SPANS_S = (300, 600, 900, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200, _DAY_S, 2 * _DAY_S, 7 * _DAY_S)
_LONG_MARK_SPANS_S = (14 * _DAY_S, 28 * _DAY_S, 56 * _DAY_S)
_MARK_ROOM = 9
"""Cells from one time mark to the next, at least."""


class Scale(NamedTuple):
    """How prices lie on `rows` lines."""

    low: float
    high: float
    rows: int

    @classmethod
    def over(cls, candles: Sequence[Candle], rows: int) -> Scale:
        """The scale on which every candle fits; a market that does not move lies in the middle."""
        low, high = min(each.low for each in candles), max(each.high for each in candles)
        if high <= low:
            margin = abs(high) * 0.001 or 1.0
            low, high = low - margin, high + margin
        return cls(low, high, rows)

    def half(self, price: float) -> int:
        """The half line, counted from the top, on which `price` lies."""
        halves = self.rows * 2 - 1
        return min(halves, max(0, round((self.high - price) / (self.high - self.low) * halves)))

    def row(self, price: float) -> int:
        """The line, counted from the top, on which `price` lies."""
        return self.half(price) // 2

    def marks(self, room: int = 4) -> dict[int, float]:
        """Round prices by the line they lie on, `room` lines apart at least."""
        least = (self.high - self.low) * room / max(1, self.rows)
        power = 10.0 ** math.floor(math.log10(least))
        step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= least * 0.999)
        first = math.ceil(self.low / step)
        return {self.row(number * step): number * step for number in range(first, math.floor(self.high / step) + 1)}


@lru_cache(maxsize=4096)
def column(candle: Candle, scale: Scale) -> tuple[str, ...]:
    """One candle's glyphs from top to bottom: a thin wick and a thick body, to half a line."""
    high, low = scale.half(candle.high), scale.half(candle.low)
    top, bottom = scale.half(max(candle.open, candle.close)), scale.half(min(candle.open, candle.close))

    def part(half: int) -> int:
        if top <= half <= bottom:
            return _BODY
        return _WICK if high <= half <= low else _BLANK

    return tuple(_GLYPHS[part(2 * row), part(2 * row + 1)] for row in range(scale.rows))


@lru_cache(maxsize=4096)
def volume_column(volume: float, largest: float, rows: int) -> tuple[str, ...]:
    """One volume's glyphs from top to bottom, to an eighth of a line."""
    eighths = round(volume / largest * rows * 8) if largest > 0 else 0
    return tuple(_EIGHTHS[min(8, max(0, eighths - (rows - 1 - row) * 8))] for row in range(rows))


def time_marks(candles: Sequence[Candle], timeframe: Timeframe) -> str:
    """A line of times under the candles, at round times and not too close."""
    spans = (*_MARK_SPANS_S, *_LONG_MARK_SPANS_S)
    span = next((each for each in spans if each >= timeframe.seconds * _MARK_ROOM), spans[-1])
    line = [" "] * len(candles)
    for index, candle in enumerate(candles):
        opened = candle.ts_open // _SECOND
        if opened % span:
            continue
        moment = datetime.fromtimestamp(opened, UTC)
        text = moment.strftime("%d %b" if opened % _DAY_S == 0 else "%H:%M")
        if index + len(text) <= len(line):
            line[index : index + len(text)] = text
    return "".join(line)
