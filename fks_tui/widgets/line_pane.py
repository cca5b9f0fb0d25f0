"""A pane painted line by line, which repaints only the lines that changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from rich.segment import Segment
from textual.color import Color
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from fks_tui.line_strip import LineStrip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.style import Style

Span = tuple[str, str]
"""A text and the name of its style: `("64000.01", "up")` is styled by the component class `<prefix>--up`."""


class Line(NamedTuple):
    """One line of a pane. Its texts are cut or filled up to the pane's width."""

    spans: tuple[Span, ...] = ()
    style: str = ""
    """The style under all spans, up to the right edge."""


EMPTY_LINE = Line()
_STRIPS_KEPT = 200


class LinePane(Widget):
    """Shows lines of styled texts. A subclass makes the lines from its rows and hands them to `paint`.

    Strips are kept by their line, so a pane costs what changes in it and not what it shows, also when lines only move.
    A pane has no border and no padding: it hands its strips to the compositor as they are.
    """

    STYLE_PREFIX = ""
    """What the names of the component classes begin with."""
    ALLOW_SELECT = False

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(name=name, id=id, classes=classes)
        self._lines: tuple[Line, ...] = ()
        self._placed: dict[int, Strip] = {}
        self._strips: dict[Line, Strip] = {}
        self._span_styles: dict[str, Style] = {}
        self._base: Style | None = None
        self._styles_over: dict[tuple[str, str], Style] = {}
        self._background = Color(0, 0, 0)

    def paint(self, lines: Sequence[Line]) -> None:
        """Show `lines`, from the top; repaint those that are not there already."""
        before, self._lines = self._lines, tuple(lines)
        if before == self._lines:
            return
        changed = [
            y
            for y in range(max(len(before), len(self._lines)))
            if y >= len(before) or y >= len(self._lines) or before[y] != self._lines[y]
        ]
        for y in changed:
            self._placed.pop(y, None)
        if len(self._strips) > _STRIPS_KEPT:
            self._strips.clear()
        self.refresh(*(Region(0, first, self.size.width, count) for first, count in _runs(changed)))

    def relay(self) -> None:
        """Make and paint the lines again, for the size has changed; a subclass says how."""

    def on_resize(self) -> None:
        """Lay the lines out for the new size."""
        self._forget()
        self.relay()

    def notify_style_update(self) -> None:
        """Forget what was painted in the old colours."""
        super().notify_style_update()
        self._forget()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region of the pane."""
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span == (0, self.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def render_line(self, y: int) -> Strip:
        """One line of the pane, made once for as long as it is seen."""
        strip = self._placed.get(y)
        if strip is None:
            line = self._lines[y] if y < len(self._lines) else EMPTY_LINE
            strip = self._strips.get(line)
            if strip is None:
                strip = self._strips[line] = self._strip(line)
            self._placed[y] = strip
        return strip

    def _strip(self, line: Line) -> Strip:
        """The line with its styles over the pane's own, as the terminal can show it."""
        if self._base is None:
            self._base = self.rich_style
            self._background = self.background_colors[1]
        base = self._style_over(line.style, "")
        segments = [Segment(text, self._style_over(line.style, name)) for text, name in line.spans if text]
        strip = Strip(segments).adjust_cell_length(self.size.width, base)
        for line_filter in self.app.get_line_filters():
            strip = strip.apply_filter(line_filter, self._background)
        return LineStrip(strip, self.size.width)

    def _style_over(self, under: str, name: str) -> Style:
        """The style of a span in a line of the style `under`."""
        style = self._styles_over.get((under, name))
        if style is None:
            style = self._base or self.rich_style
            for each in (under, name):
                style = style + self._span_style(each) if each else style
            self._styles_over[under, name] = style
        return style

    def _span_style(self, name: str) -> Style:
        """What fks.tcss says of a component class, without what it inherits."""
        style = self._span_styles.get(name)
        if style is None:
            style = self._span_styles[name] = self.get_component_rich_style(
                f"{self.STYLE_PREFIX}--{name}", partial=True
            )
        return style

    def _forget(self) -> None:
        """Drop everything that was made for another size or other colours."""
        self._base = None
        self._placed.clear()
        self._strips.clear()
        self._span_styles.clear()
        self._styles_over.clear()


def width_of(spans: Sequence[Span]) -> int:
    """How many cells the spans take; every glyph of the desk is one cell wide."""
    return sum(len(text) for text, _ in spans)


def headed(width: int, left: Sequence[Span], right: Sequence[Span]) -> Line:
    """A pane's first line: what it is on the left, its state at the right edge; the left gives way."""
    room = max(0, width - width_of(right) - 2)
    kept: list[Span] = []
    for text, style in left:
        kept.append((text[:room], style))
        room -= len(kept[-1][0])
    return Line((*kept, (" " * (room + 1), ""), *right, (" ", "")), "head")


def centred(width: int, height: int, texts: Sequence[Span]) -> list[Line]:
    """Lines that show `texts` in the middle of a pane: its designed emptiness."""
    top = max(0, (height - len(texts)) // 2)
    body = [Line(((" " * max(0, (width - len(text)) // 2), ""), (text[:width], style))) for text, style in texts]
    return [EMPTY_LINE] * top + body


def _runs(numbers: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Rising numbers as (first, count) of their unbroken runs."""
    first = last = numbers[0]
    for number in numbers[1:]:
        if number != last + 1:
            yield first, last - first + 1
            first = number
        last = number
    yield first, last - first + 1
