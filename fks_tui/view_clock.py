"""The view clock: waits for the desk's pictures, and lets the last one grow old while none comes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import ConnectionLost
from fks_tui.aging import aged

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import Desk, DeskView

MIN_GAP_S = 0.09
"""Pictures closer together than this are not all shown; the newest is."""


class ViewClock:
    """Hands every new picture to `deliver`, and in silence the last one with its true age."""

    def __init__(self, desk: Desk, deliver: Callable[[DeskView], None], *, heartbeat_s: float) -> None:
        self._desk = desk
        self._deliver = deliver
        self._heartbeat_s = heartbeat_s

    async def run(self) -> None:
        """Run until canceled."""
        view = self._desk.view()
        received = time.monotonic()
        self._deliver(view)
        while True:
            await anyio.sleep(MIN_GAP_S)
            newer = await self._newer(view.number)
            if newer is None:
                self._deliver(aged(view, time.monotonic() - received))
            else:
                view, received = newer, time.monotonic()
                self._deliver(view)

    async def _newer(self, number: int) -> DeskView | None:
        """The next picture, or None for a heartbeat without one."""
        with anyio.move_on_after(self._heartbeat_s):
            try:
                return await self._desk.changed(number)
            except ConnectionLost:
                view = self._desk.view()
                if view.number != number:
                    return view
                await anyio.sleep_forever()
        return None
