"""Counting what was dropped, and telling of it without flooding whoever listens."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.clock import Clock

TOLD_EVERY_NS = 1_000_000_000


class FaultCounter:
    """The dropped frames of one stream."""

    def __init__(self, stream: str, clock: Clock, tell: Callable[[str], None]) -> None:
        self._stream = stream
        self._clock = clock
        self._tell = tell
        self._told_ns = -TOLD_EVERY_NS
        self._untold = 0
        self.dropped = 0

    def add(self, error: object) -> None:
        """One more frame was dropped. The first is told at once, those that follow closely with a later one."""
        self.dropped += 1
        self._untold += 1
        now_ns = self._clock.monotonic_ns()
        if now_ns - self._told_ns >= TOLD_EVERY_NS:
            frames = "a frame" if self._untold == 1 else f"{self._untold} frames"
            self._tell(f"{self._stream}: dropped {frames}: {str(error)[:200] or type(error).__name__}")
            self._told_ns = now_ns
            self._untold = 0
