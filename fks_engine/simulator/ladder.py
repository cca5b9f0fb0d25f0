"""One side of a book: price levels in order, each a queue of orders in time order."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING

from fks_engine.simulator.nouns import ZERO, Level, Order, Side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal


class PriceLevel:
    """The orders resting at one price, first come first."""

    __slots__ = ("orders", "price", "size")

    def __init__(self, price: Decimal) -> None:
        self.price = price
        self.size: Decimal = ZERO
        self.orders: dict[int, Order] = {}


class Ladder:
    """The levels of one side; the best is the highest bid or the lowest ask."""

    def __init__(self, side: Side) -> None:
        self._is_bid = side is Side.BUY
        self._prices: list[Decimal] = []
        self._levels: dict[Decimal, PriceLevel] = {}
        self._touched: dict[Decimal, None] = {}

    def __len__(self) -> int:
        return len(self._prices)

    def best(self) -> PriceLevel | None:
        """The best level."""
        if not self._prices:
            return None
        return self._levels[self._prices[-1 if self._is_bid else 0]]

    def first(self) -> Order | None:
        """The order that trades next: the oldest of the best level."""
        level = self.best()
        return next(iter(level.orders.values())) if level else None

    def level_at(self, rank: int) -> PriceLevel | None:
        """The level at `rank` (0 is the best), None beyond the last."""
        if rank >= len(self._prices):
            return None
        return self._levels[self._prices[-1 - rank if self._is_bid else rank]]

    def levels(self) -> Iterator[PriceLevel]:
        """Every level, best first."""
        for price in reversed(self._prices) if self._is_bid else self._prices:
            yield self._levels[price]

    def top(self, limit: int) -> list[Level]:
        """Price and size of up to `limit` levels, best first."""
        prices = self._prices[: -limit - 1 : -1] if self._is_bid else self._prices[:limit]
        return [(price, self._levels[price].size) for price in prices]

    def drain(self) -> list[Level]:
        """Every level touched since the last call with its size now, best first; size zero says it is gone."""
        prices = sorted(self._touched, reverse=self._is_bid)
        self._touched.clear()
        levels = self._levels
        return [(price, levels[price].size if price in levels else ZERO) for price in prices]

    def add(self, order: Order) -> None:
        """Queue an order at its price."""
        price = order.price
        level = self._levels.get(price)
        if level is None:
            level = self._levels[price] = PriceLevel(price)
            insort(self._prices, price)
        level.orders[order.order_id] = order
        level.size += order.leaves
        self._touched[price] = None

    def remove(self, order: Order) -> bool:
        """Take an order out; False when it is not here."""
        level = self._levels.get(order.price)
        if level is None or level.orders.pop(order.order_id, None) is None:
            return False

        self._shrink(level, order.leaves)
        return True

    def reduce(self, order: Order, quantity: Decimal) -> None:
        """Book an execution of `quantity` that the order has already counted; it leaves when nothing is left."""
        level = self._levels[order.price]
        if order.leaves <= 0:
            del level.orders[order.order_id]
        self._shrink(level, quantity)

    def _shrink(self, level: PriceLevel, quantity: Decimal) -> None:
        level.size -= quantity
        self._touched[level.price] = None
        if not level.orders:
            del self._levels[level.price]
            del self._prices[bisect_left(self._prices, level.price)]
