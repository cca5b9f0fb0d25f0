"""When a replay's next frame is due."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.simulator.market import Clock

BURST = 64
"""Frames played before others get a turn."""
LARGEST_LAG = 2.0
"""Seconds a replay may be behind before it gives them up; a machine that slept goes on where it stopped."""


class Pace:
    """Recorded time against real time.

    `speed` recorded seconds pass in a real second; at speed 0 no time passes between frames.
    """

    def __init__(self, clock: Clock, speed: float, first_ms: int) -> None:
        self._clock = clock
        self._speed = speed
        self._real_start_ms: float | None = None
        self._recorded_start_ms: float = first_ms
        self._last_ms: float = first_ms
        self._told_ms = first_ms
        self._played = 0

    def begin(self) -> None:
        """Recorded time starts to run now."""
        self._real_start_ms = self._clock.now_ms()

    def now_ms(self) -> int:
        """The recorded time now; it never goes back."""
        now = self._last_ms if self._speed == 0 else max(self._last_ms, self._running_ms())
        self._told_ms = max(self._told_ms, int(now))
        return self._told_ms

    def _running_ms(self) -> float:
        if self._real_start_ms is None:
            return self._recorded_start_ms
        return self._recorded_start_ms + (self._clock.now_ms() - self._real_start_ms) * self._speed

    async def wait_until(self, at_ns: int) -> None:
        """Return when the frame recorded at that time is due."""
        at_ms = at_ns / 1_000_000
        if self._speed:
            await self._wait(at_ms)
        self._last_ms = max(self._last_ms, at_ms)
        self._played += 1
        if self._played % BURST == 0:
            await self._clock.sleep(0)

    async def _wait(self, at_ms: float) -> None:
        ahead = (at_ms - self._running_ms()) / 1_000 / self._speed
        if ahead < -LARGEST_LAG:
            self._recorded_start_ms += (ahead + LARGEST_LAG) * 1_000 * self._speed
        elif ahead > 0:
            gap = max(0.0, at_ms - self._last_ms) / 1_000 / self._speed
            await self._clock.sleep(min(ahead, gap))
