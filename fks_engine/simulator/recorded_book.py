"""A book rebuilt from a recording: a depth snapshot, the diffs after it, and the quotes that run ahead of the diffs."""

from __future__ import annotations

from bisect import bisect_left, insort
from itertools import islice
from typing import TYPE_CHECKING

from fks_engine.simulator.nouns import ZERO, Depth, DepthChange, Level, Quote, Side

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from decimal import Decimal


class BookSide:
    """The recorded levels of one side."""

    def __init__(self, side: Side) -> None:
        self._is_bid = side is Side.BUY
        self._sizes: dict[Decimal, Decimal] = {}
        self._ranks: list[Decimal] = []
        """The prices, best first; those of bids negated, to ascend."""

    def load(self, levels: Iterable[Level]) -> None:
        """Replace every level."""
        self._sizes = {price: size for price, size in levels if size}
        self._ranks = sorted(-price if self._is_bid else price for price in self._sizes)

    def set(self, price: Decimal, size: Decimal) -> None:
        """Let a level have that size; zero removes it."""
        known = price in self._sizes
        rank = -price if self._is_bid else price
        if size:
            self._sizes[price] = size
            if not known:
                insort(self._ranks, rank)
        elif known:
            del self._sizes[price]
            del self._ranks[bisect_left(self._ranks, rank)]

    def size_at(self, price: Decimal) -> Decimal:
        """The size at that price, zero without a level."""
        return self._sizes.get(price, ZERO)

    def levels(self) -> Iterator[Level]:
        """Price and size, best first; the side must not change meanwhile."""
        sizes = self._sizes
        for rank in self._ranks:
            price = -rank if self._is_bid else rank
            yield price, sizes[price]


class RecordedBook:
    """One symbol's recorded book.

    Two views of it: `depth` is what snapshot and diffs say, so that a client's snapshot and the published diffs fit at
    any moment; `best`, `levels` and `size_at` also heed the last quote while it is newer than the last diff, for quotes
    are recorded at once and diffs only each 100 ms.
    """

    def __init__(self, symbol: str, opening: Depth | None = None) -> None:
        self.symbol = symbol
        self.last_update_id = 0
        self._sides = {side: BookSide(side) for side in Side}
        self._quote: Quote | None = None
        if opening is not None:
            self.load(opening)

    def load(self, depth: Depth) -> bool:
        """Begin from a snapshot; False, and nothing happens, when it is older than the book."""
        if depth.last_update_id <= self.last_update_id:
            return False

        self._sides[Side.BUY].load(depth.bids)
        self._sides[Side.SELL].load(depth.asks)
        self.last_update_id = depth.last_update_id
        return True

    def change(self, change: DepthChange) -> bool:
        """Apply a diff; False, and nothing happens, when the book already holds it."""
        if change.final_id <= self.last_update_id:
            return False

        for side, levels in ((Side.BUY, change.bids), (Side.SELL, change.asks)):
            levels_of = self._sides[side]
            for price, size in levels:
                levels_of.set(price, size)
        self.last_update_id = change.final_id
        return True

    def show(self, quote: Quote) -> None:
        """Take a quote."""
        self._quote = quote

    def _fresh_quote(self) -> Quote | None:
        quote = self._quote
        return quote if quote is not None and quote.update_id > self.last_update_id else None

    def depth(self, limit: int) -> Depth:
        """Up to `limit` levels a side as of the last diff."""
        bids, asks = (list(islice(self._sides[side].levels(), limit)) for side in (Side.BUY, Side.SELL))
        return Depth(self.last_update_id, bids, asks)

    def best(self) -> Quote:
        """The newest best bid and ask."""
        quote = self._fresh_quote()
        if quote is not None:
            return quote

        bid, bid_size = next(self._sides[Side.BUY].levels(), (ZERO, ZERO))
        ask, ask_size = next(self._sides[Side.SELL].levels(), (ZERO, ZERO))
        return Quote(self.symbol, self.last_update_id, bid, bid_size, ask, ask_size)

    def levels(self, side: Side) -> Iterator[Level]:
        """The newest known levels of one side, best first; the book must not change meanwhile."""
        best = self._fresh_best(side)
        if best is None:
            yield from self._sides[side].levels()
            return

        if best[1]:
            yield best
            for price, size in self._sides[side].levels():
                if (price < best[0]) if side is Side.BUY else (price > best[0]):
                    yield price, size

    def size_at(self, side: Side, price: Decimal) -> Decimal:
        """The newest known size at that price."""
        best = self._fresh_best(side)
        if best is not None:
            if price == best[0]:
                return best[1]
            if not best[1] or ((price > best[0]) if side is Side.BUY else (price < best[0])):
                return ZERO
        return self._sides[side].size_at(price)

    def diffed_size_at(self, side: Side, price: Decimal) -> Decimal:
        """The size at that price as of the last diff."""
        return self._sides[side].size_at(price)

    def _fresh_best(self, side: Side) -> Level | None:
        quote = self._fresh_quote()
        if quote is None:
            return None
        return (quote.bid, quote.bid_size) if side is Side.BUY else (quote.ask, quote.ask_size)


class TakenSizes:
    """What own orders took of the recorded levels, remembered until a level has another size."""

    def __init__(self, book: RecordedBook, step: Decimal) -> None:
        self._book = book
        self._step = step
        self._taken: dict[Side, dict[Decimal, tuple[Decimal, Decimal]]] = {side: {} for side in Side}
        """By side and price: the recorded size it was taken from, and how much was taken."""

    def free(self, side: Side, price: Decimal) -> Decimal:
        """The recorded size at a price that nobody took yet, in whole steps."""
        size = self._book.size_at(side, price)
        known = self._taken[side].get(price)
        left = size - known[1] if known else size
        return left // self._step * self._step

    def take(self, side: Side, price: Decimal, quantity: Decimal) -> None:
        """Remember that so much was taken."""
        _, before = self._taken[side].get(price, (ZERO, ZERO))
        self._taken[side][price] = (self._book.size_at(side, price), before + quantity)

    def refresh(self) -> None:
        """Forget what was taken of levels that have another size now; to be called after each change of the book."""
        for side, taken in self._taken.items():
            for price, (seen, _) in tuple(taken.items()):
                if self._book.size_at(side, price) != seen:
                    del taken[price]
