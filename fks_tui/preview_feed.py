"""Previews of the order that is being typed: the latest wins, one at a time, stale answers are dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from fks_engine.api import ConnectionLost

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import Desk, Preview, SubmitOrder


class PreviewFeed:
    """Asks for a preview whenever one is wanted, and never for two at once."""

    def __init__(self, desk: Desk, deliver: Callable[[SubmitOrder, Preview | None], None]) -> None:
        self._desk = desk
        self._deliver = deliver
        self._command: SubmitOrder | None = None
        self._wanted = anyio.Event()

    def want(self, command: SubmitOrder | None) -> None:
        """Ask anew, for `command`; None wants nothing, and drops what is on its way."""
        self._command = command
        if command is not None:
            self._wanted.set()

    async def run(self) -> None:
        """Deliver previews until canceled; None where the engine gave no answer."""
        while True:
            await self._wanted.wait()
            self._wanted = anyio.Event()
            command = self._command
            if command is None:
                continue
            try:
                preview = await self._desk.preview(command)
            except ConnectionLost:
                preview = None
            if command == self._command:
                self._deliver(command, preview)
