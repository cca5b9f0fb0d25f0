"""A list of options whose cursor is told by a mark, and not by its colour alone."""

from __future__ import annotations

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import OptionList

CURSOR = "▸"


class MarkedOptions(OptionList):
    """Keeps two cells before the options, for the mark."""

    def _get_left_gutter_width(self) -> int:
        return 2

    def render_line(self, y: int) -> Strip:
        """One line, with the mark before the first one of the option under the cursor."""
        strip = super().render_line(y)
        line = self.scroll_offset.y + y
        if line >= len(self._lines):
            return strip
        option, part = self._lines[line]
        style = next((segment.style for segment in strip if segment.style is not None), None)
        mark = CURSOR if option == self.highlighted and part == 0 else " "
        return Strip([Segment(f"{mark} ", style), *strip], strip.cell_length + 2)
