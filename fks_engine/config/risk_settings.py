"""The table [risk]: the limits that hold from the start; at run time they can be made stricter."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import Field

from fks_engine.config.section import Markets, Positive, Section


class RiskSettings(Section):
    """The limits of the gate that every order passes. Worths are in the reporting currency."""

    max_order_notional: Positive = Field(
        default=Decimal(25_000), description="The most one order may be worth, in the reporting currency."
    )
    max_order_quantity: Positive | None = Field(
        default=None,
        description="The most base units in one order, in any market; unset leaves the exchange's own rule.",
    )
    max_instrument_notional: Positive | None = Field(
        default=None,
        description="The most that may be held of one market's base asset, with what working orders would buy of it, "
        "in the reporting currency; unset sets no bound.",
    )
    max_exposure: Positive | None = Field(
        default=None,
        description="The most that may be held of everything but the reporting currency, with what working orders "
        "would spend of that; unset sets no bound.",
    )
    max_open_orders: int = Field(default=50, ge=1, le=1_000, description="The most orders that may be working at once.")
    max_orders_per_second: int = Field(
        default=50,
        ge=1,
        le=1_000,
        description="The most orders that may leave within one second, each of a list counted.",
    )
    max_daily_loss: Positive | None = Field(
        default=None,
        description="How far equity may fall under what it was when the UTC day began, in the reporting currency; "
        "beyond it trading halts by itself. Withdrawals count as losses; unset sets no bound.",
    )
    max_drawdown_percent: Annotated[Decimal, Field(gt=0, le=100)] | None = Field(
        default=None,
        description="How far equity may fall under its peak, in percent; beyond it trading halts by itself. Unset sets "
        "no bound.",
    )
    price_band_percent: Annotated[Decimal, Field(gt=0, le=100)] = Field(
        default=Decimal(5),
        description="How far beyond the mid a price may lie that an order would pay or take, in percent.",
    )
    max_slippage_percent: Annotated[Decimal, Field(gt=0, le=50)] = Field(
        default=Decimal(1),
        description="How much worse than the best price a market order may trade, in percent; the rest expires.",
    )
    max_data_age_s: Annotated[Decimal, Field(ge=Decimal("0.5"), le=3_600)] | None = Field(
        default=None,
        description="How old a quote may be that an order is judged by, in seconds; unset leaves market.stale_after_s, "
        "and the stricter of the two holds.",
    )
    instruments: Markets = Field(
        default=(),
        max_length=400,
        description="The only markets in which orders that buy are taken; empty takes them in all.",
    )
