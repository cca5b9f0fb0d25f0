"""Time that passes only when a test lets it: a clock whose sleepers wake in order."""

from __future__ import annotations

import heapq
from itertools import count

import anyio
from anyio import lowlevel

from fks_engine.clock import NANOS, ManualClock

TURNS_TO_SETTLE = 60
"""Turns of the event loop that a chain of waiting tasks may need until all of them wait again."""


async def settled() -> None:
    """Let every task run until it waits for time or for another one."""
    for _ in range(TURNS_TO_SETTLE):
        await lowlevel.checkpoint()


class VirtualTime(ManualClock):
    """A manual clock with a sleep of its own. Hand `sleep` to what would otherwise call anyio.sleep."""

    def __init__(self) -> None:
        super().__init__()
        self._sleepers: list[tuple[int, int, anyio.Event]] = []
        self._order = count()

    async def sleep(self, seconds: float) -> None:
        """Wait until the clock was moved this far."""
        wake = anyio.Event()
        heapq.heappush(self._sleepers, (self.now_ns() + int(seconds * NANOS), next(self._order), wake))
        await wake.wait()

    async def passes(self, seconds: float) -> None:
        """Move the clock, stopping at each sleeper on the way."""
        end = self.now_ns() + int(seconds * NANOS)
        await settled()
        while self._sleepers and self._sleepers[0][0] <= end:
            due, _, wake = heapq.heappop(self._sleepers)
            self.advance(max(0, due - self.now_ns()) / NANOS)
            wake.set()
            await settled()
        self.advance((end - self.now_ns()) / NANOS)
        await settled()
