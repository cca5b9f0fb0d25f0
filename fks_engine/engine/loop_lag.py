"""How late the event loop is: what a message, a key or a cancel waits for its turn."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable

EVERY_S: Final = 0.01
KEPT: Final = 6_000
"""Samples: those of the last minute."""
_REPORT_EVERY: Final = 100
"""Samples between two reports: a second."""
_MILLI: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Lag:
    """By how many milliseconds a sleep woke too late, over the last minute."""

    half_ms: float
    p99_ms: float
    worst_ms: float


class LoopLag:
    """Sleeps a hundred times a second, looks how late it wakes, and reports once a second."""

    def __init__(self, monotonic_ns: Callable[[], int] = time.monotonic_ns) -> None:
        self._now_ns = monotonic_ns
        self._samples: deque[float] = deque(maxlen=KEPT)
        self.now: Lag | None = None
        """The last report; None in the first second."""

    async def run(self) -> None:
        """Measure until canceled."""
        while True:
            for _ in range(_REPORT_EVERY):
                began = self._now_ns()
                await anyio.sleep(EVERY_S)
                self.note((self._now_ns() - began) / _MILLI - EVERY_S * 1e3)
            self.report()

    def note(self, late_ms: float) -> None:
        """Take one sample, and one for each sleep that would have ended in the same stall."""
        self._samples.append(max(0.0, late_ms))
        for _ in range(min(KEPT, int(late_ms / (EVERY_S * 1e3)))):
            late_ms -= EVERY_S * 1e3
            self._samples.append(late_ms)

    def forget(self) -> None:
        """Begin anew: what a start costs says nothing about what runs."""
        self._samples.clear()

    def report(self) -> None:
        """Sum up the samples that are kept."""
        ordered = sorted(self._samples)
        if ordered:
            self.now = Lag(ordered[len(ordered) // 2], ordered[int(len(ordered) * 0.99)], ordered[-1])
