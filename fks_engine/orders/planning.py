"""From commands to orders: the legs of a list with their ids, and the order that takes the place of another."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from fks_engine.api import DenialReason, Denied, SubmitOrder, legs
from fks_engine.model import Order, OrderStatus, OrderType

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from fks_engine.api import OrderCommand, ReplaceOrder
    from fks_engine.model import Instrument
    from fks_engine.orders.ids import ClientOrderIds

_REPLACEABLE = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})


@dataclass(frozen=True, slots=True)
class Parcel:
    """Orders that go to the exchange in one request, and the command they came from."""

    order_ids: tuple[str, ...]
    command: OrderCommand
    replaces: str | None = None
    """The order whose place the only one in here takes."""

    @property
    def lead(self) -> str:
        """The id under which the parcel is dispatched."""
        return self.order_ids[0]


def planned(
    command: OrderCommand,
    instrument: Instrument | None,
    ids: ClientOrderIds,
    now: int,
    replaces: str | None = None,
) -> tuple[Order, ...]:
    """The orders of a command, each with an id of its own, the entry first."""
    parts = legs(command, instrument)
    list_id = ids.next() if len(parts) > 1 else None
    has_exits = isinstance(command, SubmitOrder) and command.exits is not None
    orders: list[Order] = []
    for part in parts:
        orders.append(
            Order(
                client_order_id=ids.next(),
                instrument_id=part.instrument_id,
                side=part.side,
                order_type=part.order_type,
                quantity=part.quantity,
                limit_price=part.limit_price,
                stop_price=part.stop_price,
                time_in_force=part.time_in_force,
                post_only=part.post_only,
                reduce_only=part.reduce_only,
                order_list_id=list_id,
                waits_for=orders[0].client_order_id if has_exits and orders else None,
                replaces=replaces,
                restores=part.restores,
                ts_created=now,
                ts_updated=now,
            )
        )
    return tuple(orders)


def capped(command: OrderCommand, cap: Decimal | None) -> OrderCommand:
    """The command with the worst price that its market order may trade at."""
    if isinstance(command, SubmitOrder) and command.order_type is OrderType.MARKET:
        return replace(command, limit_price=cap)
    return command


def replacement(old: Order, change: ReplaceOrder) -> SubmitOrder:
    """The command for an order like `old` with what is to change; without a quantity, for what is left to fill."""
    return SubmitOrder(
        instrument_id=old.instrument_id,
        side=old.side,
        order_type=old.order_type,
        quantity=old.leaves_quantity if change.quantity is None else change.quantity,
        limit_price=old.limit_price if change.limit_price is None else change.limit_price,
        stop_price=old.stop_price if change.stop_price is None else change.stop_price,
        time_in_force=old.time_in_force,
        post_only=old.post_only,
        reduce_only=old.reduce_only,
        origin=change.origin,
    )


@dataclass(frozen=True, slots=True)
class Replacement:
    """What a change of a working order comes to: the order that goes, and the command for the one that comes."""

    old: Order
    command: SubmitOrder
    others: tuple[Order, ...]
    """The working orders that stay."""


def replacing(
    change: ReplaceOrder, old: Order | None, working: Iterable[Order], instrument: Instrument | None
) -> Replacement | Denied:
    """How a change would be carried out, or why it cannot be; the gate has not been asked yet."""
    if old is None:
        return Denied(DenialReason.UNKNOWN_ORDER, f"there is no order {change.client_order_id}")
    others = tuple(order for order in working if order.client_order_id != old.client_order_id)
    return irreplaceable(old, change, instrument) or Replacement(old, replacement(old, change), others)


def irreplaceable(order: Order, change: ReplaceOrder, instrument: Instrument | None) -> Denied | None:
    """Why no order can take the place of this one now; None where one can."""
    if order.status.is_terminal:
        message = f"the order is already over: {order.status.value.replace('_', ' ')}"
        return Denied(DenialReason.ORDER_NOT_WORKING, message)
    if order.status not in _REPLACEABLE:
        message = f"the order is {order.status.value.replace('_', ' ')}; it can be replaced once the exchange answered"
        return Denied(DenialReason.ORDER_NOT_WORKING, message)
    if order.order_list_id is not None:
        message = "the order belongs to a list, which the exchange takes as a whole; cancel the list and send a new one"
        return Denied(DenialReason.UNSUPPORTED_ORDER, message)
    if instrument is not None and not instrument.takes_replacements:
        message = f"the exchange replaces no orders of {instrument.market}; cancel the order and send a new one"
        return Denied(DenialReason.UNSUPPORTED_ORDER, message)
    if not _changes(order, change):
        return Denied(DenialReason.INVALID_COMBINATION, "nothing of the order would change; give another price or size")
    return None


def _changes(order: Order, change: ReplaceOrder) -> bool:
    return (
        _is_another(change.quantity, order.leaves_quantity)
        or _is_another(change.limit_price, order.limit_price)
        or _is_another(change.stop_price, order.stop_price)
    )


def _is_another(wanted: Decimal | None, current: Decimal | None) -> bool:
    """Whether a number is to change; what is no number counts as one that does, for the gate to refuse."""
    return wanted is not None and (not wanted.is_finite() or wanted != current)
