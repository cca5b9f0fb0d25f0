"""Holes in the candles that the streams tell, found and filled by the exchange's own answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.clock import NANOS
from fks_engine.errors import ExchangeError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fks_engine.clock import Clock
    from fks_engine.model import Candle, InstrumentId, Timeframe
    from fks_engine.ports import Exchange, MarketChannel
    from fks_engine.topics import Bus

    Run = tuple[InstrumentId, Timeframe]

CLOSE_WAIT_NS: Final = 2 * NANOS
"""How long after its end a candle may still be closed by the exchange's own word."""
CHECK_EVERY_S: Final = 1.0
AGAIN_NS: Final = 5 * NANOS
"""After an answer that failed, or brought nothing new."""
HISTORY: Final = 500
"""Candles fetched after the stream was lost; a request costs the same for one."""


@dataclass(slots=True)
class _Told:
    """What the stream has told of one run last."""

    candle: Candle
    lag_ns: int
    """How long after it opens a candle is first told, at best; for a replay that is hours."""
    missing: int = 0
    """Candles to fetch; 0 where the run is whole."""
    not_before_ns: int = 0


class CandleHealer:
    """Watches the candles on the bus, fetches what is missing and hands it to `heal`.

    Three things are mended: a hole in the order of time, a candle whose close was not told two seconds after its end,
    and all that happened while the stream was lost. A span without trades comes as the exchange tells it: flat.
    """

    def __init__(self, exchange: Exchange, clock: Clock, heal: Callable[[Iterable[Candle]], None]) -> None:
        self._exchange = exchange
        self._clock = clock
        self._heal = heal
        self._told: dict[Run, _Told] = {}
        self._was_lost: set[Run] = set()
        self._wanted = anyio.Event()
        self.healed = 0
        """Holes that were filled."""

    def attach(self, bus: Bus) -> None:
        """Listen to the candles that the streams publish."""
        bus.candles.tap(self.take)

    def take(self, candle: Candle) -> None:
        """The stream has told a candle."""
        run = (candle.instrument_id, candle.timeframe)
        told = self._told.get(run)
        lag_ns = max(0, candle.ts_received - candle.ts_open)
        if told is None:
            self._told[run] = told = _Told(candle, lag_ns)
            if run in self._was_lost:
                self._was_lost.discard(run)
                self._want(told, HISTORY)
            return
        last, told.lag_ns = told.candle, min(told.lag_ns, lag_ns)
        if candle.ts_open < last.ts_open or (candle.ts_open == last.ts_open and last.closed):
            return
        told.candle = candle
        spans = (candle.ts_open - last.ts_open) // (candle.timeframe.seconds * NANOS)
        if spans > 1 or (spans == 1 and not last.closed):
            self._want(told, min(spans + 1, HISTORY))

    def lost(self, channel: MarketChannel) -> None:
        """The stream of these candles was lost: what comes next does not join on."""
        for instrument_id in channel.instrument_ids:
            run = (instrument_id, channel.timeframe)
            if self._told.pop(run, None) is not None:
                self._was_lost.add(run)

    def forget(self, channel: MarketChannel) -> None:
        """Nobody follows these candles any more."""
        for instrument_id in channel.instrument_ids:
            self._told.pop((instrument_id, channel.timeframe), None)
            self._was_lost.discard((instrument_id, channel.timeframe))

    async def run(self) -> None:
        """Mend for as long as the streams run."""
        while True:
            with anyio.move_on_after(CHECK_EVERY_S):
                await self._wanted.wait()
            self._wanted = anyio.Event()
            await self.mend()

    async def mend(self) -> None:
        """Fetch what is missing now."""
        now_ns = self._clock.now_ns()
        for run, told in list(self._told.items()):
            if not told.missing and self._is_overdue(told, now_ns):
                told.missing = 2
            if told.missing and now_ns >= told.not_before_ns and self._told.get(run) is told:
                await self._fetch(run, told)

    def _is_overdue(self, told: _Told, now_ns: int) -> bool:
        last = told.candle
        end_ns = last.ts_open + last.timeframe.seconds * NANOS * (2 if last.closed else 1)
        return now_ns >= end_ns + told.lag_ns + CLOSE_WAIT_NS

    async def _fetch(self, run: Run, told: _Told) -> None:
        count, told.missing = told.missing, 0
        told.not_before_ns = self._clock.now_ns() + AGAIN_NS
        try:
            candles = await self._exchange.fetch_candles(*run, count + 1)
        except ExchangeError:
            told.missing = max(count, told.missing)
            return
        if self._told.get(run) is not told or not candles:
            return
        self.healed += 1
        self._heal(candles)
        newest = candles[-1]
        if newest.ts_open > told.candle.ts_open or (newest.ts_open == told.candle.ts_open and newest.closed):
            told.candle = newest

    def _want(self, told: _Told, count: int) -> None:
        told.missing = max(told.missing, count)
        self._wanted.set()
