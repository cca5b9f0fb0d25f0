"""What the watchlist writes of a quote: its columns, and which of them fit a width."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from fks_engine.api import market_of
from fks_tui import formatting

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from fks_engine.api import QuoteRow
    from fks_tui.widgets.line_pane import Span

_MOST_EXTRA = 3
"""Cells that a column may be wider than it must be, so that a row is still read as one."""
_FRESH_S = 1.0
"""Ages under this are all the same to a person."""


@dataclass(frozen=True, slots=True)
class MarkedQuote:
    """A quote and what is remembered of its market."""

    row: QuoteRow
    decimals: int
    """Of the market's prices; they only grow, so a round price keeps its zeros."""
    arrow: str = formatting.STEADY
    """The direction of the last change of price."""
    moved: bool = False
    """Whether the price changed in this very picture."""

    @classmethod
    def first(cls, row: QuoteRow) -> MarkedQuote:
        """A market's first quote."""
        return cls(row, _decimals_in(row))

    def followed_by(self, row: QuoteRow) -> MarkedQuote:
        """The market's next quote, with the direction it took."""
        if row == self.row and not self.moved:
            return self
        old, new = self.row.last, row.last
        if old is None or new is None or old == new:
            return MarkedQuote(row, max(self.decimals, _decimals_in(row)), self.arrow)
        arrow = formatting.RISING if new > old else formatting.FALLING
        return MarkedQuote(row, max(self.decimals, _decimals_in(row)), arrow, moved=True)


class Column(NamedTuple):
    """One column of the watchlist."""

    rank: int
    """Columns of a high rank are the first to give way."""
    title: str
    least: int
    """The least width; a column grows with what is in it."""
    text: Callable[[MarkedQuote], str]
    style: Callable[[MarkedQuote], str]
    left: bool = False

    def padded(self, text: str, width: int) -> str:
        """A text of the column, as wide as the column."""
        return text.ljust(width) if self.left else text.rjust(width)


class WrittenQuote(NamedTuple):
    """A quote with its text and style in every column."""

    quote: MarkedQuote
    cells: tuple[Span, ...]


def written(quote: MarkedQuote) -> WrittenQuote:
    """The quote in words; what is stale is dim, and its age is loud."""
    dim = quote.row.stale
    cells = []
    for column in COLUMNS:
        style = column.style(quote)
        cells.append((column.text(quote), "dim" if dim and style != "stale" else style))
    return WrittenQuote(quote, tuple(cells))


def fitting(lines: Sequence[WrittenQuote], width: int) -> list[tuple[int, int]]:
    """The most important of COLUMNS that fit `width`: their numbers in reading order, and their widths.

    One cell goes before each column; what room is left over is spread between them.
    """
    widths = [
        max(column.least, *(len(line.cells[number][0]) for line in lines)) for number, column in enumerate(COLUMNS)
    ]
    room = width
    kept: set[int] = set()
    for number in sorted(range(len(COLUMNS)), key=lambda each: COLUMNS[each].rank):
        if widths[number] + 1 > room:
            break
        room -= widths[number] + 1
        kept.add(number)
    extra = min(_MOST_EXTRA, room // max(1, len(kept)))
    return [(number, widths[number] + extra) for number in sorted(kept)]


def _decimals_in(row: QuoteRow) -> int:
    """The decimals of the row's prices as they are written."""
    return max((formatting.decimals_of(each) for each in (row.bid, row.ask, row.last) if each is not None), default=0)


def _last(quote: MarkedQuote) -> str:
    return f"{formatting.price(quote.row.last, quote.decimals)} {quote.arrow}"


def _last_style(quote: MarkedQuote) -> str:
    direction = {formatting.RISING: "up", formatting.FALLING: "down"}.get(quote.arrow, "strong")
    return f"{direction}-flash" if quote.moved and direction != "strong" else direction


def _change_style(quote: MarkedQuote) -> str:
    change = quote.row.change
    return "muted" if not change else "up" if change > 0 else "down"


def _spread(quote: MarkedQuote) -> str:
    bid, ask = quote.row.bid, quote.row.ask
    if bid is None or ask is None:
        return formatting.NOTHING
    return formatting.basis_points(ask - bid, (ask + bid) / 2)


def _age(quote: MarkedQuote) -> str:
    age = quote.row.age_s
    if age is not None and age < _FRESH_S and not quote.row.stale:
        return "now"
    written = formatting.NOTHING if age is None else f"{int(age)}s" if age < 100 else formatting.age(age)
    return f"!{written}" if quote.row.stale else written


COLUMNS = (
    Column(0, "MARKET", 9, lambda quote: market_of(quote.row.instrument_id), lambda quote: "name", left=True),
    Column(1, "LAST  ", 10, _last, _last_style),
    Column(2, "24H", 7, lambda quote: formatting.percent(quote.row.change), _change_style),
    Column(7, "BID SIZE", 9, lambda quote: formatting.size(quote.row.bid_size, 9), lambda quote: "muted"),
    Column(4, "BID", 8, lambda quote: formatting.price(quote.row.bid, quote.decimals), lambda quote: "bid"),
    Column(5, "ASK", 8, lambda quote: formatting.price(quote.row.ask, quote.decimals), lambda quote: "ask"),
    Column(8, "ASK SIZE", 9, lambda quote: formatting.size(quote.row.ask_size, 9), lambda quote: "muted"),
    Column(9, "SPREAD BP", 9, _spread, lambda quote: "muted"),
    Column(6, "VOLUME", 6, lambda quote: formatting.compact(quote.row.quote_volume), lambda quote: "muted"),
    Column(3, "AGE", 4, _age, lambda quote: "stale" if quote.row.stale else "muted"),
)
