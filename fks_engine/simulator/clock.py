"""The exchange's wall clock, and one that a test can put wrong."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.simulator.market import Clock


class WallClock:
    """The computer's own time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        await asyncio.sleep(seconds)


class SkewedClock:
    """Another clock with an offset, and a drift from the moment it was set."""

    def __init__(self, true: Clock) -> None:
        self._true = true
        self._since_ms = true.now_ms()
        self.offset_ms = 0
        self.drift_ppm = 0.0

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC, as wrong as it was told to be."""
        true_ms = self._true.now_ms()
        if not (self.offset_ms or self.drift_ppm):
            return true_ms
        return true_ms + self.offset_ms + int((true_ms - self._since_ms) * self.drift_ppm / 1_000_000)

    async def sleep(self, seconds: float) -> None:
        """Wait that many true seconds."""
        await self._true.sleep(seconds)

    def skew(self, offset_ms: int, drift_ppm: float = 0.0) -> None:
        """Put it ahead by an offset in milliseconds, and let it gain so many millionths from now on."""
        self._since_ms = self._true.now_ms()
        self.offset_ms = offset_ms
        self.drift_ppm = drift_ppm
