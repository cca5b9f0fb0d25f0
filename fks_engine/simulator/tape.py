"""One symbol's public memory: recent trades, candles and the last 24 hours."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from fks_engine.simulator.candles import Candles
from fks_engine.simulator.intervals import DAY_MS, MINUTE_MS
from fks_engine.simulator.nouns import ZERO

if TYPE_CHECKING:
    from fks_engine.simulator.candles import History
    from fks_engine.simulator.nouns import PublicTrade, SymbolRules

KEPT_TRADES = 1_000
DAY_MINUTES = 1_440


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """What a symbol did in the last 24 hours."""

    open_ms: int
    close_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    last: Decimal
    last_quantity: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int
    first_id: int
    last_id: int


class Tape:
    """Everything the public may know of a symbol's trades."""

    def __init__(self, rules: SymbolRules, history: History) -> None:
        self.rules = rules
        self.trades: deque[PublicTrade] = deque(maxlen=KEPT_TRADES)
        self.candles = Candles(history)
        self.changed = False
        """Whether anything traded since the statistics were last pushed."""
        self._day: np.ndarray[tuple[int, ...], np.dtype[np.float64]] | None = None
        self._day_minute = 0
        self._start_price = ZERO

    def begin(self, now_ms: int, price: Decimal) -> None:
        """Where the symbol stands before its first trade."""
        self._start_price = price
        self.candles.begin_at(now_ms, price)

    @property
    def last_price(self) -> Decimal:
        """The price of the last trade, or where the symbol stood at the start."""
        return self.trades[-1].price if self.trades else self._start_price

    def add(self, trade: PublicTrade) -> None:
        """Remember a trade."""
        self.trades.append(trade)
        self.candles.add(trade)
        self.changed = True

    def average_price(self) -> Decimal:
        """The volume-weighted price of the current minute, or the last price without volume."""
        candle = self.candles.last
        if candle is None or not candle.volume:
            return self.last_price
        return candle.quote_volume / candle.volume

    def day(self, now_ms: int) -> DayStatistics:
        """The last 24 hours, to the minute."""
        past = self._past_minutes(now_ms)
        now = self.candles.last
        last = self.trades[-1] if self.trades else None
        if now is None:
            price = self.last_price
            return DayStatistics(now_ms - DAY_MS, now_ms, price, price, price, price, ZERO, ZERO, ZERO, 0, -1, -1)

        opened, high, low = now.open, now.high, now.low
        volume, quote_volume, count = now.volume, now.quote_volume, now.trades
        if len(past):
            opened = _exact(past[0, 1])
            high = max(high, _exact(past[:, 2].max()))
            low = min(low, _exact(past[:, 3].min()))
            sums = past[:, 5:8].sum(axis=0)
            volume += _exact(sums[0])
            quote_volume += _exact(sums[1])
            count += int(sums[2])
        last_id = last.trade_id if last else -1
        return DayStatistics(
            open_ms=now_ms - DAY_MS,
            close_ms=now_ms,
            open=opened,
            high=high,
            low=low,
            last=self.last_price,
            last_quantity=last.quantity if last else ZERO,
            volume=volume,
            quote_volume=quote_volume,
            trades=count,
            first_id=max(0, last_id - count + 1) if last_id >= 0 else -1,
            last_id=last_id,
        )

    def _past_minutes(self, now_ms: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """The whole minutes of the last 24 hours before the current one."""
        self.candles.advance(now_ms)
        current = self.candles.last
        minute = current.open_ms if current else now_ms // MINUTE_MS * MINUTE_MS
        if self._day is None or self._day_minute != minute:
            first = minute - (DAY_MINUTES - 1) * MINUTE_MS
            rows = self.candles.minutes(first)
            self._day = rows[rows[:, 0] < minute]
            self._day_minute = minute
        return self._day


def _exact(value: float) -> Decimal:
    return Decimal(f"{value:.8f}")
