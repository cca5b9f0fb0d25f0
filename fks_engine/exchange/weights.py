"""What each request costs of Binance's budget, and how much it matters."""

from __future__ import annotations

import json
from math import ceil
from typing import TYPE_CHECKING, Any, Final

from fks_engine.resilience.budget import Need, Priority

if TYPE_CHECKING:
    from collections.abc import Mapping

PER_COST: Final = 5
"""ccxt counts in parts of its own; so many of Binance's weight are one of them."""
_FIXED: Final[Mapping[tuple[str, str], int]] = {
    ("GET", "ping"): 1,
    ("GET", "time"): 1,
    ("GET", "exchangeInfo"): 20,
    ("GET", "klines"): 2,
    ("GET", "trades"): 25,
    ("GET", "aggTrades"): 4,
    ("GET", "account"): 20,
    ("GET", "order"): 4,
    ("GET", "allOrders"): 20,
    ("GET", "orderList"): 4,
    ("GET", "openOrderList"): 6,
    ("DELETE", "order"): 1,
    ("DELETE", "openOrders"): 1,
    ("DELETE", "orderList"): 1,
}
_ORDERS: Final[Mapping[str, int]] = {
    "order": 1,
    "order/cancelReplace": 1,
    "order/oco": 2,
    "orderList/oco": 2,
    "orderList/oto": 2,
    "orderList/opo": 2,
    "orderList/otoco": 3,
    "orderList/opoco": 3,
    "sor/order": 1,
}
_DEPTH: Final = ((100, 5), (500, 25), (1_000, 50), (5_000, 250))


def need_of(method: str, path: str, params: Mapping[str, Any], cost: float, *, is_private: bool) -> Need:
    """What a request needs; `cost` is ccxt's word for those that are not listed here."""
    if method == "DELETE" and is_private:
        return Need(Priority.CANCEL, _FIXED.get((method, path), 1))
    if method == "POST" and is_private:
        return Need(Priority.ORDER, 1, _ORDERS.get(path, 0))
    priority = Priority.ACCOUNT if is_private else Priority.MARKET
    return Need(priority, _weight(method, path, params, cost))


def _weight(method: str, path: str, params: Mapping[str, Any], cost: float) -> int:
    fixed = _FIXED.get((method, path))
    if fixed is not None:
        return fixed
    symbols = _symbols(params)
    match path:
        case "depth":
            limit = int(params.get("limit") or 100)
            return next((weight for most, weight in _DEPTH if limit <= most), 250)
        case "ticker/bookTicker" | "ticker/price":
            return 2 if symbols == 1 else 4
        case "ticker/24hr":
            return 80 if symbols is None or symbols > 100 else 40 if symbols > 20 else 2
        case "openOrders":
            return 6 if symbols else 80
        case "myTrades":
            return 5 if "orderId" in params else 20
        case _:
            return max(1, ceil(cost * PER_COST))


def _symbols(params: Mapping[str, Any]) -> int | None:
    """How many markets a request names; None where it means all."""
    if "symbols" in params:
        named = params["symbols"]
        return len(json.loads(named) if isinstance(named, str) else named)
    return 1 if "symbol" in params else None
