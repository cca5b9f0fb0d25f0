"""What one operation does to one account: written in one transaction, then told to the account."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fks_engine.simulator import order_payloads

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.simulator.account import Account, Fill
    from fks_engine.simulator.market import Clock
    from fks_engine.simulator.nouns import Order, SymbolRules
    from fks_engine.simulator.order_lists import OrderList
    from fks_engine.simulator.state import Store


class Numbers(Protocol):
    """A sequence."""

    def next(self) -> int:
        """The next number."""
        ...


class Journal:
    """Events in the order they will be told, and what changed."""

    def __init__(self, account: Account, store: Store, clock: Clock, execution_ids: Numbers) -> None:
        self.account = account
        self._store = store
        self._clock = clock
        self._execution_ids = execution_ids
        self._events: list[dict[str, Any]] = []
        self._orders: dict[int, Order] = {}
        self._lists: dict[int, OrderList] = {}
        self.fills: list[Fill] = []

    def order(
        self, order: Order, kind: str, fill: Fill | None = None, *, cancel_id: str = "", reason: str = "NONE"
    ) -> dict[str, Any]:
        """Report an order as it stands now; the event, which may still be changed."""
        self._orders[order.order_id] = order
        if fill is not None:
            self.fills.append(fill)
        event = order_payloads.order_event(
            order, kind, self._execution_ids.next(), self._clock.now_ms(), fill, cancel_id, reason
        )
        self._events.append(event)
        return event

    def forget(self, order: Order) -> None:
        """Tell of an order, but keep no record of it."""
        del self._orders[order.order_id]

    def order_list(self, order_list: OrderList) -> None:
        """Report an order list as it stands now."""
        order_list.updated_ms = self._clock.now_ms()
        self._lists[order_list.list_id] = order_list
        self._events.append(order_payloads.list_event(order_list, order_list.updated_ms))

    def positions(self, rules: SymbolRules) -> None:
        """Report the balances of a symbol's two assets as they stand now."""
        positions = self.account.positions((rules.base, rules.quote))
        self._events.append(order_payloads.position_event(positions, self._clock.now_ms()))

    def close(self, report: Callable[[str, dict[str, Any]], None]) -> None:
        """Write everything together, then tell it."""
        account = self.account
        account.updated_ms = self._clock.now_ms()
        with self._store.transaction():
            for order in self._orders.values():
                self._store.save_order(order, account.holds.get(order.order_id))
            for order_list in self._lists.values():
                self._store.save_list(order_list)
            for fill in self.fills:
                self._store.save_fill(fill)
            self._store.save_balances(account.owner, account.balances.items())
        for event in self._events:
            report(account.owner, event)
