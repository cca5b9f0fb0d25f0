"""The numbers of an order's life as a trader says them, and its steps in the order in which they happened."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Final

from fks_engine.api import LifeStepKind, market_of
from fks_tui.formatting import decimals_of, fixed, separated

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from fks_engine.api import LifeStep, Order
    from fks_tui.precision import Precision

_PRICES: Final = frozenset({"limit_price", "stop_price", "price", "average", "bid", "ask", "mid", "last"})
_UNITS: Final[Mapping[str, str]] = {"age_s": " s", "limit_s": " s", "band_percent": "%"}
_NAMES: Final[Mapping[str, str]] = {
    "age_s": "quote age",
    "limit_s": "allowed age",
    "band_percent": "allowed band",
    "notional": "worth",
    "tick_size": "tick",
    "step_size": "step",
    "order": "this order",
    "asked": "now asked",
}
_IDS: Final = frozenset({"trade", "exchange's id"})


def number_words(order: Order, numbers: Mapping[str, str], precision: Precision) -> str:
    """Numbers with their names and units: `limit price 64,000.00 USDT · quote age 0.4 s`."""
    base, _, quote = market_of(order.instrument_id).partition("/")
    words = []
    for name, value in numbers.items():
        if name == "asset" and "needed" in numbers:
            continue
        unit = _UNITS.get(name, "")
        if name in _PRICES:
            value, unit = _price(order, value, precision), f" {quote}"
        elif name == "quantity":
            unit = f" {base}"
        elif name in {"needed", "available"} and "asset" in numbers:
            unit = f" {numbers['asset']}"
        if name == "limit_price" and not order.order_type.has_limit:
            name = "worst_price"
        words.append(f"{_NAMES.get(name, name.replace('_', ' '))} {value if name in _IDS else separated(value)}{unit}")
    return " · ".join(words)


def in_order(steps: Iterable[LifeStep]) -> list[LifeStep]:
    """The steps as they happened: an answer stands before those of more filled, and before fills where it has none."""
    found: list[LifeStep] = []
    for step in steps:
        place = len(found)
        if (told := _filled(step)) is not None:
            place = next((at for at, each in enumerate(found) if _is_later(each, told)), place)
        found.insert(place, step)
    return found


def _is_later(step: LifeStep, filled: Decimal) -> bool:
    """Whether a step can only have happened after `filled` was filled."""
    more = _filled(step)
    return (step.kind is LifeStepKind.FILLED and not filled) or (more is not None and more > filled)


def _filled(step: LifeStep) -> Decimal | None:
    """How much was filled by an answer of the exchange; None where the step is none."""
    if step.kind is not LifeStepKind.REPLIED:
        return None
    try:
        return Decimal(step.numbers.get("filled", "").partition(" ")[0])
    except InvalidOperation:
        return None


def _price(order: Order, text: str, precision: Precision) -> str:
    """A price with its market's decimals, and as many more as it has."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return text
    known = precision.price(order.instrument_id, value)
    return fixed(value, max(decimals_of(value), decimals_of(Decimal(known))))
