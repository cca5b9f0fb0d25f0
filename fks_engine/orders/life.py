"""One order as it is followed: reports settle its status, fills settle how much was traded and at what mean price."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from fks_engine.model import EXACT, TRANSITIONS, OrderStatus, OrderType, TimeInForce, plain

if TYPE_CHECKING:
    from fks_engine.model import Fill, Order, OrderReport

_RESTING: Final = frozenset({OrderStatus.ACCEPTED, OrderStatus.PARTIALLY_FILLED})
_TOLD: Final = _RESTING | {OrderStatus.REJECTED, OrderStatus.FILLED, OrderStatus.CANCELED, OrderStatus.EXPIRED}
"""What an exchange can say of an order; the other statuses are ours."""
_BEFORE_FILLS: Final = frozenset(
    {OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, OrderStatus.ACCEPTED, OrderStatus.REJECTED}
)


class Effect(StrEnum):
    """What an event did to an order."""

    CHANGED = "changed"
    UNCHANGED = "unchanged"
    """It told what was known."""
    LATE = "late"
    """Its status was overtaken by what came before it; its figures may still have counted."""
    DUPLICATE = "duplicate"
    """A fill that was booked before."""
    ILLEGAL = "illegal"
    """The table of lives does not allow it; nothing was taken from it."""


class TrackedOrder:
    """An order and the fills that were booked to it. Events may come late, twice and in any order."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.fill_quantity = Decimal(0)
        """What the fills booked here add up to."""
        self._fill_notional = Decimal(0)
        self._filled_before = order.filled_quantity
        """What was filled before the order was followed here."""
        self._trade_ids: set[str] = set()

    @property
    def lacks_fills(self) -> bool:
        """Whether the exchange reported more filled than the fills that were received tell."""
        return EXACT.add(self._filled_before, self.fill_quantity) < self.order.filled_quantity

    def has(self, fill: Fill) -> bool:
        """Whether the fill was booked."""
        return fill.trade_id in self._trade_ids

    def take_report(self, report: OrderReport, ts: int, why: str = "") -> Effect:
        """Let the exchange's word count, as far as it is news; `why` is our reason where the exchange names none."""
        before = self.order
        status = reported_status(report)
        effect = Effect.CHANGED
        if status not in _TOLD:
            return Effect.ILLEGAL
        if status is before.status or (status in _RESTING and before.status is OrderStatus.PENDING_CANCEL):
            status = before.status
        elif status not in TRANSITIONS[before.status]:
            if status not in _RESTING or before.status is OrderStatus.DENIED:
                return Effect.ILLEGAL
            status, effect = before.status, Effect.LATE
        filled = max(before.filled_quantity, report.filled_quantity)
        return self._changed(
            effect,
            ts,
            status=status,
            filled_quantity=filled,
            average_price=self._average_price(filled, report),
            exchange_order_id=before.exchange_order_id or report.exchange_order_id or None,
            reason=self._reason(status, report, why, filled),
            is_triggered=before.is_triggered or report.is_triggered,
            waits_for=before.waits_for if report.is_pending or not _has_begun(report) else None,
        )

    def take_fill(self, fill: Fill, ts: int) -> Effect:
        """Book one execution, once."""
        before = self.order
        if before.status in {OrderStatus.DENIED, OrderStatus.INITIALIZED}:
            return Effect.ILLEGAL
        if fill.trade_id in self._trade_ids:
            return Effect.DUPLICATE
        self._trade_ids.add(fill.trade_id)
        self.fill_quantity = EXACT.add(self.fill_quantity, fill.quantity)
        self._fill_notional = EXACT.add(self._fill_notional, EXACT.multiply(fill.price, fill.quantity))
        filled = max(before.filled_quantity, self.fill_quantity)
        status = before.status
        if self.fill_quantity >= before.quantity:
            status = OrderStatus.FILLED
        elif status in _BEFORE_FILLS:
            status = OrderStatus.PARTIALLY_FILLED
        return self._changed(
            Effect.CHANGED,
            ts,
            status=status,
            filled_quantity=filled,
            average_price=self._average_price(filled, None),
            exchange_order_id=before.exchange_order_id or fill.exchange_order_id or None,
            reason="" if status in {OrderStatus.FILLED, OrderStatus.PARTIALLY_FILLED} else before.reason,
        )

    def move(self, status: OrderStatus, ts: int, reason: str | None = None) -> None:
        """Take a step that we decide. Raises InvalidTransition where the table of lives does not allow it."""
        self.order = self.order.moved_to(status, ts=ts, reason=reason)

    def sent(self, ts: int) -> None:
        """Note when the order left."""
        self.order = replace(self.order, ts_submitted=ts, ts_updated=ts)

    def _average_price(self, filled: Decimal, report: OrderReport | None) -> Decimal | None:
        """The mean of the fills where they tell all that was filled, else the exchange's own figure."""
        if self.fill_quantity and self.fill_quantity >= filled:
            return self._fill_notional / self.fill_quantity
        if report is not None and report.average_price is not None and report.filled_quantity >= filled:
            return report.average_price
        return self.order.average_price or (self._fill_notional / self.fill_quantity if self.fill_quantity else None)

    def note(self, reason: str, ts: int) -> None:
        """Say something of an order that stays as it is."""
        self.order = replace(self.order, reason=reason, ts_updated=ts)

    def _reason(self, status: OrderStatus, report: OrderReport, why: str, filled: Decimal) -> str:
        """Why the order ended this way; a reason that was overruled is dropped."""
        if status is self.order.status:
            return self.order.reason or report.reason
        if status.is_terminal and status is not OrderStatus.FILLED:
            return report.reason or why or (why_expired(self.order, filled) if status is OrderStatus.EXPIRED else "")
        return report.reason

    def _changed(self, effect: Effect, ts: int, **fields: Any) -> Effect:
        """Let the order have these fields, and the time of the change where there is one: `effect` then."""
        before = self.order
        if all(getattr(before, name) == value for name, value in fields.items()):
            return Effect.LATE if effect is Effect.LATE else Effect.UNCHANGED
        self.order = replace(before, ts_updated=ts, **fields)
        return effect


def reported_status(report: OrderReport) -> OrderStatus:
    """The report's status; an order that rests with something filled is partially filled."""
    if report.status is OrderStatus.ACCEPTED and report.filled_quantity > 0:
        return OrderStatus.PARTIALLY_FILLED
    return report.status


def why_expired(order: Order, filled: Decimal) -> str:
    """Why the exchange ended an order that nobody canceled, with so much of it filled."""
    if order.order_type is OrderType.MARKET and order.limit_price is not None:
        much = "no more" if filled else "nothing"
        return f"the book had {much} to give within the cap of {plain(order.limit_price)}"
    if order.time_in_force is TimeInForce.FOK:
        return "not all of it could be filled at once"
    if order.time_in_force is TimeInForce.IOC:
        return "the rest could not be filled at once" if filled else "nothing of it could be filled at once"
    return "the exchange ended it"


def _has_begun(report: OrderReport) -> bool:
    """Whether the report shows that the order worked in the market; one may end without ever having done so."""
    return report.status not in {OrderStatus.CANCELED, OrderStatus.EXPIRED, OrderStatus.REJECTED}
