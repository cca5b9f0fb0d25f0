"""Whether the prices that equity is made of are fresh enough to judge losses by."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS
from fks_engine.model import route

if TYPE_CHECKING:
    from collections.abc import Collection

    from fks_engine.api import AccountView
    from fks_engine.clock import Clock
    from fks_engine.ports import MarketState

FIRST_PRICES_NS: Final = 60 * NANOS
"""What has no price so long after the balances were known is left out of equity, unless an earlier run counted it."""
_STALE_PART: Final = Decimal("0.01")


class EquityTrust:
    """Doubts equity while more than a hundredth of it is priced by stale quotes, or first prices are still missing."""

    def __init__(self, market: MarketState, clock: Clock, exchange: str) -> None:
        self._market = market
        self._clock = clock
        self._exchange = exchange
        self._known_ns: int | None = None
        """When the balances were first known."""
        self._left_out: Collection[str] | None = None
        """What had no part in the equity that losses are counted from, where an earlier run knew that."""

    def restore(self, left_out: Collection[str]) -> None:
        """An earlier run judged by equity without these assets: any other without a price would look like a loss."""
        self._left_out = left_out

    def doubt(self, view: AccountView) -> str:
        """Why equity cannot be judged by, in words; empty where it can."""
        if view.equity is None:
            return "the balances are not known yet"
        now = self._clock.monotonic_ns()
        self._known_ns = now if self._known_ns is None else self._known_ns
        listed, currency = self._market.instrument, view.reporting_currency
        stale, assets = Decimal(0), []
        for row in view.balances:
            asset = row.balance.asset
            markets = route(asset, currency, self._exchange, lambda market: listed(market) is not None)
            if not markets:
                continue
            if row.value is None:
                is_missed = self._left_out is not None and asset not in self._left_out
                if is_missed or now - self._known_ns < FIRST_PRICES_NS:
                    return f"there is no price of {asset} yet"
            elif any(self._market.is_stale(market) for market in markets):
                stale += row.value
                assets.append(asset)
        if stale > view.equity * _STALE_PART:
            return f"the prices of {', '.join(assets[:3])} are too old"
        return ""
