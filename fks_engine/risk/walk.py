"""What an order would meet in the book if it arrived now."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from fks_engine.model import EXACT, Side

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.model import Level, OrderBook, Quote


class Walk(NamedTuple):
    """What would be traded at once, and for how much."""

    quantity: Decimal
    """Base units that the visible levels give."""
    notional: Decimal
    """Quote units for them."""
    last_price: Decimal
    """The worst price touched."""

    @property
    def average_price(self) -> Decimal:
        """The mean price of what would be traded."""
        return self.notional / self.quantity


def opposite_levels(side: Side, book: OrderBook | None, quote: Quote | None) -> tuple[Level, ...]:
    """The levels that an order of this side trades against, best first: of the book, else the top alone."""
    from_book = () if book is None else (book.asks if side is Side.BUY else book.bids)
    if from_book or quote is None:
        return from_book
    return (quote.best_ask,) if side is Side.BUY else (quote.best_bid,)


def walk(side: Side, levels: Iterable[Level], quantity: Decimal, limit_price: Decimal | None = None) -> Walk | None:
    """Trade `quantity` against `levels`, no further than `limit_price`; None where nothing would trade at once."""
    done = notional = last_price = Decimal(0)
    for level in levels:
        if limit_price is not None and (level.price > limit_price if side is Side.BUY else level.price < limit_price):
            break
        size = min(level.size, EXACT.subtract(quantity, done))
        if size <= 0:
            break
        done = EXACT.add(done, size)
        notional = EXACT.add(notional, EXACT.multiply(size, level.price))
        last_price = level.price
    return Walk(done, notional, last_price) if done else None
