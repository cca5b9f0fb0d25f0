"""How the ladder looks in every state."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from fks_tui.screens.ladder import LadderScreen
from tests.desk_views import an_engine
from tests.tui.ladder_views import TOO_MUCH, Clock, a_ladder_view
from tests.tui.pilots import LARGE, SMALL, desk_app, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.pilot import Pilot

    from fks_engine.api import DeskView
    from fks_tui.screens.quit import Farewell

SIZES = [SMALL, LARGE]
STATES: dict[str, tuple[DeskView, str]] = {
    "live": (a_ladder_view(), ""),
    "read-only": (a_ladder_view(engine=an_engine(read_only=True)), "b"),
    "asking": (a_ladder_view(), "2 up up b"),
    "picked-up": (a_ladder_view(), "down down down down down g up up up"),
    "denied": (a_ladder_view(), "B enter"),
    "arming": (a_ladder_view(), "O"),
    "armed": (a_ladder_view(), "O enter P S"),
}


class TestLadderLooks:
    @pytest.mark.parametrize("size", SIZES, ids=["80x24", "200x60"])
    @pytest.mark.parametrize("state", STATES)
    def test_state(self, snap_compare: Callable[..., bool], state: str, size: tuple[int, int]) -> None:
        view, keys = STATES[state]
        app, desk = desk_app(view)
        if state == "denied":
            desk.denial = TOO_MUCH

        async def settled(pilot: Pilot[Farewell]) -> None:
            await pilot.press("l")
            await until(pilot, lambda: isinstance(app.screen, LadderScreen))
            assert isinstance(app.screen, LadderScreen)
            trading = app.screen.trading
            trading.arming._clock = Clock()
            await pilot.press(*keys.split())
            await until(pilot, lambda: state not in ("asking", "read-only") or trading.preview is not None)
            await until(pilot, lambda: state != "denied" or "Denied" in trading.told.text)
            await until(pilot, lambda: state != "armed" or "Passed" in trading.told.text)
            await pilot.pause()

        assert snap_compare(app, terminal_size=size, run_before=settled)
