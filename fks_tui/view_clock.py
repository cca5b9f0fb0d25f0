"""The view clock: waits for the desk's pictures, and lets the last one grow old while none comes."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import Desk, DeskView

HEARTBEAT_S = 1.0
"""How often an unchanged picture is shown again, with its ages counted on."""
SILENCE_S = 3.0
"""After this long without a picture nothing on it may look live. A running engine makes one every second at least."""
MIN_GAP_S = 0.09
"""Pictures closer together than this are not all shown; the newest is."""


class ViewClock:
    """Hands every new picture to `deliver`, and in silence the last one with its true age."""

    def __init__(
        self, desk: Desk, deliver: Callable[[DeskView], None], *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._desk = desk
        self._deliver = deliver
        self._now = now

    async def run(self) -> None:
        """Run until canceled."""
        view = self._desk.view()
        received = self._now()
        self._deliver(view)
        while True:
            await anyio.sleep(MIN_GAP_S)
            newer = None
            with anyio.move_on_after(HEARTBEAT_S - MIN_GAP_S):
                newer = await self._desk.changed(view.number)
            if newer is None:
                self._deliver(aged(view, self._now() - received))
            else:
                view, received = newer, self._now()
                self._deliver(view)


def aged(view: DeskView, seconds: float) -> DeskView:
    """`view` as it looks `seconds` after it came, if nothing has come since: its ages counted on, its notices told."""
    silent = seconds >= SILENCE_S
    engine = view.engine
    if silent and engine.connection is Connection.LIVE:
        engine = replace(engine, connection=Connection.STALE, detail=f"no word from the engine for {int(seconds)} s")
    return replace(
        view,
        engine=replace(
            engine,
            oldest_data_age_s=_older(engine.oldest_data_age_s, seconds),
            stages=tuple(replace(stage, age_s=_older(stage.age_s, seconds)) for stage in engine.stages),
        ),
        quotes=tuple(replace(row, age_s=_older(row.age_s, seconds), stale=row.stale or silent) for row in view.quotes),
        focus=view.focus
        and replace(
            view.focus,
            book_age_s=_older(view.focus.book_age_s, seconds),
            book_stale=view.focus.book_stale or silent,
        ),
        notices=(),
    )


def _older(age_s: float | None, seconds: float) -> float | None:
    """An age counted on; what never came has none."""
    return None if age_s is None else age_s + seconds
