"""The limits a person sets on their own orders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.model import InstrumentId


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLimits:
    """Bounds on one order, on all working ones together and on the account; None leaves a bound out."""

    reporting_currency: str
    max_order_notional: Decimal | None = None
    """The most one order may be worth, in the reporting currency, as are all worths here."""
    max_order_quantity: Decimal | None = None
    """The most base units in one order."""
    max_instrument_notional: Decimal | None = None
    """The most that may be held of one base asset, with what working orders would buy of it."""
    max_exposure: Decimal | None = None
    """The most that may be held of all but the reporting currency, with what working orders would spend of it."""
    max_open_orders: int | None = None
    max_orders_per_second: int | None = None
    max_daily_loss: Decimal | None = None
    """How far equity may fall under that of the UTC day's beginning."""
    max_drawdown_percent: Decimal | None = None
    """How far equity may fall under its peak, in percent of it."""
    price_band_percent: Decimal | None = None
    """How far a price may lie beyond the mid, in percent of it."""
    max_slippage_percent: Decimal | None = None
    """How much worse than the best price a market order may trade, in percent of it."""
    max_data_age_s: Decimal | None = None
    """How old a quote may be that an order is judged by."""
    instruments: frozenset[InstrumentId] | None = None
    """The only markets in which orders are taken."""
