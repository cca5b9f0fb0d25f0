"""The names of the limits that a person sets on their own trading."""

from __future__ import annotations

from enum import StrEnum


class LimitName(StrEnum):
    """One limit, as the setting of the same name in `[risk]` has it. Worths are in the reporting currency."""

    MAX_ORDER_NOTIONAL = "max_order_notional"
    """The most one order may be worth."""
    MAX_ORDER_QUANTITY = "max_order_quantity"
    """The most base units in one order."""
    MAX_INSTRUMENT_NOTIONAL = "max_instrument_notional"
    """The most that may be held of one market's base asset, with all that working orders would buy of it."""
    MAX_EXPOSURE = "max_exposure"
    """The most that may be held of everything but the reporting currency, with all that working orders would
    spend of it."""
    MAX_OPEN_ORDERS = "max_open_orders"
    MAX_ORDERS_PER_SECOND = "max_orders_per_second"
    MAX_DAILY_LOSS = "max_daily_loss"
    """How far equity may fall under what it was when the UTC day began; beyond it trading halts by itself."""
    MAX_DRAWDOWN_PERCENT = "max_drawdown_percent"
    """How far equity may fall under its peak, in percent of it; beyond it trading halts by itself."""
    PRICE_BAND_PERCENT = "price_band_percent"
    """How far beyond the mid a price may lie that an order would pay or take, in percent of it."""
    MAX_SLIPPAGE_PERCENT = "max_slippage_percent"
    MAX_DATA_AGE_S = "max_data_age_s"
    """How old a quote may be that an order is judged by."""
    INSTRUMENTS = "instruments"
    """The only markets in which orders that buy are taken; all where there are none."""
