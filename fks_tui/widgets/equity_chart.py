"""The equity curve, drawn in braille dots."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from fks_tui.formatting import clock_time

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

Point = tuple[int, float]
REDRAW_S = 1.0
_DOTS = ((0x01, 0x02, 0x04, 0x40), (0x08, 0x10, 0x20, 0x80))
"""Braille bits by column and row of one character cell."""
_BLANK = "\u2800"


class EquityChart(Widget):
    """Equity over the session, with its bounds; redrawn at most once a second, and only when it changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"chart--gain", "chart--loss", "chart--axis"}
    DEFAULT_CSS = """
    EquityChart { height: 1fr; min-height: 3; }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._points: Sequence[Point] = ()
        self._drawn: Sequence[Point] = ()
        self._lines: list[tuple[str, str]] = []

    def on_mount(self) -> None:
        """Start the slow clock of redraws."""
        self.set_interval(REDRAW_S, self._redraw)

    def show(self, points: Sequence[Point]) -> None:
        """Take a curve of (ts ns, equity); the first one is drawn at once."""
        first = not self._points and points
        self._points = points
        if first or (self._drawn and not points):
            self._redraw()

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._drawn = ()
        self._redraw()

    def notify_style_update(self) -> None:
        """Colours changed."""
        super().notify_style_update()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line of the plot with its label, or the axis of time."""
        width = self.size.width
        axis = self._component("chart--axis")
        if not self._lines:
            text = "The curve begins once equity is known." if y == self.size.height // 2 else ""
            return Strip([Segment(text.center(width)[:width], axis)], width)
        if y >= len(self._lines):
            return Strip.blank(width, self.rich_style)
        plot, label = self._lines[y]
        rising = self._drawn[-1][1] >= self._drawn[0][1]
        curve = self._component("chart--gain" if rising else "chart--loss")
        return Strip([Segment(plot, curve), Segment(label, axis)]).adjust_cell_length(width, self.rich_style)

    def _component(self, name: str) -> Style:
        return self.rich_style + self.get_component_rich_style(name, partial=True)

    def _redraw(self) -> None:
        if self._points is self._drawn or (self._points == self._drawn and self._lines):
            return
        self._drawn = self._points
        self._lines = drawn(self._points, self.size.width, self.size.height)
        self.refresh()


def drawn(points: Sequence[Point], width: int, height: int) -> list[tuple[str, str]]:
    """Lines of (plot, label): the plot over an axis of time. Empty where there is nothing or no room to draw."""
    if len(points) < 2 or height < 3:
        return []
    low, high = min(value for _, value in points), max(value for _, value in points)
    decimals = 2 if high - low < 1_000 else 0
    bounds = [f"{bound:,.{decimals}f}" for bound in (high, low)]
    margin = max(len(bound) for bound in bounds) + 1
    columns, rows = width - margin, height - 1
    if columns < 8:
        return []
    lines = braille([value for _, value in reduced(points, columns * 2)], columns, rows)
    labels = [""] * rows
    labels[0], labels[-1] = (" " + bound for bound in bounds)
    start, end = clock_time(points[0][0]), f"{clock_time(points[-1][0])} UTC"
    axis = start + end.rjust(columns - len(start)) if columns > len(start) + len(end) else start
    return [*zip(lines, labels, strict=True), ("", axis)]


def reduced(points: Sequence[Point], most: int) -> list[Point]:
    """At most `most` points at even steps of time, each the last one known by then."""
    if len(points) <= 1:
        return list(points)
    first, last = points[0][0], points[-1][0]
    span = max(last - first, 1)
    out: list[Point] = []
    index = 0
    for step in range(most):
        until = first + span * step // max(most - 1, 1)
        while index + 1 < len(points) and points[index + 1][0] <= until:
            index += 1
        out.append((until, points[index][1]))
    return out


def braille(values: Sequence[float], columns: int, rows: int) -> list[str]:
    """A line through `values`, two to a character cell, scaled to fill `rows` lines of `columns` cells."""
    low, high = min(values), max(values)
    top = rows * 4 - 1
    heights = [round((value - low) / (high - low) * top) if high > low else top // 2 for value in values]
    cells = [[0] * columns for _ in range(rows)]
    before = heights[0]
    for x, level in enumerate(heights[: columns * 2]):
        # A step between neighbours is drawn as a stroke, so that the curve has no holes.
        start, end = (
            (before + 1, level) if level > before else (level, before - 1) if level < before else (level, level)
        )
        for dot in range(start, end + 1):
            y = top - dot
            cells[y // 4][x // 2] |= _DOTS[x % 2][y % 4]
        before = level
    return ["".join(chr(0x2800 + bits) if bits else _BLANK for bits in line) for line in cells]
