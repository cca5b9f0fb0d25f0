"""What shines through around a modal: the screen below it, tinted, made anew only where that has changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from textual._context import visible_screen_stack
from textual.renderables.background_screen import BackgroundScreen

from fks_tui.line_strip import LineStrip

if TYPE_CHECKING:
    from rich.style import Style
    from textual.geometry import Region, Size
    from textual.screen import Screen
    from textual.strip import Strip


class Underlay:
    """The lines of the screen below.

    Textual tints every segment of it each time that anything in the modal moves, which takes longer than all else that
    a key in a ticket does.
    """

    def __init__(self) -> None:
        self._strips: list[LineStrip] = []
        self._size: Size | None = None
        self._styles: dict[Style | None, Style | None] = {}

    def forget(self) -> None:
        """The screen below has changed, or the colours have."""
        self._strips.clear()

    def lines(self, modal: Screen[object], crop: Region) -> list[Strip] | None:
        """The tinted lines of a region of `modal`; None where there is no screen below."""
        if not self._strips or self._size != modal.size:
            stack = visible_screen_stack.get([])
            if not stack:
                return None
            self._size = modal.size
            self._styles.clear()
            below = stack.pop()._compositor.render_strips(modal.size)
            filters = modal.app.get_line_filters()
            self._strips = [LineStrip(self._tinted(strip, modal), strip.cell_length) for strip in below]
            for line_filter in filters:
                self._strips = [
                    LineStrip(strip.apply_filter(line_filter, modal.styles.background), strip.cell_length)
                    for strip in self._strips
                ]
        strips: list[Strip] = [*self._strips[crop.y : crop.bottom]]
        if crop.column_span == (0, modal.size.width):
            return strips
        return [strip.crop(*crop.column_span) for strip in strips]

    def _tinted(self, strip: Strip, modal: Screen[object]) -> list[Segment]:
        """The segments of a line in tinted styles; each style is tinted once."""
        segments = []
        for text, style, control in strip:
            if style not in self._styles:
                (tinted,) = BackgroundScreen.process_segments([Segment(text, style)], modal.styles.background)
                self._styles[style] = tinted.style
            segments.append(Segment(text, self._styles[style], control))
        return segments
