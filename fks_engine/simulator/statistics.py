"""What reached the exchange: requests, orders by client id, connections and messages, counted for tests."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_ORDERS = 20_000


class OrderCount:
    """How often one client order id came, and what became of it."""

    __slots__ = ("accepted", "canceled", "received", "refused", "swallowed")

    def __init__(self) -> None:
        self.received = 0
        self.accepted = 0
        self.canceled = 0
        self.swallowed = 0
        self.refused: list[int] = []

    def body(self) -> dict[str, Any]:
        """As GET /stats shows it."""
        return {
            "received": self.received,
            "accepted": self.accepted,
            "canceled": self.canceled,
            "swallowed": self.swallowed,
            "refused": list(self.refused),
        }


class Statistics:
    """The counts since the start or the last reset."""

    def __init__(self) -> None:
        self._requests: dict[str, Counter[str]] = {}
        self._orders: dict[str, OrderCount] = {}
        self.messages: Counter[str] = Counter()
        self.opened: Counter[str] = Counter()
        self.open: Counter[str] = Counter()

    def request(self, name: str, status: int, code: int | None) -> None:
        """One answered request."""
        counter = self._requests.setdefault(name, Counter())
        counter["requests"] += 1
        counter[str(status if code is None else code)] += 1

    def unanswered(self, name: str) -> None:
        """One request whose client got nothing."""
        counter = self._requests.setdefault(name, Counter())
        counter["requests"] += 1
        counter["unanswered"] += 1

    def order(self, client_order_id: str) -> OrderCount:
        """The count of a client order id; the oldest is forgotten when there are too many."""
        found = self._orders.get(client_order_id)
        if found is None:
            if len(self._orders) >= MOST_ORDERS:
                del self._orders[next(iter(self._orders))]
            found = self._orders[client_order_id] = OrderCount()
        return found

    def swallowed(self, values: Mapping[str, str]) -> None:
        """An order that was taken from the wire and never executed."""
        client_order_id = values.get("newClientOrderId")
        if client_order_id:
            self.order(client_order_id).swallowed += 1

    def enter(self, kind: str) -> None:
        """A WebSocket opened."""
        self.opened[kind] += 1
        self.open[kind] += 1

    def leave(self, kind: str) -> None:
        """A WebSocket closed."""
        self.open[kind] -= 1

    def reset(self) -> None:
        """Forget all but the connections that are open."""
        self._requests.clear()
        self._orders.clear()
        self.messages.clear()
        self.opened.clear()

    def body(self) -> dict[str, Any]:
        """As GET /stats shows it."""
        return {
            "requests": {name: dict(counter) for name, counter in sorted(self._requests.items())},
            "orders": {name: order.body() for name, order in self._orders.items()},
            "connections": {
                kind: {"open": self.open[kind], "opened": self.opened[kind]} for kind in sorted(self.opened | self.open)
            },
            "messages": dict(self.messages),
        }
