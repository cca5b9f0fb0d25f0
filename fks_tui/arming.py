"""One-press trading: armed on purpose, for one market, and disarmed by silence or by anything that is not as it was."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING, Final

from fks_engine.api import Connection, TradingState
from fks_tui.formatting import age

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import DeskView, InstrumentId

HELD_S: Final = 0.1
"""Presses of one key closer together than this are one: a keyboard repeats a held key every 25 to 40 ms."""
UNREACHABLE: Final = "the exchange cannot be reached"
BANNED: Final = "the exchange asked us to wait for "
"""Begins the words for a ban, which cancels wait out as well."""
_CONNECTION_WORDS: Final = {
    Connection.STARTING: "the engine is still starting",
    Connection.RATE_LIMITED: "the exchange asked us to wait",
    Connection.STALE: "market data is stale",
    Connection.RECONNECTING: "the exchange is being reconnected",
    Connection.DISCONNECTED: UNREACHABLE,
    Connection.STOPPING: "the engine is stopping",
}


class Arming:
    """Whether a key sends at once. It knows no reasons of its own but time; the screen tells it the others."""

    def __init__(self, after_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self.after_s = after_s
        self._clock = clock
        self._until = 0.0
        self._market: InstrumentId | None = None
        self._last_press: tuple[object, float] = (None, 0.0)

    @property
    def is_armed(self) -> bool:
        """True while keys send at once; a time that ran out counts before anyone has noticed it."""
        return self._market is not None and self._clock() < self._until

    @property
    def is_due(self) -> bool:
        """True once the time ran out and nobody has disarmed yet."""
        return self._market is not None and not self.is_armed

    @property
    def seconds_left(self) -> int:
        """Whole seconds until it disarms itself, the one that runs included."""
        return max(0, math.ceil(self._until - self._clock())) if self._market is not None else 0

    def arm(self, market: InstrumentId) -> None:
        """Let keys send at once, in this market."""
        self._market = market
        self._until = self._clock() + self.after_s

    def prolong(self) -> None:
        """A key was pressed: the silence begins anew. What has run out stays out."""
        if self.is_armed:
            self._until = self._clock() + self.after_s

    def is_held(self, press: object) -> bool:
        """Whether the same press came so shortly before that the key must be held down, or bounces."""
        (before, at), now = self._last_press, self._clock()
        self._last_press = (press, now)
        return before == press and now - at < HELD_S

    def disarm(self) -> bool:
        """Let no key send at once; whether that changes anything."""
        was_on, self._market, self._until = self._market is not None, None, 0.0
        return was_on


def obstacle(view: DeskView, market: InstrumentId | None) -> str:
    """Why nothing may be sent now, in words; empty where nothing stands in the way."""
    engine = view.engine
    if engine.connection is Connection.RATE_LIMITED and engine.budget is not None and engine.budget.banned_for_s:
        return f"{BANNED}{age(engine.budget.banned_for_s)}"
    if engine.is_gone:
        return "the engine is gone"
    if engine.connection is Connection.DISCONNECTED:
        return _CONNECTION_WORDS[engine.connection]
    if engine.read_only:
        return "this desk is read-only"
    if engine.trading_state is TradingState.HALTED:
        return f"trading is halted{f': {engine.trading_state_reason}' if engine.trading_state_reason else ''}"
    if engine.connection is not Connection.LIVE:
        return _CONNECTION_WORDS[engine.connection]
    if engine.journal_fault:
        return f"the journal takes nothing: {engine.journal_fault}"
    focus = view.focus
    if market is None or focus is None or focus.instrument.id != market:
        return "the market is not there yet"
    if focus.book_stale:
        return f"the book is {age(focus.book_age_s)} old"
    return ""
