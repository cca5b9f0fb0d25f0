"""A trader in a hurry: several orders under way at once, and above all what leads to the place of the death."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from tests.soak.trader import Trader

if TYPE_CHECKING:
    from collections.abc import Callable

HANDS = 3
"""So many commands are under way at once."""
PAUSE_S = (0.0, 0.08)
_LEADS_TO = {"mid-replace": "replace", "mid-cancel": "cancel", "mid-fill": "market", "after send": "limit near"}
_OFTEN = 0.3


@dataclass
class HurriedTrader(Trader):
    """Acts as the trader of the soak does, and often in the way that passes `point`."""

    point: str = ""

    async def act(self) -> None:
        """Do one thing."""
        kind = _LEADS_TO.get(self.point)
        if kind is None or self._dice.random() > _OFTEN:
            await super().act()
            return
        view = self.desk.view()
        make = self._other if kind in {"replace", "cancel"} else self._new_order
        command = make(kind, view)
        if command is not None:
            await self._submit(kind, command)

    async def while_up(self, is_up: Callable[[], bool]) -> None:
        """Trade with several hands for as long as the engine lives."""

        async def hand(seed: int) -> None:
            pauses = random.Random(seed)
            while is_up():
                await self.act()
                await anyio.sleep(pauses.uniform(*PAUSE_S))

        async with anyio.create_task_group() as hands:
            for number in range(HANDS):
                hands.start_soon(hand, self.seed + number)
