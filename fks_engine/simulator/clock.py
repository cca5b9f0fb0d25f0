"""The exchange's wall clock."""

from __future__ import annotations

import asyncio
import time


class WallClock:
    """The computer's own time."""

    def now_ms(self) -> int:
        """Milliseconds since 1970 UTC."""
        return time.time_ns() // 1_000_000

    async def sleep(self, seconds: float) -> None:
        """Wait that many seconds."""
        await asyncio.sleep(seconds)
