"""The last candles of each market and length, the forming one at the end."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.model import Candle, InstrumentId, Timeframe
    from fks_engine.ports import MarketChannel


class CandleRings:
    """Bounded runs of candles, in order of time, each opening time once.

    A run never has a hole that nobody traded through: losing the stream drops its runs.
    """

    def __init__(self, size: int) -> None:
        self._size = size
        self._rings: dict[tuple[InstrumentId, Timeframe], deque[Candle]] = {}

    def put(self, candle: Candle) -> None:
        """Take a newer state of the last candle, or the next one; anything older is ignored."""
        key = (candle.instrument_id, candle.timeframe)
        ring = self._rings.get(key)
        if ring is None:
            ring = self._rings[key] = deque(maxlen=self._size)
        if not ring or candle.ts_open > ring[-1].ts_open:
            ring.append(candle)
        elif candle.ts_open == ring[-1].ts_open and not (ring[-1].closed and not candle.closed):
            ring[-1] = candle

    def seed(self, candles: Iterable[Candle]) -> None:
        """Put candles that were fetched under those that the stream has told.

        Those of the stream count more, unless it has not told their close and the exchange's answer has.
        """
        fetched: dict[tuple[InstrumentId, Timeframe], dict[int, Candle]] = {}
        for candle in candles:
            fetched.setdefault((candle.instrument_id, candle.timeframe), {})[candle.ts_open] = candle
        for key, known in fetched.items():
            for candle in self._rings.get(key, ()):
                other = known.get(candle.ts_open)
                if other is None or candle.closed or not other.closed:
                    known[candle.ts_open] = candle
            self._rings[key] = deque((known[ts_open] for ts_open in sorted(known)), maxlen=self._size)

    def drop(self, channel: MarketChannel) -> None:
        """Forget the runs of a stream that was lost."""
        for instrument_id in channel.instrument_ids:
            self._rings.pop((instrument_id, channel.timeframe), None)

    def forming(self, instrument_id: InstrumentId, timeframe: Timeframe) -> Candle | None:
        """The newest candle, which may have just closed."""
        ring = self._rings.get((instrument_id, timeframe))
        return ring[-1] if ring else None

    def all(self, instrument_id: InstrumentId, timeframe: Timeframe) -> tuple[Candle, ...]:
        """The run, oldest first."""
        return tuple(self._rings.get((instrument_id, timeframe), ()))
