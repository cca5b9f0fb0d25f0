"""A table of records that move slowly: the cursor stays on its record, and only changed lines are painted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from rich.cells import set_cell_size
from rich.segment import Segment
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from fks_tui.actions.action import bindings
from fks_tui.actions.desk import LIST_ACTIONS
from fks_tui.widgets.columns import GAP, Cell, Column, ColumnLayout, Record

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from rich.style import Style
    from textual import events

K = TypeVar("K", bound="Hashable")
_BLANK = Cell("")
_CURSOR = "▸"
_LOUD = frozenset({"warning", "error", "alarm"})
"""Tones that a dim record keeps."""


class RecordTable(ScrollView, Generic[K], can_focus=True):
    """Lines of records under a header that stays, with a cursor that follows its record.

    When the record under the cursor goes away, the cursor goes to the one that took its place, or is nowhere until it
    is moved: a key that was aimed at one order never hits its neighbour.
    """

    BINDINGS = bindings(LIST_ACTIONS)
    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "table--header",
        "table--cursor",
        "table--empty",
        "table--buy",
        "table--sell",
        "table--gain",
        "table--loss",
        "table--muted",
        "table--warning",
        "table--error",
        "table--strong",
        "table--alarm",
        "table--stale",
    }
    DEFAULT_CSS = """
    RecordTable { height: 1fr; overflow-x: hidden; overflow-y: auto; }
    """

    class Chosen(Message):
        """The record under the cursor was clicked."""

        def __init__(self, table: RecordTable[Any], key: object) -> None:
            super().__init__()
            self.table = table
            self.key = key

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    class EndReached(Message):
        """The cursor stands on the last record: this is the time to load older ones."""

        def __init__(self, table: RecordTable[Any]) -> None:
            super().__init__()
            self.table = table

        @property
        def control(self) -> RecordTable[Any]:
            """The table."""
            return self.table

    def __init__(self, columns: Sequence[Column], empty: str, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._columns = ColumnLayout(columns)
        self._empty = empty
        self._records: tuple[Record[K], ...] = ()
        self._index: dict[K, int] = {}
        self._cursor: int | None = None
        self._last_cursor = 0
        self._strips: dict[tuple[K, bool], Strip] = {}
        self._tones: dict[tuple[str, bool, bool], Style] = {}

    @property
    def cursor_key(self) -> K | None:
        """The key of the record under the cursor; None where there is none."""
        return None if self._cursor is None else self._records[self._cursor].key

    @property
    def records(self) -> tuple[Record[K], ...]:
        """What the table shows, from its top."""
        return self._records

    def set_empty(self, text: str) -> None:
        """Say `text` while there are no records."""
        if text != self._empty:
            self._empty = text
            if not self._records:
                self.refresh()

    def show(self, records: Sequence[Record[K]], heirs: Mapping[K, K] | None = None) -> None:
        """Replace the records; paint only the lines that differ. `heirs` names what took the place of another key."""
        before, after = self._records, tuple(records)
        if before == after:
            return
        same_order = len(before) == len(after) and all(a.key == b.key for a, b in zip(before, after, strict=True))
        self._records = after
        changed = [new for old, new in zip(before, after, strict=True) if old != new] if same_order else after
        widened = self._columns.measure(changed)
        if widened:
            self._arrange()
        if same_order and not widened:
            for line, (old, new) in enumerate(zip(before, after, strict=True)):
                if old != new:
                    self._strips.pop((new.key, True), None)
                    self._strips.pop((new.key, False), None)
                    self._refresh_record(line)
            return
        self._strips.clear()
        if not same_order:
            self._follow(before, heirs or {})
        self.refresh()

    def action_cursor_up(self) -> None:
        """Move the cursor one line up."""
        self._step(-1)

    def action_cursor_down(self) -> None:
        """Move the cursor one line down."""
        self._step(1)

    def action_page_up(self) -> None:
        """Move the cursor up by the table's height."""
        self._step(2 - max(3, self.size.height))

    def action_page_down(self) -> None:
        """Move the cursor down by the table's height."""
        self._step(max(3, self.size.height) - 2)

    def action_first(self) -> None:
        """Move the cursor to the first record."""
        self._step(-len(self._records))

    def action_last(self) -> None:
        """Move the cursor to the last record."""
        self._step(len(self._records))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor; a click where it stands already chooses the record."""
        line = event.y + self.scroll_offset.y - 1
        if event.y < 1 or line >= len(self._records):
            return
        if line == self._cursor:
            self.post_message(self.Chosen(self, self._records[line].key))
        else:
            self._put_cursor(line)

    def on_resize(self) -> None:
        """Fit the columns anew."""
        self._arrange()
        self._keep_in_sight()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor shows only where keys go."""
        super().watch_has_focus(has_focus)
        self._refresh_record(self._cursor)

    def notify_style_update(self) -> None:
        """Colours changed: nothing that was drawn holds."""
        super().notify_style_update()
        self._tones.clear()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """One line of the screen: the header, a record, or what to do where there is none."""
        width = self.size.width
        if y == 0:
            return self._header(width)
        line = y - 1 + self.scroll_offset.y
        if line < len(self._records):
            return self._record_strip(line, width)
        if not self._records and y == 2:
            style = self._style("empty", cursor=False, dim=False)
            return Strip([Segment(set_cell_size(" " + self._empty, width), style)], width)
        return Strip.blank(width, self.rich_style)

    # How records become lines.

    def _record_strip(self, line: int, width: int) -> Strip:
        record = self._records[line]
        is_cursor = line == self._cursor and self.has_focus
        strip = self._strips.get((record.key, is_cursor))
        if strip is None:
            plain = self._style("", cursor=is_cursor, dim=record.dim)
            segments = [Segment(_CURSOR if is_cursor else " ", plain)]
            for column, size in self._columns.shown:
                cell = record.cells.get(column.key, _BLANK)
                tone = self._style(cell.tone, cursor=is_cursor, dim=record.dim)
                segments += (Segment(column.fitted(cell.text, size), tone), Segment(" " * GAP, plain))
            strip = Strip(segments).adjust_cell_length(width, plain)
            self._strips[record.key, is_cursor] = strip
        return strip

    def _header(self, width: int) -> Strip:
        style = self._style("header", cursor=False, dim=False)
        return Strip([Segment(set_cell_size(" " + self._columns.header(), width), style)], width)

    def _style(self, tone: str, *, cursor: bool, dim: bool) -> Style:
        key = (tone, cursor, dim)
        style = self._tones.get(key)
        if style is None:
            style = self.rich_style
            if cursor:
                style += self.get_component_rich_style("table--cursor", partial=True)
            if dim:
                style += self.get_component_rich_style("table--muted", partial=True)
            if tone and not (dim and tone not in _LOUD):
                style += self.get_component_rich_style(f"table--{tone}", partial=True)
            self._tones[key] = style
        return style

    def _arrange(self) -> None:
        if self._columns.arrange(self.size.width - 1):
            self._strips.clear()
            self.refresh()

    # Where the cursor is.

    def _step(self, lines: int) -> None:
        """Move the cursor by `lines`; from nowhere it comes back where it last was."""
        last = len(self._records) - 1
        if last >= 0:
            self._put_cursor(max(0, min(self._last_cursor if self._cursor is None else self._cursor + lines, last)))

    def _follow(self, before: tuple[Record[K], ...], heirs: Mapping[K, K]) -> None:
        """Find the cursor's record among the new ones, and keep it at its height on the screen."""
        followed = None if self._cursor is None else before[self._cursor].key
        self._index = {record.key: line for line, record in enumerate(self._records)}
        was = self._cursor
        if followed is not None:
            self._last_cursor = was or 0
            self._cursor = self._index.get(followed, self._index.get(heirs.get(followed, followed)))
        elif not before and self._records:
            self._cursor = 0
        self.virtual_size = Size(0, len(self._records) + 1)
        if was is not None and self._cursor is not None and self.scroll_offset.y > 0:
            self.scroll_to(y=self.scroll_offset.y + self._cursor - was, animate=False)

    def _put_cursor(self, line: int) -> None:
        if line != self._cursor:
            self._refresh_record(self._cursor)
            self._cursor = self._last_cursor = line
            self._refresh_record(self._cursor)
        self._keep_in_sight()
        if line == len(self._records) - 1:
            self.post_message(self.EndReached(self))

    def _keep_in_sight(self) -> None:
        if self._cursor is None:
            return
        top, height = self.scroll_offset.y, self.size.height - 1
        if self._cursor < top:
            self.scroll_to(y=self._cursor, animate=False)
        elif self._cursor >= top + height > top:
            self.scroll_to(y=self._cursor - height + 1, animate=False)

    def _refresh_record(self, line: int | None) -> None:
        y = -1 if line is None else line + 1 - self.scroll_offset.y
        if 1 <= y < self.size.height:
            self.refresh(Region(0, y, self.size.width, 1))
