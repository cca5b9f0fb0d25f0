"""Opens a desk without an engine for a pilot, and waits for conditions instead of times."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from tests.fake_desk import FakeDesk

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from fks_engine.api import DeskView

SMALL, LARGE = (80, 24), (200, 60)


def desk_app(view: DeskView | None = None, **options: object) -> tuple[DeskApp, FakeDesk]:
    """An app over a desk that shows `view`, in the dark theme and with ages that stand still, unless told otherwise."""
    desk = FakeDesk(view)
    given: dict[str, object] = {"theme": "fks-dark", "heartbeat_s": 3600.0, **options}
    return DeskApp(desk, options=DeskOptions(**given)), desk  # type: ignore[arg-type]


async def until(pilot: Pilot[Any], condition: Callable[[], bool], *, within_s: float = 10.0) -> None:
    """Let the app run until `condition` holds; fail after `within_s` seconds."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the app did not come to the expected state"
        await pilot.pause()
        await asyncio.sleep(0.01)
