"""The conditional orders that wait for the last price to reach their stop price."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.simulator.nouns import Order


class Triggers:
    """Remembers the prices that traded and tells which waiting orders they reached."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[int, Order]] = {}
        self._traded: dict[str, tuple[Decimal, Decimal]] = {}

    def add(self, order: Order) -> None:
        """Let an order wait; prices that traded before count for nothing."""
        self._waiting.setdefault(order.symbol, {})[order.order_id] = order

    def discard(self, order: Order) -> None:
        """Let it wait no longer."""
        waiting = self._waiting.get(order.symbol)
        if waiting is not None:
            waiting.pop(order.order_id, None)

    def note(self, symbol: str, price: Decimal) -> None:
        """A trade happened at that price."""
        if not self._waiting.get(symbol):
            return

        low, high = self._traded.get(symbol, (price, price))
        self._traded[symbol] = (min(low, price), max(high, price))

    def pop(self) -> Order | None:
        """Take out one order whose stop price has traded: the one reached first, the oldest at a price."""
        while self._traded:
            symbol, (low, high) = next(iter(self._traded.items()))
            reached = [order for order in self._waiting.get(symbol, {}).values() if _is_reached(order, low, high)]
            if reached:
                order = min(reached, key=_priority)
                self.discard(order)
                return order

            del self._traded[symbol]
        return None


def _is_reached(order: Order, low: Decimal, high: Decimal) -> bool:
    return order.stop_price <= high if order.rises_to_stop else order.stop_price >= low


def _priority(order: Order) -> tuple[Decimal, int]:
    return order.stop_price if order.rises_to_stop else -order.stop_price, order.order_id
