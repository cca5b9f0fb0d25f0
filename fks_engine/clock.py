"""The Clock protocol: the system's clock, and one that a test turns by hand."""

from __future__ import annotations

import time
from typing import Protocol

NANOS = 1_000_000_000
"""Nanoseconds in a second."""


class Clock(Protocol):
    """Where the engine takes its time from."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970 UTC; may step when the system's clock is set."""
        ...

    def monotonic_ns(self) -> int:
        """Nanoseconds that only ever grow; for ages and deadlines."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now_ns(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return time.time_ns()

    def monotonic_ns(self) -> int:
        """Nanoseconds that only ever grow."""
        return time.monotonic_ns()


class ManualClock:
    """A clock that stands until it is moved."""

    def __init__(self, now_ns: int = 1_700_000_000 * NANOS) -> None:
        self._now_ns = now_ns

    def now_ns(self) -> int:
        """Nanoseconds since 1970 UTC."""
        return self._now_ns

    def monotonic_ns(self) -> int:
        """The same time: this clock never steps back."""
        return self._now_ns

    def advance(self, seconds: float) -> None:
        """Move time forward."""
        self._now_ns += int(seconds * NANOS)
