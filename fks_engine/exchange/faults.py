"""Counting what was dropped, and telling of it without flooding whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.clock import Clock

TOLD_EVERY_NS = 1_000_000_000


class FaultCounter:
    """What went wrong on one stream without ending it."""

    def __init__(self, stream: str, clock: Clock, tell: Callable[[str], None]) -> None:
        self._stream = stream
        self._clock = clock
        self._tell = tell
        self._told_ns = -TOLD_EVERY_NS
        self._untold = 0
        self.count = 0

    def add(self, fault: str) -> None:
        """One more fault. The first is told at once, those that follow within a second are counted with a later one."""
        self.count += 1
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._told_ns >= TOLD_EVERY_NS:
            more = f" (and {self._untold} more)" if self._untold else ""
            self._tell(f"{self._stream}: {fault[:300]}{more}")
            self._told_ns = now_ns
            self._untold = 0
        else:
            self._untold += 1

    def dropped(self, error: object) -> None:
        """One more frame could not be read."""
        self.add(f"the exchange sent what cannot be read, and it was left out: {str(error) or type(error).__name__}")
