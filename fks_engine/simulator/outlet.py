"""A connection's way out when messages are late: what comes after a late one waits behind it."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.simulator.connection import Connection

MOST_BYTES = 16 * 1024 * 1024
"""A backlog beyond this ends the connection, as a client that reads too slowly does."""


class Outlet:
    """Hands messages to one connection, at once or later, in their order."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._pending: deque[tuple[float, bytes]] = deque()
        self._bytes = 0
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def offer(self, data: bytes) -> None:
        """Send now, or behind what is late."""
        if self._pending:
            self.later(data, 0.0)
        else:
            self.connection.offer(data)

    def later(self, data: bytes, delay_s: float) -> None:
        """Send after a delay."""
        self._append(data, asyncio.get_running_loop().time() + delay_s)

    def paced(self, data: bytes, bytes_per_s: int) -> None:
        """Send as fast as a line of that width carries it."""
        begin = max(asyncio.get_running_loop().time(), self._due)
        self._append(data, begin + len(data) / bytes_per_s)

    def _append(self, data: bytes, due: float) -> None:
        self._due = max(due, self._due)
        self._pending.append((self._due, data))
        self._bytes += len(data)
        if self._bytes > MOST_BYTES:
            self.close()
            self.connection.cut()
        elif self._timer is None:
            self._arm()

    def _arm(self) -> None:
        self._timer = asyncio.get_running_loop().call_at(self._pending[0][0], self._release)

    def _release(self) -> None:
        self._timer = None
        now = asyncio.get_running_loop().time()
        while self._pending and self._pending[0][0] <= now:
            _, data = self._pending.popleft()
            self._bytes -= len(data)
            self.connection.offer(data)
        if self._pending:
            self._arm()

    def close(self) -> None:
        """Forget what is late."""
        self._pending.clear()
        self._bytes = 0
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
