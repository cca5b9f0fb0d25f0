"""One symbol's candles: the history before the start, then live trades added up minute by minute."""

from __future__ import annotations

from collections import OrderedDict, deque
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from fks_engine.simulator.intervals import DAY_MS, MINUTE_MS, SECOND_MS, aggregate, back, begin, following
from fks_engine.simulator.nouns import Candle
from fks_engine.simulator.seconds import Seconds, spread

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from fks_engine.simulator.nouns import PublicTrade

    Rows = NDArray[np.float64]
    History = Callable[[int, int], Rows]

EXACT_MINUTES = 30
"""Minutes kept with exact sums; older ones become history rows."""
KEPT_MINUTES = 7 * 1_440
"""Live minutes kept as rows."""
REMEMBERED_ROWS = 2
"""Aggregated histories kept per symbol."""
FAR_MS = 40 * DAY_MS
"""Histories that reach further back are remembered."""
LARGEST_GAP = 120
"""Watched seconds that close one by one; after a longer silence they go on at the present."""
CHUNK_MS = 20 * DAY_MS
"""How much history is aggregated at once."""
FARTHEST_MS = 20 * 365 * DAY_MS
"""No history is asked for beyond that."""
LAST_MS = 2**53


class Candles:
    """The candles of one symbol."""

    def __init__(self, history: History, tick: Decimal = Decimal("1e-8")) -> None:
        self._history = history
        self._tick = float(tick)
        self._seconds = Seconds()
        self._now_ms = 0
        self._oldest_ms: int | None = None
        self._start_price = 0.0
        self._first_live_ms: int | None = None
        self._minutes: deque[Candle] = deque()
        self._older: Rows = np.empty((0, 10))
        self._day_before: Rows | None = None
        self._running: dict[str, Candle] = {}
        self._remembered: OrderedDict[tuple[str, int, int], Rows] = OrderedDict()
        self.closed: list[tuple[str, Candle]] = []
        """Watched candles that closed and were not collected yet."""

    def begin_at(self, time_ms: int, price: Decimal) -> None:
        """Where live candles begin; the history ends before that minute."""
        minute = time_ms // MINUTE_MS * MINUTE_MS
        self._first_live_ms = minute
        self._start_price = float(price)
        self._now_ms = time_ms
        self._minutes.append(Candle(minute, price, price, price, price))

    @property
    def last(self) -> Candle | None:
        """The current minute."""
        return self._minutes[-1] if self._minutes else None

    def add(self, trade: PublicTrade) -> None:
        """Count a trade."""
        if not self._minutes:
            self.begin_at(trade.time_ms, trade.price)
        self.advance(trade.time_ms)
        _count(self._minutes[-1], trade)
        self._seconds.add(trade)
        for candle in self._running.values():
            _count(candle, trade)

    def advance(self, now_ms: int) -> None:
        """Close the candles that ended by then; minutes without trades are flat."""
        self._now_ms = max(self._now_ms, now_ms)
        if "1s" in self._running:
            self._close_seconds()
        last = self.last
        if last is None or now_ms < last.open_ms + MINUTE_MS:
            return

        while last.open_ms + MINUTE_MS <= now_ms:
            close = last.close
            last = Candle(last.open_ms + MINUTE_MS, close, close, close, close)
            self._minutes.append(last)
            if len(self._minutes) > 2 * EXACT_MINUTES:
                self._retire()
            self._close_running(last)

    def _close_running(self, minute: Candle) -> None:
        for interval, candle in self._running.items():
            if interval != "1s" and minute.open_ms >= following(interval, candle.open_ms):
                self.closed.append((interval, candle))
                flat = candle.close
                self._running[interval] = Candle(minute.open_ms, flat, flat, flat, flat)

    def _close_seconds(self) -> None:
        second = self._now_ms // SECOND_MS * SECOND_MS
        candle = self._running["1s"]
        if second - candle.open_ms > LARGEST_GAP * SECOND_MS:
            candle.open_ms = second - LARGEST_GAP * SECOND_MS
        while candle.open_ms < second:
            self.closed.append(("1s", candle))
            flat = candle.close
            candle = self._running["1s"] = Candle(candle.open_ms + SECOND_MS, flat, flat, flat, flat)

    def _retire(self) -> None:
        old = [self._minutes.popleft() for _ in range(EXACT_MINUTES)]
        self._older = np.concatenate((self._older[-KEPT_MINUTES:], np.array([_row(candle) for candle in old])))

    def running(self, interval: str) -> Candle | None:
        """The current candle of a watched interval."""
        return self._running.get(interval)

    def watch(self, interval: str) -> None:
        """Keep the current candle of that interval from now on."""
        last = self.last
        if interval in self._running or last is None:
            return

        newest = self._now_ms if interval == "1s" else last.open_ms
        opened = begin(interval, newest)
        found = self.query(interval, opened, newest, 1)
        self._running[interval] = found[-1] if found else last

    def unwatch(self, interval: str) -> None:
        """Forget the current candle of that interval."""
        self._running.pop(interval, None)

    def span(
        self, interval: str, start_ms: int | None, end_ms: int | None, limit: int, offset_ms: int = 0
    ) -> tuple[int, int]:
        """First open time and last open time of what a query of that form asks for."""
        last = self.last
        now_ms = self._now_ms if interval == "1s" else last.open_ms if last else 0
        newest = begin(interval, now_ms, offset_ms) if last else 0
        final = newest if end_ms is None else min(newest, begin(interval, end_ms, offset_ms))
        if start_ms is None:
            return back(interval, final, limit - 1, offset_ms), final

        if start_ms < now_ms - FAR_MS:
            start_ms = max(start_ms, self.oldest_ms())
        first = begin(interval, start_ms, offset_ms)
        if first < start_ms:
            first = following(interval, first, offset_ms)
        return first, min(final, back(interval, first, -(limit - 1), offset_ms) if interval != "1M" else final)

    def oldest_ms(self) -> int:
        """When the first minute that is known opens."""
        end_ms = self._first_live_ms
        if end_ms is None:
            return 0
        if self._oldest_ms is None:
            fewest, most = 0, FARTHEST_MS // DAY_MS
            while fewest < most:
                days = (fewest + most + 1) // 2
                known = len(self._history(end_ms - days * DAY_MS, end_ms - (days - 1) * DAY_MS)) > 0
                fewest, most = (days, most) if known else (fewest, days - 1)
            rows = self._history(end_ms - fewest * DAY_MS, end_ms - (fewest - 1) * DAY_MS)
            self._oldest_ms = int(rows[0, 0]) if len(rows) else end_ms
        return self._oldest_ms

    def past(self, interval: str, first_ms: int, offset_ms: int = 0) -> Rows:
        """The aggregated history from that open time on; slow when far back, and safe to call from a thread."""
        end_ms = self._first_live_ms
        if end_ms is not None and first_ms > end_ms - FAR_MS:
            return aggregate(interval, self._history(first_ms, end_ms), offset_ms)

        key = (interval, first_ms, offset_ms)
        rows = self._remembered.get(key)
        if rows is None:
            rows = self._aggregate_past(interval, first_ms, offset_ms)
            self._remembered[key] = rows
            while len(self._remembered) > REMEMBERED_ROWS:
                self._remembered.popitem(last=False)
        return rows

    def _aggregate_past(self, interval: str, first_ms: int, offset_ms: int) -> Rows:
        end_ms = self._first_live_ms
        if end_ms is None:
            return aggregate(interval, self._history(first_ms, LAST_MS), offset_ms)

        parts = []
        first_ms = max(first_ms, end_ms - FARTHEST_MS)
        for chunk_ms in range(first_ms, end_ms, CHUNK_MS):
            rows = self._history(chunk_ms, min(chunk_ms + CHUNK_MS, end_ms))
            if len(rows):
                parts.append(aggregate(interval, rows, offset_ms))
        return aggregate(interval, np.concatenate(parts), offset_ms) if parts else np.empty((0, 10))

    def query(self, interval: str, first_ms: int, final_ms: int, limit: int, offset_ms: int = 0) -> list[Candle]:
        """The candles that open in [first, final], oldest first, at most `limit`."""
        if interval == "1s":
            return self._query_seconds(first_ms, final_ms)[:limit]

        found: list[Candle] = []
        if self._first_live_ms is None or first_ms < self._first_live_ms:
            past = self.past(interval, first_ms, offset_ms)
            chosen = past[(past[:, 0] >= first_ms) & (past[:, 0] <= final_ms)] if len(past) else past
            found.extend(_from_row(row) for row in chosen[:limit].tolist())
        for candle in self._live(first_ms, following(interval, final_ms, offset_ms)):
            opened = begin(interval, candle.open_ms, offset_ms)
            if found and found[-1].open_ms == opened:
                _merge(found[-1], candle)
            elif len(found) >= limit:
                break
            elif opened >= first_ms:
                found.append(_copy(candle, opened))
        return found

    def _query_seconds(self, first_ms: int, final_ms: int) -> list[Candle]:
        minute = first_ms // MINUTE_MS * MINUTE_MS
        minutes = self.minutes(minute)
        base = spread(minutes[minutes[:, 0] <= final_ms], self._tick)
        rows = self._seconds.rows(base, self._first_live_ms or 0, self._start_price)
        return [_from_row(row) for row in rows[(rows[:, 0] >= first_ms) & (rows[:, 0] <= final_ms)].tolist()]

    def _live(self, first_ms: int, end_ms: int) -> Iterator[Candle]:
        rows = self._older
        for row in rows[(rows[:, 0] >= first_ms) & (rows[:, 0] < end_ms)].tolist():
            yield _from_row(row)
        if not self._minutes:
            return

        skipped = max(0, (first_ms - self._minutes[0].open_ms) // MINUTE_MS)
        for index in range(skipped, len(self._minutes)):
            candle = self._minutes[index]
            if candle.open_ms >= end_ms:
                return
            yield candle

    def minutes(self, first_ms: int) -> Rows:
        """The one-minute rows from that time on, history and live together."""
        parts = [self._older[self._older[:, 0] >= first_ms]]
        parts.append(np.array([_row(candle) for candle in self._minutes if candle.open_ms >= first_ms]).reshape(-1, 10))
        start = self._first_live_ms
        if start is not None and first_ms < start:
            past = self._last_day(start) if first_ms >= start - DAY_MS else self._history(first_ms, start)
            parts.insert(0, past[past[:, 0] >= first_ms])
        return np.concatenate(parts)

    def recent(self, count: int) -> tuple[Decimal, Decimal]:
        """Volume and quote volume of the newest `count` minutes."""
        volume = quote_volume = Decimal(0)
        for back_by in range(1, min(count, len(self._minutes)) + 1):
            volume += self._minutes[-back_by].volume
            quote_volume += self._minutes[-back_by].quote_volume
        return volume, quote_volume

    def _last_day(self, start_ms: int) -> Rows:
        """The minutes of the day before the live ones."""
        if self._day_before is None:
            self._day_before = self._history(start_ms - DAY_MS, start_ms)
        return self._day_before


def _count(candle: Candle, trade: PublicTrade) -> None:
    price, quantity = trade.price, trade.quantity
    quote = price * quantity
    if candle.trades == 0:
        candle.first_trade_id = trade.trade_id
        if candle.volume == 0:
            candle.open = candle.high = candle.low = price
    if price > candle.high:
        candle.high = price
    if price < candle.low:
        candle.low = price
    candle.close = price
    candle.volume += quantity
    candle.quote_volume += quote
    candle.trades += 1
    candle.last_trade_id = trade.trade_id
    if not trade.buyer_is_maker:
        candle.taker_base += quantity
        candle.taker_quote += quote


def _merge(into: Candle, later: Candle) -> None:
    into.high = max(into.high, later.high)
    into.low = min(into.low, later.low)
    into.close = later.close
    into.volume += later.volume
    into.quote_volume += later.quote_volume
    into.taker_base += later.taker_base
    into.taker_quote += later.taker_quote
    into.trades += later.trades
    if into.first_trade_id < 0:
        into.first_trade_id = later.first_trade_id
    if later.last_trade_id >= 0:
        into.last_trade_id = later.last_trade_id


def _copy(candle: Candle, open_ms: int) -> Candle:
    copy = Candle(open_ms, candle.open, candle.high, candle.low, candle.close)
    copy.volume, copy.quote_volume, copy.trades = candle.volume, candle.quote_volume, candle.trades
    copy.taker_base, copy.taker_quote = candle.taker_base, candle.taker_quote
    copy.first_trade_id, copy.last_trade_id = candle.first_trade_id, candle.last_trade_id
    return copy


def _exact(value: float) -> Decimal:
    return Decimal(f"{value:.8f}")


def _from_row(row: list[float]) -> Candle:
    return Candle(
        open_ms=int(row[0]),
        open=_exact(row[1]),
        high=_exact(row[2]),
        low=_exact(row[3]),
        close=_exact(row[4]),
        volume=_exact(row[5]),
        quote_volume=_exact(row[6]),
        trades=int(row[7]),
        taker_base=_exact(row[8]),
        taker_quote=_exact(row[9]),
    )


def _row(candle: Candle) -> tuple[float, ...]:
    return (
        candle.open_ms,
        float(candle.open),
        float(candle.high),
        float(candle.low),
        float(candle.close),
        float(candle.volume),
        float(candle.quote_volume),
        candle.trades,
        float(candle.taker_base),
        float(candle.taker_quote),
    )
