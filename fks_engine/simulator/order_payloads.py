"""Binance's JSON shapes of an account: orders, order lists, fills, balances and user events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fks_engine.simulator.nouns import OrderStatus
from fks_engine.simulator.payloads import fixed
from fks_engine.simulator.rules import STP_MODE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.simulator.account import Account, Balance, Fill
    from fks_engine.simulator.nouns import Order
    from fks_engine.simulator.order_lists import OrderList

NOTHING = "0.00000000"


def order_ack(order: Order, time_ms: int) -> dict[str, Any]:
    """The ACK answer of POST order."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_order_id,
        "transactTime": time_ms,
    }


def _order_numbers(order: Order) -> dict[str, Any]:
    return {
        "price": fixed(order.price),
        "origQty": fixed(order.quantity),
        "executedQty": fixed(order.filled),
        "origQuoteOrderQty": fixed(order.quote_quantity),
        "cummulativeQuoteQty": fixed(order.quote_filled),
        "status": order.status.value,
        "timeInForce": order.time_in_force.value,
        "type": order.type.value,
        "side": order.side.value,
        **({"stopPrice": fixed(order.stop_price)} if order.type.is_conditional else {}),
    }


def order_result(order: Order, time_ms: int) -> dict[str, Any]:
    """The RESULT answer of POST order."""
    numbers = _order_numbers(order)
    return order_ack(order, time_ms) | numbers | {"workingTime": order.working_ms, "selfTradePreventionMode": STP_MODE}


def order_full(order: Order, fills: Iterable[Fill], time_ms: int) -> dict[str, Any]:
    """The FULL answer of POST order."""
    rows = [
        {
            "price": fixed(fill.price),
            "qty": fixed(fill.quantity),
            "commission": fixed(fill.commission),
            "commissionAsset": fill.commission_asset,
            "tradeId": fill.trade_id,
        }
        for fill in fills
    ]
    return order_result(order, time_ms) | {"fills": rows}


def placed_order(answer: str, order: Order, fills: Iterable[Fill]) -> dict[str, Any]:
    """The answer of POST order in the form asked for: ACK, RESULT or FULL."""
    if answer == "ACK":
        return order_ack(order, order.created_ms)
    if answer == "RESULT":
        return order_result(order, order.created_ms)
    return order_full(order, fills, order.created_ms)


def canceled_order(order: Order, cancel_id: str, time_ms: int) -> dict[str, Any]:
    """The answer of DELETE order."""
    head = {"symbol": order.symbol, "origClientOrderId": order.client_order_id}
    ack = order_ack(order, time_ms) | {"clientOrderId": cancel_id}
    return head | ack | _order_numbers(order) | {"selfTradePreventionMode": STP_MODE}


def order_body(order: Order) -> dict[str, Any]:
    """An order as GET order, openOrders and allOrders show it."""
    return {
        "symbol": order.symbol,
        "orderId": order.order_id,
        "orderListId": order.list_id,
        "clientOrderId": order.client_order_id,
        **_order_numbers(order),
        "stopPrice": fixed(order.stop_price),
        "icebergQty": NOTHING,
        "time": order.created_ms,
        "updateTime": order.updated_ms,
        "isWorking": order.working_ms >= 0 or not order.status.is_open,
        "workingTime": order.working_ms,
        "selfTradePreventionMode": STP_MODE,
    }


def list_body(order_list: OrderList) -> dict[str, Any]:
    """An order list as GET orderList shows it."""
    return {
        "orderListId": order_list.list_id,
        "contingencyType": order_list.contingency.value,
        "listStatusType": "ALL_DONE" if order_list.is_done else "EXEC_STARTED",
        "listOrderStatus": "ALL_DONE" if order_list.is_done else "EXECUTING",
        "listClientOrderId": order_list.client_id,
        "transactionTime": order_list.updated_ms,
        "symbol": order_list.symbol,
        "orders": [
            {"symbol": order.symbol, "orderId": order.order_id, "clientOrderId": order.client_order_id}
            for order in order_list.orders
        ],
    }


def placed_list(order_list: OrderList, answer: str, fills: list[Fill]) -> dict[str, Any]:
    """The answer of the endpoints that place an order list; only its first order can have filled."""
    reports = [
        placed_order(answer, order, [fill for fill in fills if fill.order_id == order.order_id])
        for order in order_list.orders
    ]
    return list_body(order_list) | {"orderReports": reports}


def canceled_list(order_list: OrderList, orders: Iterable[Order], cancel_id: str) -> dict[str, Any]:
    """The answer to a cancel that ended an order list: the orders it canceled."""
    reports = [canceled_order(order, cancel_id, order.updated_ms) for order in orders]
    return list_body(order_list) | {"orderReports": reports}


def fill_body(fill: Fill) -> dict[str, Any]:
    """A row of GET myTrades."""
    return {
        "symbol": fill.symbol,
        "id": fill.trade_id,
        "orderId": fill.order_id,
        "orderListId": fill.list_id,
        "price": fixed(fill.price),
        "qty": fixed(fill.quantity),
        "quoteQty": fixed(fill.quote_quantity),
        "commission": fixed(fill.commission),
        "commissionAsset": fill.commission_asset,
        "time": fill.time_ms,
        "isBuyer": fill.side.value == "BUY",
        "isMaker": fill.is_maker,
        "isBestMatch": True,
    }


def commission_body() -> dict[str, Any]:
    """The answer of POST order/test when commission rates are asked for."""
    nothing = {"maker": NOTHING, "taker": NOTHING}
    return {
        "standardCommissionForOrder": {"maker": "0.00100000", "taker": "0.00100000"},
        "specialCommissionForOrder": nothing,
        "taxCommissionForOrder": nothing,
        "discount": {
            "enabledForAccount": False,
            "enabledForSymbol": False,
            "discountAsset": "BNB",
            "discount": NOTHING,
        },
    }


def account_body(account: Account, omit_zero: bool) -> dict[str, Any]:
    """The answer of GET account."""
    balances = [
        {"asset": asset, "free": fixed(balance.free), "locked": fixed(balance.locked)}
        for asset, balance in sorted(account.balances.items())
        if balance.free or balance.locked or not omit_zero
    ]
    return {
        "makerCommission": 10,
        "takerCommission": 10,
        "buyerCommission": 0,
        "sellerCommission": 0,
        "commissionRates": {
            "maker": "0.00100000",
            "taker": "0.00100000",
            "buyer": NOTHING,
            "seller": NOTHING,
        },
        "canTrade": not account.is_disabled,
        "canWithdraw": False,
        "canDeposit": False,
        "brokered": False,
        "requireSelfTradePrevention": False,
        "preventSor": False,
        "updateTime": account.updated_ms,
        "accountType": "SPOT",
        "balances": balances,
        "permissions": ["SPOT"],
        "uid": 1,
    }


def position_event(balances: Iterable[tuple[str, Balance]], time_ms: int) -> dict[str, Any]:
    """An outboundAccountPosition event."""
    rows = [{"a": asset, "f": fixed(balance.free), "l": fixed(balance.locked)} for asset, balance in balances]
    return {"e": "outboundAccountPosition", "E": time_ms, "u": time_ms, "B": rows}


def list_event(order_list: OrderList, time_ms: int) -> dict[str, Any]:
    """A listStatus event."""
    body = list_body(order_list)
    return {
        "e": "listStatus",
        "E": time_ms,
        "s": order_list.symbol,
        "g": order_list.list_id,
        "c": order_list.contingency.value,
        "l": body["listStatusType"],
        "L": body["listOrderStatus"],
        "r": "NONE",
        "C": order_list.client_id,
        "T": order_list.updated_ms,
        "O": [{"s": order.symbol, "i": order.order_id, "c": order.client_order_id} for order in order_list.orders],
    }


def order_event(
    order: Order,
    kind: str,
    execution_id: int,
    time_ms: int,
    fill: Fill | None = None,
    cancel_id: str = "",
    reason: str = "NONE",
) -> dict[str, Any]:
    """An executionReport event; `kind` is NEW, TRADE, CANCELED, EXPIRED, TRADE_PREVENTION or REJECTED."""
    is_new = kind == "NEW"
    status = OrderStatus.NEW if is_new and order.status is not OrderStatus.PENDING_NEW else order.status
    works = order.working_ms >= 0
    return {
        "e": "executionReport",
        "E": time_ms,
        "s": order.symbol,
        "c": cancel_id or order.client_order_id,
        "S": order.side.value,
        "o": order.type.value,
        "f": order.time_in_force.value,
        "q": fixed(order.quantity),
        "p": fixed(order.price),
        "P": fixed(order.stop_price),
        "F": NOTHING,
        "g": order.list_id,
        "C": order.client_order_id if cancel_id else "",
        "x": kind,
        "X": status.value,
        "r": reason,
        "i": order.order_id,
        "l": fixed(fill.quantity) if fill else NOTHING,
        "z": NOTHING if is_new else fixed(order.filled),
        "L": fixed(fill.price) if fill else NOTHING,
        "n": fixed(fill.commission) if fill else "0",
        "N": fill.commission_asset if fill else None,
        "T": fill.time_ms if fill else time_ms,
        "t": fill.trade_id if fill else -1,
        "I": execution_id,
        "w": works and (is_new or order.status.is_open),
        "m": fill.is_maker if fill else False,
        "M": False,
        "O": order.created_ms,
        "Z": NOTHING if is_new else fixed(order.quote_filled),
        "Y": fixed(fill.quote_quantity) if fill else NOTHING,
        "Q": fixed(order.quote_quantity),
        **({"W": order.working_ms} if works else {}),
        "V": STP_MODE,
    }
