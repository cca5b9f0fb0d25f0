"""The kinds of order: which way they trade, how they meet the market, how long they rest."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Side(StrEnum):
    """Which way an order trades."""

    BUY = "buy"
    SELL = "sell"

    @property
    def opposite(self) -> Side:
        """The other side."""
        return Side.SELL if self is Side.BUY else Side.BUY


class OrderType(StrEnum):
    """How an order meets the market."""

    LIMIT = "limit"
    MARKET = "market"
    STOP = "stop"
    """Waits at the exchange until the market trades at the stop price, then takes at any price."""
    STOP_LIMIT = "stop_limit"
    """The same, but becomes a limit order."""
    TAKE_PROFIT = "take_profit"
    """Waits for a price better than the market's, then takes at any price."""
    TAKE_PROFIT_LIMIT = "take_profit_limit"

    @property
    def has_limit(self) -> bool:
        """Whether the order names a limit price of its own; a market order's limit price is only a cap."""
        return self in _WITH_LIMIT

    @property
    def has_stop(self) -> bool:
        """Whether the order waits for a stop price."""
        return self in _WITH_STOP


_WITH_LIMIT: Final = frozenset({OrderType.LIMIT, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT_LIMIT})
_WITH_STOP: Final = frozenset(
    {OrderType.STOP, OrderType.STOP_LIMIT, OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
)


class TimeInForce(StrEnum):
    """How long an order may rest."""

    GTC = "gtc"
    IOC = "ioc"
    FOK = "fok"
