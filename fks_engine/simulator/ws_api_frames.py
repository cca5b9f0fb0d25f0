"""Frames of the WebSocket API: which endpoint a method is, and a request read from JSON."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from fks_engine.simulator import errors

METHODS: dict[str, tuple[str, str]] = {
    "ping": ("GET", "ping"),
    "time": ("GET", "time"),
    "exchangeInfo": ("GET", "exchangeInfo"),
    "depth": ("GET", "depth"),
    "trades.recent": ("GET", "trades"),
    "trades.aggregate": ("GET", "aggTrades"),
    "klines": ("GET", "klines"),
    "uiKlines": ("GET", "uiKlines"),
    "avgPrice": ("GET", "avgPrice"),
    "ticker.24hr": ("GET", "ticker/24hr"),
    "ticker.price": ("GET", "ticker/price"),
    "ticker.book": ("GET", "ticker/bookTicker"),
    "order.place": ("POST", "order"),
    "order.test": ("POST", "order/test"),
    "order.status": ("GET", "order"),
    "order.cancel": ("DELETE", "order"),
    "order.cancelReplace": ("POST", "order/cancelReplace"),
    "openOrders.status": ("GET", "openOrders"),
    "openOrders.cancelAll": ("DELETE", "openOrders"),
    "orderList.place.oco": ("POST", "orderList/oco"),
    "orderList.place.oto": ("POST", "orderList/oto"),
    "orderList.place.otoco": ("POST", "orderList/otoco"),
    "orderList.status": ("GET", "orderList"),
    "orderList.cancel": ("DELETE", "orderList"),
    "openOrderLists.status": ("GET", "openOrderList"),
    "allOrders": ("GET", "allOrders"),
    "allOrderLists": ("GET", "allOrderList"),
    "myTrades": ("GET", "myTrades"),
    "account.status": ("GET", "account"),
    "account.rateLimits.orders": ("GET", "rateLimit/order"),
    "userDataStream.start": ("POST", "userDataStream"),
    "userDataStream.ping": ("PUT", "userDataStream"),
    "userDataStream.stop": ("DELETE", "userDataStream"),
}
"""The HTTP method and path below /api/v3 that does a method's work; those the exchange lacks are refused."""


@dataclass(slots=True)
class Request:
    """One request, as far as it could be read."""

    id: int | str | None
    method: str
    values: dict[str, str]


def read_request(data: str | bytes, request: Request) -> None:
    """Fill `request` from a frame; raises ApiError -1135 or -1020 with what was read so far in it."""
    try:
        read = orjson.loads(data)
    except (orjson.JSONDecodeError, RecursionError):
        read = None
    if not isinstance(read, dict):
        raise errors.ApiError(-1135, "Invalid JSON Request")

    request.id = _request_id(read)
    method = read.get("method")
    if not isinstance(method, str):
        raise errors.unsupported(400)
    params = read.get("params", {})
    if not isinstance(params, dict):
        raise errors.ApiError(-1135, "Invalid JSON Request")
    request.method = method
    request.values = {name: _text(value) for name, value in params.items()}


def _request_id(request: dict[str, Any]) -> int | str | None:
    value = request.get("id")
    is_number = isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
    is_text = isinstance(value, str) and len(value) <= 64
    if not (value is None or is_number or is_text):
        raise errors.ApiError(-1135, "JSON sent for parameter 'id' is not valid")
    return value


def _text(value: Any) -> str:
    """A JSON value as it is signed."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else orjson.dumps(value).decode()
