"""The log of connections: one line whenever a stage loses the exchange, waits for it, or has it again."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

import anyio

from fks_engine.api import Connection, StageStatus
from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from fks_engine.clock import Clock

LOOK_EVERY_S: Final = 1.0
_log = logging.getLogger(__name__)
_QUIET: Final = frozenset({Connection.LIVE, Connection.STARTING, Connection.STOPPING})
"""What is no trouble."""


class StageLog:
    """Compares how the stages stand with how they stood when it last looked."""

    def __init__(self, clock: Clock, statuses: Callable[[], Iterable[StageStatus]]) -> None:
        self._clock = clock
        self._statuses = statuses
        self._seen: dict[str, StageStatus] = {}
        self._since_ns: dict[str, int] = {}

    async def run(self) -> None:
        """Look for as long as the engine lives."""
        while True:
            self.look()
            await anyio.sleep(LOOK_EVERY_S)

    def look(self) -> None:
        """Write a line for each stage that stands otherwise than before; a stage that is gone is forgotten."""
        now = {status.name: status for status in self._statuses()}
        for name, status in now.items():
            before = self._seen.get(name)
            if before is None or before.connection is not status.connection:
                self._changed(before, status)
            elif status.restarts > before.restarts and status.connection is Connection.LIVE:
                _log.warning("%s was lost and is live again (%d times so far)", name, status.restarts)
        for name in self._seen.keys() - now.keys():
            self._since_ns.pop(name, None)
        self._seen = now

    def _changed(self, before: StageStatus | None, status: StageStatus) -> None:
        """Write how a stage stands now, and how long it was otherwise."""
        now_ns = self._clock.monotonic_ns()
        lasted_s = (now_ns - self._since_ns.get(status.name, now_ns)) / NANOS
        self._since_ns[status.name] = now_ns
        was = f" after {lasted_s:.0f} s {before.connection.value}" if before is not None else ""
        why = f": {status.detail}" if status.detail and status.connection is not Connection.LIVE else ""
        level = logging.INFO if status.connection in _QUIET else logging.WARNING
        _log.log(level, "%s is %s%s%s", status.name, status.connection.value, was, why)
