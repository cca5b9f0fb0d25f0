"""Binance's list of markets and order rules as instruments."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.exchange.parsing import Frame, frames, identifier, items, positive, unsigned, word
from fks_engine.model import Instrument, OrderType, instrument_id

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_ONE: Final = Decimal(1)
_TYPES: Final[Mapping[str, OrderType]] = {
    "LIMIT": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT": OrderType.TAKE_PROFIT,
    "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT_LIMIT,
}


def instrument(exchange: str, market: str, base: str, quote: str, rules: Frame) -> Instrument:
    """The instrument `market` from its entry in the exchange's list.

    Raises MalformedData where a rule cannot be true, KeyError where one is missing.
    """
    filters = {word(item["filterType"]): item for item in frames(rules["filters"])}
    price, lot = filters["PRICE_FILTER"], filters["LOT_SIZE"]
    notional = filters.get("NOTIONAL") or filters.get("MIN_NOTIONAL")
    band = filters.get("PERCENT_PRICE_BY_SIDE")
    market_lot = filters.get("MARKET_LOT_SIZE")
    stops = filters.get("MAX_NUM_ALGO_ORDERS")
    allows_lists = rules.get("ocoAllowed") is True and rules.get("otoAllowed") is True
    return Instrument(
        id=instrument_id(exchange, market),
        base=base,
        quote=quote,
        tick_size=_step(price["tickSize"]),
        step_size=_step(lot["stepSize"]),
        min_quantity=_neat(unsigned(lot["minQty"])),
        max_quantity=_neat(unsigned(lot["maxQty"])),
        min_notional=_neat(unsigned(notional["minNotional"])) if notional else Decimal(0),
        max_market_quantity=(_neat(unsigned(market_lot["maxQty"])) or None) if market_lot else None,
        price_multiplier_up=_widest(band, ("bidMultiplierUp", "askMultiplierUp"), max) if band else None,
        price_multiplier_down=_widest(band, ("bidMultiplierDown", "askMultiplierDown"), min) if band else None,
        order_types=_order_types(rules.get("orderTypes")),
        takes_order_lists=allows_lists,
        takes_replacements=rules.get("cancelReplaceAllowed") is not False,
        max_stop_orders=identifier(stops["maxNumAlgoOrders"]) if stops else None,
    )


def _order_types(names: object) -> tuple[OrderType, ...]:
    """The kinds of order in the exchange's list; all where it has none."""
    if names is None:
        return tuple(OrderType)
    known = {word(name) for name in items(names)}
    return tuple(kind for name, kind in _TYPES.items() if name in known)


def _step(text: object) -> Decimal:
    return _neat(positive(text))


def _neat(value: Decimal) -> Decimal:
    """`value` without the zeros after its last digit, and never with an exponent."""
    short = value.normalize()
    return short if short.as_tuple().exponent in range(-30, 1) else short.quantize(_ONE)


def _widest(band: Frame, names: Iterable[str], pick: Callable[[Iterable[Decimal]], Decimal]) -> Decimal:
    """The bound that suits both sides: what lies beyond it is refused for buying and for selling."""
    return _neat(pick([unsigned(band[name]) for name in names]))
