"""Own orders resting in a recorded book, each behind the size that stood at its price when it came."""

from __future__ import annotations

from bisect import insort_right
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from fks_engine.simulator.nouns import ZERO, Order, Side

if TYPE_CHECKING:
    from collections.abc import Iterator
    from decimal import Decimal

SHRINK_DELAY_MS = 1_000
"""How long a smaller recorded level waits, in recorded time, before it shortens a queue.

Trades reach a recording up to some 170 ms after the diff that already counts them; a queue shortened at once would be
shortened again by the trade.
"""


@dataclass(slots=True, eq=False)
class Resting:
    """An own order and what stands before it."""

    order: Order
    ahead: Decimal
    """The recorded size that fills first at its price; never negative."""
    since_ms: int
    """The recorded time at which it came; trades up to then were before it."""
    shrinks: deque[tuple[int, Decimal]] = field(default_factory=deque)
    """Recorded times and level sizes that will shorten the queue, oldest first."""

    @property
    def rank(self) -> Decimal:
        """Orders by price priority, best first."""
        return -self.order.price if self.order.side is Side.BUY else self.order.price

    def reach(self, price: Decimal, quantity: Decimal) -> Decimal:
        """How much of `quantity` traded at or beyond the order's price comes to it; shortens the queue."""
        order = self.order
        if order.price != price:
            self.ahead = ZERO
            return min(order.leaves, quantity)

        beyond = max(ZERO, quantity - self.ahead)
        self.ahead = max(ZERO, self.ahead - quantity)
        return min(order.leaves, beyond)

    def note_level(self, size: Decimal, event_ms: int) -> None:
        """Take in the size its level has at that recorded time."""
        if size < (self.shrinks[-1][1] if self.shrinks else self.ahead):
            self.shrinks.append((event_ms, size))
        while self.shrinks and self.shrinks[0][0] + SHRINK_DELAY_MS <= event_ms:
            self.ahead = min(self.ahead, self.shrinks.popleft()[1])


class RestingSide:
    """The own orders of one side, best price first and oldest first at a price."""

    def __init__(self) -> None:
        self._entries: list[Resting] = []

    def __iter__(self) -> Iterator[Resting]:
        """A copy, so that orders may leave meanwhile."""
        return iter(tuple(self._entries))

    def __bool__(self) -> bool:
        return bool(self._entries)

    def best(self) -> Resting:
        """The first in priority; there must be one."""
        return self._entries[0]

    def add(self, resting: Resting) -> None:
        """Queue behind the orders of the same price."""
        insort_right(self._entries, resting, key=lambda entry: entry.rank)

    def drop_filled(self, resting: Resting) -> None:
        """Take it out when nothing of it is left."""
        if resting.order.leaves <= 0:
            self._entries.remove(resting)

    def remove(self, order: Order) -> bool:
        """Take an order out; False when it is not here."""
        for index, resting in enumerate(self._entries):
            if resting.order is order or resting.order.order_id == order.order_id:
                del self._entries[index]
                return True
        return False
