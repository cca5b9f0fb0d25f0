"""Orders in words: their side, kind, status and whole description, the same on every screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import Order, OrderStatus, OrderType, Side, SubmitOrder, TimeInForce, market_of
from fks_tui.formatting import SIDE_GLYPHS

if TYPE_CHECKING:
    from collections.abc import Mapping

STATUS_WORDS: Final[Mapping[OrderStatus, str]] = {
    OrderStatus.INITIALIZED: "new",
    OrderStatus.DENIED: "denied",
    OrderStatus.SUBMITTED: "sending",
    OrderStatus.REJECTED: "rejected",
    OrderStatus.ACCEPTED: "working",
    OrderStatus.PARTIALLY_FILLED: "part filled",
    OrderStatus.FILLED: "filled",
    OrderStatus.PENDING_CANCEL: "canceling",
    OrderStatus.CANCELED: "canceled",
    OrderStatus.EXPIRED: "expired",
    OrderStatus.UNKNOWN: "?? UNKNOWN",
}
STATUS_TONES: Final[Mapping[OrderStatus, str]] = {
    OrderStatus.DENIED: "error",
    OrderStatus.SUBMITTED: "muted",
    OrderStatus.REJECTED: "error",
    OrderStatus.PARTIALLY_FILLED: "strong",
    OrderStatus.FILLED: "gain",
    OrderStatus.PENDING_CANCEL: "warning",
    OrderStatus.EXPIRED: "warning",
    OrderStatus.UNKNOWN: "alarm",
}
DURATION_WORDS: Final[Mapping[TimeInForce, str]] = {
    TimeInForce.GTC: "good till canceled",
    TimeInForce.IOC: "immediate or cancel",
    TimeInForce.FOK: "fill or kill",
}
UNKNOWN_REASON: Final = "no answer yet: the exchange is being asked; it is not sent again"


def side_words(side: Side) -> str:
    """`▲ BUY` or `▼ SELL`: told apart without colour, too."""
    return f"{SIDE_GLYPHS[side]} {side.upper()}"


def kind_words(order: Order | SubmitOrder) -> str:
    """Type, duration and flags in short: `LIMIT GTC PO`, `MARKET RO`."""
    words = [order.order_type.upper()]
    if order.order_type is OrderType.LIMIT:
        words.append(order.time_in_force.upper())
    if order.post_only:
        words.append("PO")
    if order.reduce_only:
        words.append("RO")
    return " ".join(words)


def status_words(order: Order) -> str:
    """The status, with how much is filled where that says more, and a mark on orders that FKS did not send."""
    words = STATUS_WORDS[order.status]
    if order.status is OrderStatus.PARTIALLY_FILLED and order.quantity:
        words = f"{words} {int(order.filled_quantity * 100 / order.quantity)}%"
    return f"{words} EXTERNAL" if order.external else words


def headline(command: SubmitOrder) -> str:
    """What is traded: `BUY 0.1 BTC/USDT`."""
    return f"{command.side.upper()} {command.quantity:f} {market_of(command.instrument_id)}"


def terms(command: SubmitOrder) -> str:
    """On what terms: `LIMIT at 63999.99 USDT, good till canceled, post-only`."""
    if command.limit_price is None:
        words = ["MARKET, at the best price there is"]
    else:
        quote = market_of(command.instrument_id).partition("/")[2]
        words = [f"LIMIT at {command.limit_price:f} {quote}".rstrip(), DURATION_WORDS[command.time_in_force]]
    if command.post_only:
        words.append("post-only")
    if command.reduce_only:
        words.append("reduce-only")
    return ", ".join(words)
