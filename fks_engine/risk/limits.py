"""The limits a person sets on their own orders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Bounds on one order and on all working ones together; None leaves a bound to the exchange."""

    reporting_currency: str
    max_order_notional: Decimal | None = None
    """The most one order may be worth, in the reporting currency."""
    max_order_quantity: Decimal | None = None
    """The most base units in one order."""
    max_open_orders: int | None = None
    price_band_percent: Decimal | None = None
    """How far a price may lie beyond the best price on the other side, in percent of it."""
    max_slippage_percent: Decimal | None = None
    """How much worse than the best price a market order may trade, in percent of it."""
