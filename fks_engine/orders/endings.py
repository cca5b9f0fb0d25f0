"""What the orders around an order tell of it: why the exchange ended it, and which entry it waits for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fks_engine.model import OrderStatus, TimeInForce
from fks_engine.orders.wording import REPLACED

if TYPE_CHECKING:
    from fks_engine.model import Order, OrderReport


class Known(Protocol):
    """The orders that are known."""

    def get(self, client_order_id: str) -> Order | None:
        """One order; None when it is not known."""
        ...

    def working(self) -> tuple[Order, ...]:
        """Orders of which the exchange may hold something, oldest first."""
        ...

    def replacement_of(self, client_order_id: str) -> str:
        """The order that was to take the place of this one; empty where none was."""
        ...


def entry_of(known: Known, report: OrderReport) -> str | None:
    """The order that a found one waits for: the one of its list that works, as far as it is known."""
    if not report.is_pending or report.order_list_id is None:
        return None
    of_list = (order for order in known.working() if order.order_list_id == report.order_list_id)
    return next((order.client_order_id for order in of_list if order.waits_for is None), report.order_list_id)


def why_ended(known: Known, order: Order, status: OrderStatus) -> str:
    """Why the exchange ended an order that is bound to others, in words; empty where none of them is the reason."""
    if status is OrderStatus.CANCELED and _is_replaced(known, order.client_order_id):
        return REPLACED
    if order.order_list_id is None or order.status is OrderStatus.PENDING_CANCEL:
        return ""
    entry = known.get(order.waits_for) if order.waits_for else None
    if status is OrderStatus.CANCELED:
        return "canceled together with the other order of its list"
    if order.time_in_force is not TimeInForce.GTC:
        return ""
    if entry is not None and entry.status is not OrderStatus.FILLED:
        return "its entry ended before it was filled"
    return "the other order of the list filled first"


def _is_replaced(known: Known, client_order_id: str) -> bool:
    """Whether another order was sent in the place of this one."""
    new = known.get(known.replacement_of(client_order_id))
    return new is not None and new.status not in {OrderStatus.DENIED, OrderStatus.REJECTED}
