"""One symbol's public memory: recent trades, candles and statistics of the last hours."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from fks_engine.simulator.candles import Candles
from fks_engine.simulator.intervals import DAY_MS, MINUTE_MS
from fks_engine.simulator.nouns import ZERO
from fks_engine.simulator.prints import Prints

if TYPE_CHECKING:
    from fks_engine.simulator.candles import History
    from fks_engine.simulator.nouns import PublicTrade, SymbolRules

KEPT_TRADES = 1_000
DAY_MINUTES = 1_440
AVERAGE_MINUTES = 5
MOST_WINDOWS = 8
"""Windows remembered at a time."""


@dataclass(frozen=True, slots=True)
class DayStatistics:
    """What a symbol did in the last 24 hours, or in another window."""

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


class Past(NamedTuple):
    """The whole minutes of a window before the current one, added up."""

    minute_ms: int
    """The current minute they lead up to."""
    open: Decimal | None
    """None when there are none."""
    high: Decimal
    low: Decimal
    volume: Decimal
    quote_volume: Decimal
    trades: int


class Tape:
    """Everything the public may know of a symbol's trades."""

    def __init__(self, rules: SymbolRules, history: History) -> None:
        self.rules = rules
        self.trades = Prints(rules.symbol, KEPT_TRADES)
        self.candles = Candles(history, rules.tick)
        self.changed = False
        """Whether anything traded since the statistics were last pushed."""
        self._pasts: dict[int, Past] = {}
        self._start_price = ZERO

    def begin(self, now_ms: int, price: Decimal) -> None:
        """Where the symbol stands before its first trade."""
        self._start_price = price
        self.candles.begin_at(now_ms, price)

    @property
    def last_price(self) -> Decimal:
        """The price of the last trade, or where the symbol stood at the start."""
        return self.trades.last.price if self.trades.last else self._start_price

    def add(self, trade: PublicTrade) -> None:
        """Remember a trade."""
        self.trades.append(trade)
        self.candles.add(trade)
        self.changed = True

    def average_price(self) -> Decimal:
        """The volume-weighted price of the newest five minutes, or the last price without volume."""
        volume, quote_volume = self.candles.recent(AVERAGE_MINUTES)
        return quote_volume / volume if volume else self.last_price

    def day(self, now_ms: int) -> DayStatistics:
        """The last 24 hours, to the minute."""
        return self._statistics(DAY_MINUTES, now_ms, now_ms - DAY_MS)

    def window(self, minutes: int, now_ms: int) -> DayStatistics:
        """The newest so many minutes; the first one counts whole."""
        first_ms = now_ms // MINUTE_MS * MINUTE_MS - (minutes - 1) * MINUTE_MS
        return self._statistics(minutes, now_ms, first_ms)

    def _statistics(self, minutes: int, now_ms: int, open_ms: int) -> DayStatistics:
        past = self._past(minutes, now_ms)
        now = self.candles.last
        last = self.trades.last
        if now is None:
            price = self.last_price
            return DayStatistics(open_ms, now_ms, price, price, price, price, ZERO, ZERO, ZERO, 0, -1, -1)

        count = now.trades + past.trades
        last_id = last.trade_id if last else -1
        return DayStatistics(
            open_ms=open_ms,
            close_ms=now_ms,
            open=now.open if past.open is None else past.open,
            high=now.high if past.open is None else max(now.high, past.high),
            low=now.low if past.open is None else min(now.low, past.low),
            last=self.last_price,
            last_quantity=last.quantity if last else ZERO,
            volume=now.volume + past.volume,
            quote_volume=now.quote_volume + past.quote_volume,
            trades=count,
            first_id=max(0, last_id - count + 1) if last_id >= 0 else -1,
            last_id=last_id,
        )

    def _past(self, minutes: int, now_ms: int) -> Past:
        """The whole minutes of the window before the current one; added up once a minute."""
        self.candles.advance(now_ms)
        current = self.candles.last
        minute_ms = current.open_ms if current else now_ms // MINUTE_MS * MINUTE_MS
        known = self._pasts.get(minutes)
        if known is None or known.minute_ms != minute_ms:
            first_ms = minute_ms - (minutes - 1) * MINUTE_MS
            rows = self.candles.minutes(first_ms)
            rows = rows[rows[:, 0] < minute_ms]
            if len(rows):
                sums = rows[:, 5:8].sum(axis=0)
                prices = (_exact(rows[0, 1]), _exact(rows[:, 2].max()), _exact(rows[:, 3].min()))
                known = Past(minute_ms, *prices, _exact(sums[0]), _exact(sums[1]), int(sums[2]))
            else:
                known = Past(minute_ms, None, ZERO, ZERO, ZERO, ZERO, 0)
            self._pasts[minutes] = known
            while len(self._pasts) > MOST_WINDOWS:
                del self._pasts[next(iter(self._pasts))]
        return known


def _exact(value: float) -> Decimal:
    return Decimal(f"{value:.8f}")
