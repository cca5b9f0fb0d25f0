"""What the doors of the exchange share: its limits, the faults in force, the statistics, and its own failure."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from fks_engine.simulator.faults import Faults
from fks_engine.simulator.limits import BINANCE, Limiter, Limits
from fks_engine.simulator.statistics import Statistics


@dataclass(slots=True)
class Conditions:
    """Limits, faults, statistics and the failure of one exchange."""

    limiter: Limiter = field(default_factory=lambda: Limiter(BINANCE))
    faults: Faults = field(default_factory=Faults)
    statistics: Statistics = field(default_factory=Statistics)
    _error: Exception | None = None
    _broken: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def limits(self) -> Limits:
        """The limits in numbers."""
        return self.limiter.limits

    def fail(self, error: Exception) -> None:
        """The exchange cannot go on: what it answered and what it remembers are no longer the same."""
        self._error = self._error or error
        self._broken.set()

    async def failed(self) -> None:
        """Wait for that, and raise it."""
        await self._broken.wait()
        assert self._error is not None
        raise self._error
