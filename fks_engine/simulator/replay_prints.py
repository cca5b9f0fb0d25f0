"""A made book round a recording that has prints but no depth: trades, or candles turned into prints."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from operator import itemgetter
from typing import TYPE_CHECKING

from fks_engine.simulator.nouns import ZERO, Depth, DepthChange, Level, PublicTrade, Quote
from fks_engine.simulator.replay_recording import Frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from fks_engine.simulator.nouns import SymbolRules

LEVELS = 20
DEPTH_MS = 100
"""How often a changed book is published as a diff."""
_BASIS_POINT = Decimal("0.0001")
_MS = 1_000_000


class MadeBook:
    """One symbol's made book: a pure function of its last prints.

    A buyer's print stands at the ask, a seller's at the bid; the other side stays where it was last seen, at least one
    tick and at most one basis point away. Each side has twenty levels one basis point apart (one tick where that is
    more); the n-th holds n times `size`.
    """

    def __init__(self, rules: SymbolRules, price: Decimal, size: Decimal, first_update_id: int) -> None:
        self._symbol = rules.symbol
        self._tick = rules.tick
        self._size = size
        self._update_id = first_update_id
        self._bid = price
        self._ask = price + rules.tick
        self._published = self.depth()
        self._changed_ms: int | None = None

    def _gap(self, price: Decimal) -> Decimal:
        """One basis point of the price in whole ticks, at least one."""
        ticks = (price * _BASIS_POINT / self._tick).to_integral_value(ROUND_FLOOR)
        return max(self._tick, ticks * self._tick)

    def print(self, price: Decimal, *, by_buyer: bool, time_ms: int) -> Quote | None:
        """Follow a print; the quote when the best bid or ask moved."""
        gap = self._gap(price)
        if by_buyer:
            ask = price
            bid = min(max(self._bid, price - gap), price - self._tick)
        else:
            bid = price
            ask = max(min(self._ask, price + gap), price + self._tick)
        if (bid, ask) == (self._bid, self._ask):
            return None

        self._bid, self._ask = bid, ask
        self._update_id += 1
        if self._changed_ms is None:
            self._changed_ms = time_ms
        return Quote(self._symbol, self._update_id, max(bid, ZERO), self._size if bid > 0 else ZERO, ask, self._size)

    @property
    def due_ms(self) -> int | None:
        """When the next diff is to be published; None when nothing changed."""
        return None if self._changed_ms is None else self._changed_ms + DEPTH_MS

    def drain(self, time_ms: int) -> DepthChange:
        """What changed since the last diff."""
        before, now = self._published, self.depth()
        self._published, self._changed_ms = now, None
        first_id = before.last_update_id + 1
        bids, asks = _changes(before.bids, now.bids), _changes(before.asks, now.asks)
        return DepthChange(self._symbol, first_id, now.last_update_id, bids, asks, time_ms)

    def depth(self) -> Depth:
        """The whole book."""
        bid_gap, ask_gap = self._gap(self._bid), self._gap(self._ask)
        bids = [(self._bid - n * bid_gap, self._size * (n + 1)) for n in range(LEVELS)]
        asks = [(self._ask + n * ask_gap, self._size * (n + 1)) for n in range(LEVELS)]
        return Depth(self._update_id, [level for level in bids if level[0] > 0], asks)


def with_made_books(trades: Iterable[PublicTrade], books: Mapping[str, MadeBook], shift_ms: int) -> Iterator[Frame]:
    """The trades with the quotes and diffs that follow them, in time order; times later by `shift_ms`."""
    for trade in trades:
        yield from _due_diffs(books, trade.time_ms, shift_ms)
        shifted = trade._replace(time_ms=trade.time_ms + shift_ms, event_ms=trade.event_ms + shift_ms)
        yield Frame(trade.time_ms * _MS, shifted)
        book = books[trade.symbol]
        quote = book.print(trade.price, by_buyer=not trade.buyer_is_maker, time_ms=trade.time_ms)
        if quote is not None:
            yield Frame(trade.time_ms * _MS, quote)
    yield from _due_diffs(books, None, shift_ms)


def _due_diffs(books: Mapping[str, MadeBook], until_ms: int | None, shift_ms: int) -> Iterator[Frame]:
    """The diffs due by then, or all that are due at all."""
    due = [(due_ms, book) for book in books.values() if (due_ms := book.due_ms) is not None]
    for due_ms, book in sorted(due, key=itemgetter(0)):
        if until_ms is None or due_ms <= until_ms:
            yield Frame(due_ms * _MS, book.drain(due_ms + shift_ms))


def _changes(before: list[Level], now: list[Level]) -> list[Level]:
    """The levels that differ; size zero for those that are gone."""
    sizes = dict(now)
    gone = [(price, ZERO) for price, _ in before if price not in sizes]
    known = set(before)
    return [level for level in now if level not in known] + gone
