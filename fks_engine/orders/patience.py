"""Waiting for what orders, fills, balances and time bring about: for a while, or for as long as it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import anyio

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.topics import Bus

LONGEST_S: Final = 300.0
"""What is waited for without end is told again after pauses that double up to this one."""
RECHECK_S: Final = 0.5
"""How often a condition is looked at though nothing was heard."""


class Patience:
    """Waits for conditions, which are looked at whenever an order, a fill or a balance has changed."""

    def __init__(self, bus: Bus, first_s: float) -> None:
        self.first_s = first_s
        """How long a thing may take before it is worth a word."""
        self._moved = anyio.Event()
        for topic in (bus.orders, bus.balances, bus.fills):
            topic.tap(self._wake)

    async def until(self, condition: Callable[[], bool], for_s: float | None = None) -> bool:
        """Wait, `first_s` unless another time is given; False when it did not come about in time."""
        with anyio.move_on_after(self.first_s if for_s is None else for_s):
            while not condition():
                with anyio.move_on_after(RECHECK_S):
                    await self._moved.wait()
        return condition()

    async def as_long_as_it_takes(self, condition: Callable[[], bool], tell: Callable[[], None]) -> None:
        """Wait without end; `tell` is called each time that was long."""
        pause_s = self.first_s
        while not await self.until(condition, pause_s):
            tell()
            pause_s = min(2 * pause_s, max(LONGEST_S, self.first_s))

    async def pause(self) -> None:
        """Let `first_s` pass."""
        await anyio.sleep(self.first_s)

    def _wake(self, item: object) -> None:
        self._moved.set()
        self._moved = anyio.Event()
