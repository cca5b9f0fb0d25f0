"""The watchlist: one line per market, with a cursor that chooses the market to follow."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from fks_engine.api import InstrumentId, market_of
from fks_tui.actions.action import bindings
from fks_tui.actions.desk import LIST_ACTIONS
from fks_tui.actions.markets import END_FILTER, FOLLOW
from fks_tui.widgets.cursor_pane import CursorPane
from fks_tui.widgets.line_pane import Line, Span, centred, headed
from fks_tui.widgets.quote_columns import COLUMNS, MarkedQuote, WrittenQuote, fitting, written
from fks_tui.widgets.quote_order import AS_LISTED, ordered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.api import QuoteRow


SORT_EVERY_S = 2.0
"""How often a sorted list is sorted anew."""


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
        self._listed: tuple[InstrumentId, ...] | None = None
        self._list_name = ""
        self._order: list[InstrumentId] = []
        self._sorted_at = 0.0
        self.sorted_by, self.is_turned = AS_LISTED, False
        self._leaving: frozenset[InstrumentId] = frozenset()
        self.selected: InstrumentId | None = None
        """The market that is chosen. It may be none of those shown; then there is no cursor."""

    @property
    def cursor(self) -> int:
        """The number of the selected market among those shown; -1 where it is not among them."""
        numbers = (at for at, each in enumerate(self._shown) if each.quote.row.instrument_id == self.selected)
        return next(numbers, -1)

    @property
    def count(self) -> int:
        """How many markets the filter lets through."""
        return len(self._shown)

    def show(self, rows: Sequence[QuoteRow], waiting: str) -> None:
        """Show these quotes; `waiting` is what to say while there are none."""
        self._waiting = waiting
        fresh = {row.instrument_id: self._written(row) for row in rows}
        others, self._quotes = [*fresh] != [*self._quotes], fresh
        if others or time.monotonic() - self._sorted_at >= SORT_EVERY_S:
            self._sort()
        self._sift()

    def choose(self, name: str, instrument_ids: tuple[InstrumentId, ...]) -> None:
        """Show one watchlist."""
        if (name, instrument_ids) != (self._list_name, self._listed):
            self._list_name, self._listed = name, instrument_ids
            self._sort()
            self._sift()

    def leave_out(self, instrument_ids: frozenset[InstrumentId]) -> None:
        """Show these no longer: they are on their way off the list. A cursor on one of them goes to the next line."""
        if instrument_ids != self._leaving:
            at = self.cursor
            self._leaving = instrument_ids
            self._sift()
            if at >= 0 and self.cursor < 0:
                self._move(at)

    def sort(self, order: str, *, turned: bool) -> None:
        """Show the markets in one of ORDERS."""
        self.sorted_by, self.is_turned = order, turned
        self._sort()
        self._sift()

    def _sort(self) -> None:
        """Settle the order anew; between two times it stands, so that lines do not jump about."""
        self._sorted_at = time.monotonic()
        ids = self._quotes.keys() if self._listed is None else self._listed
        rows = [self._quotes[each].quote.row for each in ids if each in self._quotes]
        self._order = ordered(rows, self.sorted_by, turned=self.is_turned)

    def filter(self, text: str) -> None:
        """Show only markets whose name contains `text`, with or without its slash; the cursor goes to one of them."""
        self._filter = text.strip().upper()
        self._sift()
        if self._filter and self.cursor < 0:
            self._move(0)

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
        """Choose the rows that the filter lets through. What is selected stays so; where nothing is, the first is."""
        self._shown = [
            self._quotes[id]
            for id in self._order  # noqa: A001
            if id not in self._leaving
            and (self._filter in market_of(id) or self._filter in market_of(id).replace("/", ""))
        ]
        if self._shown and self.selected is None:
            self.move_to(0)
        else:
            self.relay()

    def _head(self, width: int) -> Line:
        """What the pane is, and where the cursor is in it."""
        left: list[Span] = [(f" {self._list_name.upper() or 'MARKETS'}", "title")]
        if self.sorted_by != AS_LISTED or self.is_turned:
            left.append((f"  by {self.sorted_by or 'list'}{', turned' if self.is_turned else ''}", "muted"))
        if self._filter:
            left.append((f"  with “{self._filter}”", "muted"))
        place = f"{self.cursor + 1} of {self.count}" if self._shown else ""
        if self._shown and self.cursor < 0 and self.selected is not None:
            place = f"{market_of(self.selected)} not among these {self.count}"
        return headed(width, left, [(place, "muted")])

    def _emptiness(self) -> list[Span]:
        """What to say where no row is."""
        if self._quotes:
            return [(f"No market with “{self._filter}”", "empty"), (f"{END_FILTER.keys} shows all of them", "muted")]
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
