"""A market, an account and limits around one order."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fks_engine.api import DenialReason, Denied, SubmitOrder
from fks_engine.model import Order
from fks_engine.risk import RiskLimits, Situation, first_denial
from tests.engine.still_market import StillAccount, StillMarket

LIMITS = RiskLimits(
    reporting_currency="USDT",
    max_order_notional=Decimal(25_000),
    max_order_quantity=Decimal(3),
    max_open_orders=3,
    price_band_percent=Decimal(5),
)


@dataclass
class Scene:
    """A market, an account and limits around one order."""

    limits: RiskLimits = LIMITS
    market: StillMarket = field(default_factory=StillMarket)
    account: StillAccount = field(default_factory=StillAccount)
    working: list[Order] = field(default_factory=list)
    more: dict[str, Any] = field(default_factory=dict)

    def denial(self, command: SubmitOrder) -> Denied | None:
        return first_denial(
            Situation(
                command=command,
                limits=self.limits,
                market=self.market,
                account=self.account,
                working=self.working,
                **self.more,
            )
        )

    def reason(self, command: SubmitOrder) -> DenialReason | None:
        denied = self.denial(command)
        return None if denied is None else denied.reason
