"""An instruction to trade, and the table of the ways its life may go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

from fks_engine.errors import InvalidTransition
from fks_engine.model.instrument import InstrumentId
from fks_engine.model.order_types import OrderType, Side, TimeInForce


class OrderStatus(StrEnum):
    """Where an order stands in its life. Denied is by us, rejected by the exchange."""

    INITIALIZED = "initialized"
    DENIED = "denied"
    SUBMITTED = "submitted"
    REJECTED = "rejected"
    ACCEPTED = "accepted"
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    PENDING_CANCEL = "pending_cancel"
    CANCELED = "canceled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"
    """The order was sent and no answer came; the exchange is being asked."""

    @property
    def is_terminal(self) -> bool:
        """Whether nothing of this order can rest at the exchange any more."""
        return self in _TERMINAL

    @property
    def is_working(self) -> bool:
        """Whether the exchange may hold something of this order."""
        return self in _WORKING


_S = OrderStatus
_TERMINAL = frozenset({_S.DENIED, _S.REJECTED, _S.FILLED, _S.CANCELED, _S.EXPIRED})
_WORKING = frozenset({_S.SUBMITTED, _S.ACCEPTED, _S.PARTIALLY_FILLED, _S.PENDING_CANCEL, _S.UNKNOWN})

TRANSITIONS: Final[Mapping[OrderStatus, frozenset[OrderStatus]]] = {
    _S.INITIALIZED: frozenset({_S.DENIED, _S.SUBMITTED}),
    _S.SUBMITTED: frozenset(
        {
            _S.REJECTED,
            _S.ACCEPTED,
            _S.PARTIALLY_FILLED,
            _S.FILLED,
            _S.PENDING_CANCEL,
            _S.CANCELED,
            _S.EXPIRED,
            _S.UNKNOWN,
        }
    ),
    _S.UNKNOWN: frozenset(
        {_S.REJECTED, _S.ACCEPTED, _S.PARTIALLY_FILLED, _S.FILLED, _S.PENDING_CANCEL, _S.CANCELED, _S.EXPIRED}
    ),
    _S.ACCEPTED: frozenset({_S.PARTIALLY_FILLED, _S.FILLED, _S.PENDING_CANCEL, _S.CANCELED, _S.EXPIRED}),
    _S.PARTIALLY_FILLED: frozenset({_S.FILLED, _S.PENDING_CANCEL, _S.CANCELED, _S.EXPIRED}),
    # A cancel can be refused, a fill can cross it on the wire, and it can be asked for before the send is answered.
    _S.PENDING_CANCEL: frozenset(
        {_S.REJECTED, _S.UNKNOWN, _S.ACCEPTED, _S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELED, _S.EXPIRED}
    ),
    # A fill that happened before the cancel can be reported after it; the order may then prove to be filled.
    _S.CANCELED: frozenset({_S.FILLED}),
    _S.EXPIRED: frozenset({_S.FILLED}),
    # "Never arrived" was our conclusion, not the exchange's word; a late report overrules it.
    _S.REJECTED: frozenset({_S.ACCEPTED, _S.PARTIALLY_FILLED, _S.FILLED, _S.CANCELED, _S.EXPIRED}),
    _S.DENIED: frozenset(),
    _S.FILLED: frozenset(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An instruction to trade, and how far it has got."""

    client_order_id: str
    instrument_id: InstrumentId
    side: Side
    order_type: OrderType
    quantity: Decimal
    limit_price: Decimal | None = None
    """For a market order the worst price it may trade at; None without such a cap."""
    stop_price: Decimal | None = None
    """The price at which a stop or take profit order begins to work; None for the others."""
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    reduce_only: bool = False
    order_list_id: str | None = None
    """Our id of the list (one cancels the other, or an entry with its exits) that the order belongs to."""
    waits_for: str | None = None
    """The client order id of the entry that must fill whole before the exchange lets this order work."""
    replaces: str | None = None
    """The client order id of the order that this one replaced."""
    restores: str | None = None
    """The client order id of the order whose protection of a position this one takes up again."""
    is_triggered: bool = False
    """Whether the stop price was reached."""
    status: OrderStatus = OrderStatus.INITIALIZED
    filled_quantity: Decimal = Decimal(0)
    average_price: Decimal | None = None
    """The mean price of what was filled; None before the first fill."""
    exchange_order_id: str | None = None
    reason: str = ""
    """Why the order was denied, rejected or expired, in words for a person."""
    external: bool = False
    """True for an order that was not sent by this FKS, but found at the exchange."""
    ts_created: int = 0
    ts_submitted: int = 0
    ts_updated: int = 0

    @property
    def leaves_quantity(self) -> Decimal:
        """What is still to be filled; 0 once the order is over."""
        return Decimal(0) if self.status.is_terminal else self.quantity - self.filled_quantity

    @property
    def notional(self) -> Decimal | None:
        """Limit price times quantity in the quote asset; None for a market order."""
        return None if self.limit_price is None else self.limit_price * self.quantity

    def may_move_to(self, status: OrderStatus) -> bool:
        """Whether the table of lives allows the move."""
        return status in TRANSITIONS[self.status]

    def moved_to(self, status: OrderStatus, *, ts: int, reason: str | None = None) -> Order:
        """This order in its next status.

        Raises InvalidTransition where the table of lives does not allow the move.
        """
        if not self.may_move_to(status):
            raise InvalidTransition(self.client_order_id, self.status, status)
        return replace(self, status=status, ts_updated=ts, reason=self.reason if reason is None else reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderReport:
    """What the exchange says of one order at one moment: the answer to a request, or an event of the stream."""

    client_order_id: str
    exchange_order_id: str
    instrument_id: InstrumentId
    side: Side
    order_type: OrderType
    status: OrderStatus
    quantity: Decimal
    filled_quantity: Decimal
    average_price: Decimal | None
    limit_price: Decimal | None
    time_in_force: TimeInForce
    post_only: bool
    reason: str
    ts_event: int
    ts_received: int
    stop_price: Decimal | None = None
    is_triggered: bool = False
    """Whether a stop price was reached; False where there is none."""
    order_list_id: str | None = None
    """The id of the list that the order belongs to: the client's where the exchange tells it, else its own."""
    is_pending: bool = False
    """Whether the exchange holds the order back until the entry of its list has filled whole."""


def external_id(instrument_id: InstrumentId, exchange_order_id: str) -> str:
    """The id by which an order from elsewhere is known here where its own is empty or taken: no client can give it."""
    return f"{instrument_id}#{exchange_order_id}"


def exchange_id_in(client_order_id: str) -> str | None:
    """The exchange's id in one that `external_id` made; None for every other id."""
    return client_order_id.rpartition("#")[2] if "#" in client_order_id else None
