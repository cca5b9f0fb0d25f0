"""Orders in words: their side, kind, status and whole description, the same on every screen."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from fks_engine.api import Order, OrderStatus, OrderType, Side, SubmitOco, SubmitOrder, TimeInForce, market_of
from fks_tui.formatting import SIDE_GLYPHS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fks_engine.api import OrderCommand

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
TRIGGER_WORDS: Final[Mapping[OrderType, str]] = {
    OrderType.STOP: "stop",
    OrderType.STOP_LIMIT: "stop",
    OrderType.TAKE_PROFIT: "take profit",
    OrderType.TAKE_PROFIT_LIMIT: "take profit",
}
"""What an order that waits for a price is called, with and without a limit of its own."""
TYPE_NAMES: Final[Mapping[OrderType, str]] = {each: each.upper().replace("_", " ") for each in OrderType}
_KINDS: Final[Mapping[OrderType, str]] = {
    **TYPE_NAMES,
    OrderType.TAKE_PROFIT: "TAKE",
    OrderType.TAKE_PROFIT_LIMIT: "TAKE LIMIT",
}
UNKNOWN_REASON: Final = "no answer yet: the exchange is being asked; it is not sent again"


def side_words(side: Side) -> str:
    """`▲ BUY` or `▼ SELL`: told apart without colour, too."""
    return f"{SIDE_GLYPHS[side]} {side.upper()}"


def market_words(order: Order) -> str:
    """The market, with a short mark on orders that FKS did not send: the column of the status may have no room."""
    return f"{market_of(order.instrument_id)} ext" if order.external else market_of(order.instrument_id)


def kind_words(order: Order | SubmitOrder) -> str:
    """Type, duration and flags in short: `LIMIT GTC PO`, `MARKET RO`."""
    words = [_KINDS[order.order_type]]
    if order.order_type.has_limit:
        words.append(order.time_in_force.upper())
    if order.post_only:
        words.append("PO")
    if order.reduce_only:
        words.append("RO")
    return " ".join(words)


def status_words(order: Order) -> str:
    """The status, with how much is filled where that says more, and a mark on orders that FKS did not send."""
    words = STATUS_WORDS[order.status]
    if order.status is OrderStatus.ACCEPTED and order.waits_for is not None:
        words = "waits"
    if order.status is OrderStatus.PARTIALLY_FILLED and order.quantity:
        words = f"{words} {int(order.filled_quantity * 100 / order.quantity)}%"
    return f"{words} EXTERNAL" if order.external else words


def headline(command: OrderCommand) -> str:
    """What is traded: `BUY 0.1 BTC/USDT`."""
    return f"{command.side.upper()} {command.quantity:f} {market_of(command.instrument_id)}"


def terms(command: OrderCommand) -> str:
    """On what terms: `LIMIT at 63999.99 USDT, good till canceled, post-only`."""
    quote = market_of(command.instrument_id).partition("/")[2]
    if isinstance(command, SubmitOco):
        limit = "at market" if command.stop_limit_price is None else f"with limit {command.stop_limit_price:f}"
        return (
            f"LIMIT at {command.take_profit_price:f} {quote}, or {limit} once {command.stop_price:f} trades; "
            "one cancels the other"
        )
    kind = command.order_type
    words = [_priced_terms(command, quote)]
    if kind.has_limit:
        words.append(DURATION_WORDS[command.time_in_force])
    if kind.has_stop:
        words.append(
            f"once {command.stop_price:f} trades" if command.stop_price is not None else "once its price trades"
        )
    if command.post_only:
        words.append("post-only")
    if command.reduce_only:
        words.append("reduce-only")
    return ", ".join(words)


def _priced_terms(command: SubmitOrder, quote: str) -> str:
    kind = command.order_type
    name = TYPE_NAMES[kind]
    if kind.has_limit and command.limit_price is not None:
        return f"{name} at {command.limit_price:f} {quote}".rstrip()
    if command.limit_price is not None:
        bound = "most" if command.side is Side.BUY else "least"
        return f"{name}, at the best price there is, {command.limit_price:f} {quote} at {bound}"
    return f"{name}, at the best price there is"


def exit_terms(command: OrderCommand) -> str:
    """The exits of an entry: `then take profit at 65280.00, stop at 63360.00`; empty without them."""
    exits = command.exits if isinstance(command, SubmitOrder) else None
    if exits is None:
        return ""
    parts = []
    if exits.take_profit_price is not None:
        parts.append(f"take profit at {exits.take_profit_price:f}")
    if exits.stop_price is not None:
        limit = "" if exits.stop_limit_price is None else f" with limit {exits.stop_limit_price:f}"
        parts.append(f"stop at {exits.stop_price:f}{limit}")
    return f"once it has filled: {', '.join(parts)}"


def price_words(order: Order, limit: str, stop: str) -> str:
    """The prices of an order, written already: `63,900`, `market`, `≤63000→62900`: at 63000 it becomes 62900."""
    limit = limit if order.order_type.has_limit else "market"
    if not order.order_type.has_stop or order.stop_price is None:
        return limit
    return f"@{stop}→{limit}"


def remark(order: Order, *, exits: int = 0) -> str:
    """What an order belongs to or waits for, in words; empty where it stands alone.

    `exits` of its list wait for it to fill: it is an entry then, and cancels them only together with itself.
    """
    words = []
    if order.waits_for is not None:
        words.append("exit: works once its entry has filled")
    elif exits:
        words.append(f"entry: its {'exit waits' if exits == 1 else f'{exits} exits wait'} for it to fill")
    elif order.order_list_id is not None:
        words.append("one cancels the other")
    if order.order_type.has_stop:
        words.append("triggered" if order.is_triggered else "waits for its price")
    if order.replaces is not None:
        words.append("replaced an older order")
    return "; ".join(words)


def exits_by_list(orders: Iterable[Order]) -> Counter[str]:
    """How many orders of each list wait for its entry to fill."""
    return Counter(order.order_list_id for order in orders if order.order_list_id and order.waits_for is not None)


def in_lists(orders: Iterable[Order]) -> list[Order]:
    """Newest first; the orders of one list stand together, an entry before its exits."""
    newest: dict[str, int] = {}
    found = list(orders)
    for order in found:
        name = order.order_list_id or order.client_order_id
        newest[name] = max(newest.get(name, 0), order.ts_created)

    def place(order: Order) -> tuple[int, str, bool, int]:
        name = order.order_list_id or order.client_order_id
        return -newest[name], order.order_list_id or "", order.waits_for is not None, -order.ts_created

    return sorted(found, key=place)
