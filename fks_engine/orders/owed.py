"""What positions are owed: stops that ended, or never began to work, before all of what they were for was sold."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.model import (
    EXACT,
    CancelAsked,
    Checkpoint,
    OrderMoved,
    OrderStatus,
    OrderType,
    Side,
)
from fks_engine.orders.wording import KEPT_BACK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fks_engine.model import InstrumentId, JournalEntry, Order

FORGET_AT = 20_000
"""So many orders that were canceled or in lists are remembered before those are dropped that nobody knows any more."""
_RESTING = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})
_NEVER = frozenset({OrderStatus.DENIED, OrderStatus.REJECTED})


@dataclass(frozen=True, slots=True)
class Debt:
    """What nothing protects any more although nobody asked for that."""

    cause: Order
    """The stop that ended, or the entry whose stop never came to work."""
    stop: Order
    """The stop as it was meant."""
    quantity: Decimal
    """Base units that are to be protected or sold still."""


class Owed:
    """Follows orders and tells which stops are owed. It knows nothing that orders and journal do not tell."""

    def __init__(
        self, order: Callable[[str], Order | None], after_fee: Callable[[InstrumentId, Decimal], Decimal]
    ) -> None:
        """`after_fee` gives what is left of a purchase."""
        self._order = order
        self._after_fee = after_fee
        self._causes: dict[str, None] = {}
        self._children: dict[str, dict[str, None]] = {}
        """The orders that took up the protection of another, by that one's id."""
        self._lists: dict[str, dict[str, None]] = {}
        self._entries: dict[str, str] = {}
        """The entry of a list, by the list's id."""
        self._stops: dict[str, str] = {}
        """The stop that waits for an entry, by the entry's id."""
        self._asked: set[str] = set()
        """Orders whose end a person asked for."""
        self._last_sale: dict[InstrumentId, int] = {}
        """When the last sale was planned that a person, or a closing, asked for."""

    def note(self, order: Order) -> None:
        """Take notice of an order as it stands now."""
        order_id = order.client_order_id
        if order.status is OrderStatus.PENDING_CANCEL:
            self._asked.add(order_id)
        elif order.status in _RESTING:
            self._asked.discard(order_id)
        if order.restores is not None:
            self._children.setdefault(order.restores, {})[order_id] = None
        if order.order_list_id is not None:
            self._lists.setdefault(order.order_list_id, {})[order_id] = None
            if order.side is Side.BUY and order.waits_for is None:
                self._entries[order.order_list_id] = order_id
        if order.waits_for is not None and order.order_type in _STOPS and order.side is Side.SELL:
            self._stops[order.waits_for] = order_id
        if self._is_persons_sale(order):
            self._last_sale[order.instrument_id] = max(
                order.ts_created, self._last_sale.get(order.instrument_id, order.ts_created)
            )
        if order.status.is_terminal and self._may_owe(order):
            self._causes[order_id] = None

    def restore(self, orders: Iterable[Order], entries: Iterable[JournalEntry]) -> None:
        """Know what an earlier run knew: `orders` as they stand, oldest first, and what the journal tells."""
        for entry in entries:
            match entry:
                case Checkpoint(cancels=cancels):
                    self._asked.update(cancels)
                case CancelAsked(client_order_id=order_id):
                    self._asked.add(order_id)
                case OrderMoved(client_order_id=order_id, status=OrderStatus.PENDING_CANCEL):
                    self._asked.add(order_id)
                case OrderMoved(client_order_id=order_id, status=status) if status in _RESTING:
                    self._asked.discard(order_id)
                case _:
                    pass
        wanted = set(self._asked)
        for order in orders:
            self.note(order)
        self._asked |= wanted

    def debts(self) -> list[Debt]:
        """What is owed now and not on its way; what is settled for good is forgotten."""
        self._forget()
        found: list[Debt] = []
        for order_id in tuple(self._causes):
            cause = self._order(order_id)
            if cause is None or self._is_settled(cause):
                del self._causes[order_id]
                continue
            debt = self._debt(cause)
            if debt is not None:
                found.append(debt)
        return found

    def kept(self) -> tuple[Order, ...]:
        """The orders that are over and that tell of a debt, for a checkpoint."""
        ids: dict[str, None] = {}
        for cause in self._causes:
            ids |= {cause: None, **self._children.get(cause, {})}
            if cause in self._stops:
                ids[self._stops[cause]] = None
        orders = (self._order(order_id) for order_id in ids)
        return tuple(order for order in orders if order is not None and order.status.is_terminal)

    def settle(self, debt: Debt) -> None:
        """Nothing of it is held any more."""
        self._causes.pop(debt.cause.client_order_id, None)

    def stripped(self, order: Order) -> bool:
        """Whether the order takes a profit and has begun to fill, by which its list has lost its stop."""
        if order.order_list_id is None or order.side is not Side.SELL or order.order_type.has_stop:
            return False
        if not order.filled_quantity or order.status.is_terminal:
            return False
        return any(other.order_type in _STOPS and other.status.is_terminal for other in self._siblings(order))

    def _forget(self) -> None:
        """Drop what tells of orders that were dropped for age."""
        if len(self._asked) + len(self._lists) < FORGET_AT:
            return
        self._asked = {each for each in self._asked if self._order(each) is not None}
        self._lists = {key: ids for key, ids in self._lists.items() if any(self._order(each) for each in ids)}
        self._entries = {key: each for key, each in self._entries.items() if key in self._lists}
        self._stops = {entry: each for entry, each in self._stops.items() if self._order(entry) is not None}
        self._children = {cause: ids for cause, ids in self._children.items() if self._order(cause) is not None}

    def _is_persons_sale(self, order: Order) -> bool:
        """Whether the order is a sale of its own, and not an exit of an entry nor sent to protect."""
        if order.side is not Side.SELL or order.restores is not None or order.waits_for is not None:
            return False
        if order.exchange_order_id is None or order.status in _NEVER:
            return False
        return order.order_list_id is None or order.order_list_id not in self._entries

    def _may_owe(self, order: Order) -> bool:
        """Whether an order that is over was there to protect, and did not do all of it."""
        if order.external or order.exchange_order_id is None:
            return False
        if order.side is Side.BUY:
            return order.order_list_id is not None and order.filled_quantity > 0
        return (
            order.order_type in _STOPS
            and order.waits_for is None
            and order.status is OrderStatus.EXPIRED
            and order.filled_quantity < order.quantity
            and order.client_order_id not in self._asked
        )

    def _is_settled(self, cause: Order) -> bool:
        """Whether a person has taken the position in hand since, or the order proved to be filled."""
        if self._last_sale.get(cause.instrument_id, 0) > cause.ts_updated:
            return True
        if cause.side is Side.SELL and cause.status is not OrderStatus.EXPIRED:
            return True
        children = (self._order(each) for each in self._children.get(cause.client_order_id, ()))
        return any(
            child is not None and child.status is OrderStatus.CANCELED and not child.reason.startswith(KEPT_BACK)
            for child in children
        )

    def _debt(self, cause: Order) -> Debt | None:
        """What is owed for an order that is over; None where nothing is, or where it is on its way."""
        if cause.side is Side.BUY:
            stop = self._order(self._stops.get(cause.client_order_id, ""))
            if stop is None or not _never_began(stop, cause):
                return None
            owed = self._after_fee(cause.instrument_id, cause.filled_quantity)
        else:
            profits = [each for each in self._siblings(cause) if each.side is Side.SELL]
            if any(each.filled_quantity or not each.status.is_terminal for each in profits):
                return None
            stop, owed = cause, EXACT.subtract(cause.quantity, cause.filled_quantity)
        for child_id in self._children.get(cause.client_order_id, ()):
            child = self._order(child_id)
            if child is None:
                continue
            if not child.status.is_terminal:
                return None
            owed = EXACT.subtract(owed, _taken_over(child))
        return Debt(cause, stop, owed) if owed > 0 else None

    def _siblings(self, order: Order) -> list[Order]:
        ids = self._lists.get(order.order_list_id or "", {})
        orders = (self._order(each) for each in ids if each != order.client_order_id)
        return [each for each in orders if each is not None]


def _never_began(stop: Order, entry: Order) -> bool:
    """Whether the stop of an entry that traded ended before it worked; of a whole entry a person may cancel it."""
    if stop.waits_for is None or not stop.status.is_terminal or stop.status is OrderStatus.FILLED:
        return False
    return entry.status is not OrderStatus.FILLED or stop.status is not OrderStatus.CANCELED


def _taken_over(child: Order) -> Decimal:
    """How much of what it restored an order that is over has sold, or owes itself."""
    owes_itself = child.order_type in _STOPS and child.status is OrderStatus.EXPIRED
    return child.quantity if owes_itself else child.filled_quantity
