"""Messages on their way to one subscriber, spoilt by the faults that strike."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from fks_engine.simulator import wrong_books
from fks_engine.simulator.faults import NOTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.fault_plan import Fault, Scope
    from fks_engine.simulator.faults import Standing
    from fks_engine.simulator.market import Market
    from fks_engine.simulator.outlet import Outlet

LOST = frozenset({"drop", "silence", "depth_gap"})
HELD_SECONDS = 1.0
"""How long a message that is to be overtaken waits for that."""


class Spoiler:
    """The messages of one subscription."""

    def __init__(
        self,
        conditions: Conditions,
        scope: Scope,
        outlet: Outlet,
        market: Market | None = None,
        terminate: Callable[[], None] | None = None,
    ) -> None:
        self._faults = conditions.faults
        self._counts = conditions.statistics.messages
        self._scope = scope
        self._outlet = outlet
        self._market = market
        self._terminate = terminate
        self._held: list[tuple[int, bytes]] = []

    def send(self, data: bytes, key: str, facts: Mapping[str, Any] = NOTHING) -> None:
        """Pass a message of that stream or event on, or what the faults leave of it."""
        if not (self._held or self._faults.any(self._scope)):
            self._pass(data)
            return

        struck = self._faults.striking(self._scope, key, self._outlet.connection, facts)
        spoilt = self._spoilt(data, struck)
        if spoilt is None:
            return
        held = next((one.fault.window for one in struck if one.fault.kind == "reorder"), 0)
        if held:
            self._hold(spoilt, held)
            return

        copies = 1 + sum(one.fault.kind == "duplicate" for one in struck)
        delay_s = sum(one.delay_s(key) for one in struck if one.fault.kind == "delay")
        pace = next((one.fault.bytes_per_s for one in struck if one.fault.kind == "slow_write"), None)
        for _ in range(copies):
            self._pass(spoilt, delay_s, pace)
        self._overtake()

    def _spoilt(self, data: bytes, struck: list[Standing]) -> bytes | None:
        """The message as it goes out; None when it does not."""
        for one in struck:
            kind = one.fault.kind
            if kind in LOST:
                return None
            if kind in ("disconnect", "reset"):
                self._outlet.connection.cut(by_reset=kind == "reset")
                return None
            if kind == "terminate" and self._terminate is not None:
                self._terminate()
                return None
            data = self._altered(data, one.fault)
        return data

    def _altered(self, data: bytes, fault: Fault) -> bytes:
        if fault.kind == "malformed":
            return data[: len(data) // 2]
        if fault.kind == "crossed_book" and self._market is not None:
            return wrong_books.crossed(data, self._market)
        if fault.kind == "ghost_level" and self._market is not None:
            return wrong_books.ghosted(data, self._market)
        return data

    def _pass(self, data: bytes, delay_s: float = 0.0, bytes_per_s: int | None = None) -> None:
        self._counts[self._scope] += 1
        if bytes_per_s is not None:
            self._outlet.paced(data, bytes_per_s)
        elif delay_s:
            self._outlet.later(data, delay_s)
        else:
            self._outlet.offer(data)

    def _hold(self, data: bytes, window: int) -> None:
        """Keep a message until `window` - 1 others went before it, or a second passed."""
        self._held.append((window - 1, data))
        asyncio.get_running_loop().call_later(HELD_SECONDS, self._release, data)

    def _overtake(self) -> None:
        self._held = [(left - 1, data) for left, data in self._held]
        for left, data in list(self._held):
            if left <= 0:
                self._release(data)

    def _release(self, data: bytes) -> None:
        for place, (_, held) in enumerate(self._held):
            if held is data:
                del self._held[place]
                self._pass(data)
                return

    def leave(self) -> None:
        """Forget what is held."""
        self._held.clear()
