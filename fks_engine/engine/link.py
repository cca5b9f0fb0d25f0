"""The link to the exchange: opened once, then asked for its time, so that its loss and its clock are known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Connection, StageStatus
from fks_engine.engine.measure import Sample, best_offset_ms, sample
from fks_engine.errors import ExchangeError, RateLimited

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.clock import Clock
    from fks_engine.model import Instrument, InstrumentId
    from fks_engine.ports import Exchange
    from fks_engine.resilience.backoff import Backoff

MEASURE_EVERY_S = 15.0
SAMPLES = 5
MILLI = 1_000_000


class ExchangeLink:
    """Opens the exchange and keeps measuring it, and has requests signed by its clock.

    One failed measurement makes the link down, one success up. While the exchange asks us to wait it is neither asked
    nor down.
    """

    def __init__(
        self,
        exchange: Exchange,
        clock: Clock,
        backoff: Backoff,
        on_open: Callable[[Mapping[InstrumentId, Instrument]], None],
    ) -> None:
        self._exchange = exchange
        self._clock = clock
        self._backoff = backoff
        self._on_open = on_open
        self.opened = anyio.Event()
        self._is_listed = False
        self.up = False
        self.offset_ms: float | None = None
        self.round_trip_ms: float | None = None
        self._detail = "connecting"
        self._failures = 0

    def offset_ns(self) -> int:
        """The exchange's clock less ours; 0 before the first measurement."""
        return int((self.offset_ms or 0.0) * MILLI)

    async def run(self) -> None:
        """Open, then measure for as long as the engine lives."""
        while True:
            try:
                await self._once()
            except RateLimited as error:
                self._detail = str(error)
                await anyio.sleep(max(min(error.retry_after_s or 0.0, MEASURE_EVERY_S), self._backoff.next_s()))
            except ExchangeError as error:
                self._failures += 1
                self.up, self._detail = False, str(error)
                await anyio.sleep(self._backoff.next_s())
            else:
                self._backoff.reset()
                self.up, self._detail = True, ""
                await anyio.sleep(MEASURE_EVERY_S)

    async def _once(self) -> None:
        if not self._is_listed:
            self._detail = "loading instruments"
            instruments = await self._exchange.open()
            self._on_open(instruments)
            self._is_listed = True
        samples: list[Sample] = [await sample(self._exchange, self._clock) for _ in range(SAMPLES)]
        self.offset_ms = best_offset_ms(samples)
        self._exchange.correct_clock(self.offset_ns())
        self.round_trip_ms = min(each.round_trip_ms for each in samples)
        self.opened.set()

    def status(self) -> StageStatus:
        """What the status line says of the exchange itself."""
        usage = self._exchange.rate_usage
        if usage is not None and usage.banned_for_s is not None:
            words = f"the exchange asks us to wait {usage.banned_for_s:.0f} s"
            return StageStatus("exchange", Connection.RATE_LIMITED, words, None, self._failures)
        if self.up:
            connection = Connection.LIVE
        elif not self.opened.is_set() and not self._failures:
            connection = Connection.STARTING
        else:
            connection = Connection.DISCONNECTED
        return StageStatus("exchange", connection, self._detail, None, self._failures)
