"""The watchlist: one line per market, with a cursor that chooses the market to follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from fks_engine.api import InstrumentId, market_of
from fks_tui.actions import FOLLOW, LIST_ACTIONS, bindings
from fks_tui.widgets.cursor_pane import CursorPane
from fks_tui.widgets.line_pane import Line, Span, centred, headed
from fks_tui.widgets.quote_columns import COLUMNS, MarkedQuote, WrittenQuote, fitting, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import QuoteRow


class QuoteGrid(CursorPane):
    """Shows quotes, remembers each market's direction, and tells which market the cursor is on."""

    STYLE_PREFIX = "quotes"
    COMPONENT_CLASSES = {
        "quotes--head",
        "quotes--columns",
        "quotes--title",
        "quotes--muted",
        "quotes--strong",
        "quotes--name",
        "quotes--bid",
        "quotes--ask",
        "quotes--up",
        "quotes--down",
        "quotes--up-flash",
        "quotes--down-flash",
        "quotes--dim",
        "quotes--stale",
        "quotes--cursor",
        "quotes--cursor-blurred",
        "quotes--empty",
    }
    BINDINGS = bindings((*LIST_ACTIONS, FOLLOW))

    @dataclass
    class Highlighted(Message):
        """The cursor has come to another market."""

        instrument_id: InstrumentId

    @dataclass
    class Chosen(Message):
        """Enter was pressed on a market."""

        instrument_id: InstrumentId

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self._quotes: dict[InstrumentId, WrittenQuote] = {}
        self._shown: list[WrittenQuote] = []
        self._filter = ""
        self._waiting = ""
        self.selected: InstrumentId | None = None
        """The market under the cursor."""

    @property
    def cursor(self) -> int:
        """The number of the selected market among those shown; 0 where it is not among them."""
        ids = [each.quote.row.instrument_id for each in self._shown]
        return ids.index(self.selected) if self.selected in ids else 0

    @property
    def count(self) -> int:
        """How many markets the filter lets through."""
        return len(self._shown)

    def show(self, rows: Sequence[QuoteRow], waiting: str) -> None:
        """Show these quotes; `waiting` is what to say while there are none."""
        self._waiting = waiting
        self._quotes = {row.instrument_id: self._written(row) for row in rows}
        self._sift()

    def filter(self, text: str) -> None:
        """Show only markets whose name contains `text`, with or without its slash."""
        self._filter = text.strip().upper()
        self._sift()

    def select(self, instrument_id: InstrumentId) -> None:
        """Put the cursor on a market, without telling anyone."""
        self.selected = instrument_id
        self.relay()

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, and tell it if that is another market."""
        chosen = self._shown[row].quote.row.instrument_id
        changed, self.selected = chosen != self.selected, chosen
        self.relay()
        if changed:
            self.post_message(self.Highlighted(chosen))

    def action_follow(self) -> None:
        """Follow the market under the cursor."""
        if self.selected is not None:
            self.post_message(self.Chosen(self.selected))

    def relay(self) -> None:
        """Lay out the lines for the rows, the cursor and the size."""
        width, height = self.size
        if not width:
            return
        head = self._head(width)
        if not self._shown:
            self.paint([head, *centred(width, height - 1, self._emptiness())])
            return
        columns = fitting(self._shown, width - 2)
        titles = "".join(f" {COLUMNS[number].padded(COLUMNS[number].title, room)}" for number, room in columns)
        rows = [self._line(self._shown[number], columns) for number in self.scrolled()]
        self.paint([head, Line(((f" {titles}", "columns"),)), *rows])

    def _written(self, row: QuoteRow) -> WrittenQuote:
        """The row in words, with what is remembered of its market; written anew only where it changed."""
        before = self._quotes.get(row.instrument_id)
        if before is None:
            return written(MarkedQuote.first(row))
        quote = before.quote.followed_by(row)
        return before if quote is before.quote else written(quote)

    def _sift(self) -> None:
        """Choose the rows that the filter lets through, and keep the cursor on one of them."""
        self._shown = [
            each
            for id, each in self._quotes.items()  # noqa: A001
            if self._filter in market_of(id) or self._filter in market_of(id).replace("/", "")
        ]
        if self._shown and all(each.quote.row.instrument_id != self.selected for each in self._shown):
            self.move_to(0)
        else:
            self.relay()

    def _head(self, width: int) -> Line:
        """What the pane is, and where the cursor is in it."""
        left: list[Span] = [(" MARKETS", "title")]
        if self._filter:
            left.append((f"  with “{self._filter}”", "muted"))
        place = f"{self.cursor + 1} of {self.count}" if self._shown else ""
        return headed(width, left, [(place, "muted")])

    def _emptiness(self) -> list[Span]:
        """What to say where no row is."""
        if self._quotes:
            return [(f"No market with “{self._filter}”", "empty"), ("Esc shows all of them", "muted")]
        return [("No quotes yet", "empty"), (self._waiting, "muted")]

    def _line(self, line: WrittenQuote, columns: Sequence[tuple[int, int]]) -> Line:
        """One market."""
        selected = line.quote.row.instrument_id == self.selected
        spans: list[Span] = [("▸ " if selected else "  ", "strong")]
        for number, width in columns:
            text, style = line.cells[number]
            spans += ((COLUMNS[number].padded(text, width), style), (" ", ""))
        style = ("cursor" if self.has_focus else "cursor-blurred") if selected else ""
        return Line(tuple(spans), style)
