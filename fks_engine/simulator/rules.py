"""The symbol filters an order must pass, in Binance's order, and their exchangeInfo form."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from fks_engine.simulator import errors
from fks_engine.simulator.nouns import ZERO, Order, OrderType, Side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.simulator.nouns import SymbolRules

AVERAGE_MINUTES = 5
STP_MODE = "EXPIRE_MAKER"
"""The only self-trade prevention there is: the resting order expires."""


def check(order: Order, rules: SymbolRules, reference: Decimal) -> None:
    """Raise ApiError -1013 for the first filter the order breaks by itself.

    `reference` is the average price of the last minutes.
    """
    if order.type.is_conditional:
        _check_tick(order.stop_price, rules)
    if not order.type.is_market:
        _check_price(order, rules, reference)
    if order.quantity:
        _check_lot(order.quantity, rules, rules.max_quantity, "LOT_SIZE")
        if order.type.is_market:
            _check_lot(order.quantity, rules, rules.max_market_quantity, "MARKET_LOT_SIZE")

    _check_notional(order, rules, reference)


def check_counts(orders: Sequence[Order], standing: Sequence[Order], rules: SymbolRules) -> None:
    """Raise ApiError -1013 when new orders beside the account's standing ones on the symbol are too many."""
    if len(standing) + len(orders) > rules.max_orders:
        raise errors.filter_failure("MAX_NUM_ORDERS")

    waiting = sum(order.type.is_conditional for order in orders)
    if waiting and waiting + sum(order.type.is_conditional for order in standing) > rules.max_algo_orders:
        raise errors.filter_failure("MAX_NUM_ALGO_ORDERS")


def check_position(orders: Sequence[Order], standing: Sequence[Order], owned: Decimal, rules: SymbolRules) -> None:
    """Raise ApiError -1013 when what the account owns and bids for would be more than the symbol allows."""
    if not rules.max_position:
        return

    added = sum((order.quantity for order in orders if order.side is Side.BUY), ZERO)
    bid = sum((order.leaves for order in standing if order.side is Side.BUY), ZERO)
    if added and owned + bid + added > rules.max_position:
        raise errors.filter_failure("MAX_POSITION")


def _check_tick(price: Decimal, rules: SymbolRules) -> None:
    if not rules.lowest_price <= price <= rules.max_price or price % rules.tick:
        raise errors.filter_failure("PRICE_FILTER")


def _check_price(order: Order, rules: SymbolRules, reference: Decimal) -> None:
    price = order.price
    _check_tick(price, rules)
    if reference and not reference * rules.band_down <= price <= reference * rules.band_up:
        raise errors.filter_failure("PERCENT_PRICE_BY_SIDE")


def _check_lot(quantity: Decimal, rules: SymbolRules, most: Decimal, name: str) -> None:
    if not rules.lowest_quantity <= quantity <= most or quantity % rules.step:
        raise errors.filter_failure(name)


def _check_notional(order: Order, rules: SymbolRules, reference: Decimal) -> None:
    is_market = order.type.is_market
    notional = order.quote_quantity or (order.price or order.stop_price or reference) * order.quantity
    too_large = notional > rules.max_notional and not is_market
    if notional < rules.min_notional or too_large:
        raise errors.filter_failure("NOTIONAL")


def filters(rules: SymbolRules) -> list[dict[str, Any]]:
    """The filters as exchangeInfo lists them."""
    position = {"filterType": "MAX_POSITION", "maxPosition": f"{rules.max_position:.8f}"}
    up, down = f"{rules.band_up.normalize():f}", f"{rules.band_down.normalize():f}"
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": f"{rules.lowest_price:.8f}",
            "maxPrice": f"{rules.max_price:.8f}",
            "tickSize": f"{rules.tick:.8f}",
        },
        {
            "filterType": "LOT_SIZE",
            "minQty": f"{rules.lowest_quantity:.8f}",
            "maxQty": f"{rules.max_quantity:.8f}",
            "stepSize": f"{rules.step:.8f}",
        },
        {"filterType": "ICEBERG_PARTS", "limit": 10},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": "0.00000000",
            "maxQty": f"{rules.max_market_quantity:.8f}",
            "stepSize": "0.00000000",
        },
        {
            "filterType": "PERCENT_PRICE_BY_SIDE",
            "bidMultiplierUp": up,
            "bidMultiplierDown": down,
            "askMultiplierUp": up,
            "askMultiplierDown": down,
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {
            "filterType": "NOTIONAL",
            "minNotional": f"{rules.min_notional:.8f}",
            "applyMinToMarket": True,
            "maxNotional": f"{rules.max_notional:.8f}",
            "applyMaxToMarket": False,
            "avgPriceMins": AVERAGE_MINUTES,
        },
        {"filterType": "MAX_NUM_ORDERS", "maxNumOrders": rules.max_orders},
        {"filterType": "MAX_NUM_ALGO_ORDERS", "maxNumAlgoOrders": rules.max_algo_orders},
        {"filterType": "MAX_NUM_ORDER_LISTS", "maxNumOrderLists": rules.max_order_lists},
        *([position] if rules.max_position else []),
    ]


def symbol_body(rules: SymbolRules, status: str) -> dict[str, Any]:
    """One symbol of exchangeInfo."""
    return {
        "symbol": rules.symbol,
        "status": status,
        "baseAsset": rules.base,
        "baseAssetPrecision": 8,
        "quoteAsset": rules.quote,
        "quotePrecision": 8,
        "quoteAssetPrecision": 8,
        "baseCommissionPrecision": 8,
        "quoteCommissionPrecision": 8,
        "orderTypes": [kind.value for kind in OrderType],
        "icebergAllowed": False,
        "ocoAllowed": True,
        "otoAllowed": True,
        "quoteOrderQtyMarketAllowed": True,
        "allowTrailingStop": False,
        "cancelReplaceAllowed": True,
        "amendAllowed": False,
        "isSpotTradingAllowed": True,
        "isMarginTradingAllowed": False,
        "filters": filters(rules),
        "permissions": [],
        "permissionSets": [["SPOT"]],
        "defaultSelfTradePreventionMode": STP_MODE,
        "allowedSelfTradePreventionModes": [STP_MODE],
    }


def base_needed(levels: list[tuple[Decimal, Decimal]], quote: Decimal, step: Decimal) -> Decimal:
    """How much base earns `quote` by walking bids, in whole steps a level."""
    needed = Decimal(0)
    for price, size in levels:
        quantity = size if quote >= price * size else quote / price // step * step
        if quantity <= 0:
            break

        needed += quantity
        quote -= price * quantity
    return needed


def quote_needed(levels: list[tuple[Decimal, Decimal]], quantity: Decimal) -> Decimal:
    """What buying `quantity` costs by walking asks, as far as they reach."""
    needed = Decimal(0)
    for price, size in levels:
        taken = min(size, quantity)
        needed += price * taken
        quantity -= taken
        if quantity <= 0:
            break
    return needed
