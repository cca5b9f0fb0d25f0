"""Orders, lists of orders and replacements as Binance wants to be asked for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.errors import InvalidRequest
from fks_engine.model import OrderType, Side, TimeInForce, exchange_id_in

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from fks_engine.model import Order

Request = dict[str, str]

_TYPES: Final[Mapping[OrderType, str]] = {
    OrderType.LIMIT: "LIMIT",
    OrderType.MARKET: "MARKET",
    OrderType.STOP: "STOP_LOSS",
    OrderType.STOP_LIMIT: "STOP_LOSS_LIMIT",
    OrderType.TAKE_PROFIT: "TAKE_PROFIT",
    OrderType.TAKE_PROFIT_LIMIT: "TAKE_PROFIT_LIMIT",
}
ONE_CANCELS_OTHER: Final = "oco"
ONE_EXIT: Final = "oto"
TWO_EXITS: Final = "otoco"


def order_request(symbol: str, order: Order) -> Request:
    """One order, its numbers written out exactly. A market order with a cap is an immediate limit order at the cap.

    Raises InvalidRequest, as every function here does, for an order that is not whole.
    """
    return {
        "symbol": symbol,
        "side": order.side.value.upper(),
        "quantity": _written(order.quantity),
        "newClientOrderId": order.client_order_id,
        "newOrderRespType": "FULL",
    } | _terms("", order)


def list_request(symbol: str, orders: Sequence[Order]) -> tuple[str, Request]:
    """The kind of list, and the request for it."""
    first, *others = orders
    request = {
        "symbol": symbol,
        "listClientOrderId": first.order_list_id or "",
        "newOrderRespType": "FULL",
    }
    if not others or not first.order_list_id:
        raise InvalidRequest("a list has two or three orders and an id")
    if others[0].waits_for is None:
        request |= {"side": first.side.value.upper(), "quantity": _written(first.quantity)}
        return ONE_CANCELS_OTHER, request | _two_sided("", orders)
    request |= _entry(first)
    exit_terms = {"pendingSide": others[0].side.value.upper(), "pendingQuantity": _written(others[0].quantity)}
    if len(others) == 1:
        return ONE_EXIT, request | exit_terms | _named("pending", others[0]) | _terms("pending", others[0])
    return TWO_EXITS, request | exit_terms | _two_sided("pending", others)


def replacement_request(symbol: str, old: Order, new: Order) -> Request:
    """`new` in the place of `old`; nothing is sent where `old` cannot be canceled.

    An order that has not traded yet is replaced only while that is so: what it trades meanwhile would come on top.
    """
    guard = {} if old.filled_quantity else {"cancelRestrictions": "ONLY_NEW"}
    named = {f"cancel{name[0].upper()}{name[1:]}": value for name, value in reference(old.client_order_id).items()}
    return order_request(symbol, new) | {"cancelReplaceMode": "STOP_ON_FAILURE"} | guard | named


def reference(client_order_id: str) -> Request:
    """How the exchange is told which order is meant."""
    exchange_order_id = exchange_id_in(client_order_id)
    if exchange_order_id is not None:
        return {"orderId": exchange_order_id}
    return {"origClientOrderId": client_order_id}


def _entry(order: Order) -> Request:
    named = {"workingSide": order.side.value.upper(), "workingQuantity": _written(order.quantity)}
    return named | _named("working", order) | _terms("working", order)


def _two_sided(prefix: str, orders: Sequence[Order]) -> Request:
    """Two orders of which one lies over the market and one under it."""
    if len(orders) != 2:
        raise InvalidRequest("two orders can cancel each other, no more and no fewer")
    profit = next((order for order in orders if not order.order_type.has_stop), None)
    stop = next((order for order in orders if order.order_type.has_stop), None)
    if profit is None or stop is None:
        raise InvalidRequest("of two orders that cancel each other one is a stop and one is not")
    above, below = (profit, stop) if profit.side is Side.SELL else (stop, profit)
    over, under = _joined(prefix, "above"), _joined(prefix, "below")
    return _named(over, above) | _terms(over, above) | _named(under, below) | _terms(under, below)


def _named(prefix: str, order: Order) -> Request:
    return {_joined(prefix, "clientOrderId"): order.client_order_id}


def _terms(prefix: str, order: Order) -> Request:
    """Type, prices and duration of one order."""
    is_capped = order.order_type is OrderType.MARKET and order.limit_price is not None
    kind = OrderType.LIMIT if is_capped else order.order_type
    duration = TimeInForce.IOC if is_capped else order.time_in_force
    terms = {"type": _TYPES[kind]}
    if kind.has_stop:
        if order.stop_price is None:
            raise InvalidRequest("an order that waits needs a stop price")
        terms["stopPrice"] = _written(order.stop_price)
    if kind.has_limit:
        if order.limit_price is None:
            raise InvalidRequest("a limit order needs a limit price")
        terms["price"] = _written(order.limit_price)
        if order.post_only:
            if duration is not TimeInForce.GTC:
                raise InvalidRequest("an order that must not take cannot be immediate")
            terms["type"] = "LIMIT_MAKER"
        else:
            terms["timeInForce"] = duration.value.upper()
    return {_joined(prefix, name): value for name, value in terms.items()}


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}{name[0].upper()}{name[1:]}" if prefix else name


def _written(number: Decimal) -> str:
    return format(number, "f")
