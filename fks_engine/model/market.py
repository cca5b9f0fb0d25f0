"""What a market shows: quotes, prints, depth and candles."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from fks_engine.model.instrument import InstrumentId
from fks_engine.model.order_types import Side


@dataclass(frozen=True, slots=True)
class Level:
    """All that rests at one price."""

    price: Decimal
    size: Decimal


@dataclass(frozen=True, slots=True)
class Quote:
    """The top of an order book: the best bid and ask."""

    instrument_id: InstrumentId
    bid: Decimal
    ask: Decimal
    bid_size: Decimal
    ask_size: Decimal
    update_id: int
    """The exchange's number of this state of the book; 0 where it gives none."""
    ts_event: int
    """Nanoseconds UTC by the exchange; equal to ts_received where the exchange gives none."""
    ts_received: int
    """Nanoseconds UTC by us."""

    @property
    def mid(self) -> Decimal:
        """Halfway between bid and ask."""
        return (self.bid + self.ask) / 2

    @property
    def spread(self) -> Decimal:
        """Ask less bid."""
        return self.ask - self.bid

    @property
    def best_bid(self) -> Level:
        """The bid with its size."""
        return Level(self.bid, self.bid_size)

    @property
    def best_ask(self) -> Level:
        """The ask with its size."""
        return Level(self.ask, self.ask_size)


@dataclass(frozen=True, slots=True)
class Trade:
    """A public execution on the tape. Ours are Fills."""

    instrument_id: InstrumentId
    trade_id: str
    price: Decimal
    quantity: Decimal
    aggressor: Side
    """The side of the order that took liquidity."""
    ts_event: int
    ts_received: int


@dataclass(frozen=True, slots=True)
class OrderBook:
    """Depth around the top of one market. Bids fall, asks rise."""

    instrument_id: InstrumentId
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    update_id: int
    ts_event: int
    ts_received: int


class Timeframe(StrEnum):
    """The length of a candle."""

    M1 = "1m"
    M5 = "5m"
    M15 = "15m"
    H1 = "1h"
    H4 = "4h"
    D1 = "1d"

    @property
    def seconds(self) -> int:
        """The length in seconds."""
        return _SECONDS[self]


_SECONDS = {
    Timeframe.M1: 60,
    Timeframe.M5: 300,
    Timeframe.M15: 900,
    Timeframe.H1: 3_600,
    Timeframe.H4: 14_400,
    Timeframe.D1: 86_400,
}


@dataclass(frozen=True, slots=True)
class Candle:
    """The prices of one span of time, keyed by the time it opens. Floats: candles are for charts and kernels."""

    instrument_id: InstrumentId
    timeframe: Timeframe
    ts_open: int
    """Nanoseconds UTC at which the span begins."""
    open: float
    high: float
    low: float
    close: float
    volume: float
    """Base units traded."""
    closed: bool
    """True once the exchange says that the span is over."""
    ts_received: int = 0


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """The last 24 hours of one market."""

    instrument_id: InstrumentId
    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    quote_volume: Decimal
    ts_received: int

    @property
    def change(self) -> Decimal:
        """The move over 24 hours as a fraction of the price at its start; 0 where that price is 0."""
        return (self.last - self.open) / self.open if self.open else Decimal(0)
