"""The queue in front of the exchange: whoever has room in the budget goes at once, the others by priority."""

from __future__ import annotations

import asyncio
from bisect import insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from fks_engine.errors import RateLimited
from fks_engine.resilience.budget import Need, Priority, RateBudget

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PATIENCE_S: Final[Mapping[Priority, float]] = {
    Priority.CANCEL: 300.0,
    # An order that goes out much later than it was meant is worse than none.
    Priority.ORDER: 1.0,
    Priority.ACCOUNT: 90.0,
    Priority.MARKET: 90.0,
}
"""How long a request of each kind may wait before it is given up unsent."""


class Timer(Protocol):
    """Something that was scheduled."""

    def cancel(self) -> object:
        """Let it not happen."""
        ...


@dataclass(order=True, slots=True)
class _Waiting:
    """One request that waits."""

    priority: Priority
    number: int
    need: Need = field(compare=False)
    passed: asyncio.Future[None] | None = field(default=None, compare=False)
    may_go: bool = field(default=False, compare=False)


class RateQueue:
    """Lets requests go within the budget: cancels before orders, those before the account's, market data last.

    After a ban the cancels that were asked for meanwhile go first. One that waits for weight holds up all behind it,
    so that a large request is not passed for ever; one that waits for the count of orders holds up nobody.
    `schedule` calls a function after so many seconds.
    """

    def __init__(
        self, budget: RateBudget, schedule: Callable[[float, Callable[[], None]], Timer] | None = None
    ) -> None:
        self.budget = budget
        self._schedule = schedule or _later
        self._waiting: list[_Waiting] = []
        self._number = 0
        self._timer: Timer | None = None

    @property
    def waiting(self) -> int:
        """Requests that wait."""
        return len(self._waiting)

    async def acquire(self, need: Need, patience_s: float | None = None) -> None:
        """Wait until the request may go, and count it. Suspends only where it has to wait.

        Raises RateLimited, nothing being sent then, where that would take longer than the patience of its kind.
        """
        self._number += 1
        place = _Waiting(need.priority, self._number, need)
        insort(self._waiting, place)
        self._settle()
        if place.may_go:
            return
        allowed_s = PATIENCE_S[need.priority] if patience_s is None else patience_s
        try:
            wait_s = self.budget.wait_s(need)
            if wait_s > allowed_s:
                raise RateLimited(self.words(need), wait_s)
            place.passed = asyncio.get_running_loop().create_future()
            done, _ = await asyncio.wait({place.passed}, timeout=allowed_s)
            if not done:
                raise RateLimited(self.words(need), self.budget.wait_s(need) or None)
        except (RateLimited, asyncio.CancelledError):
            if place.may_go:
                self.budget.settle(need)
            else:
                self._waiting.remove(place)
                self._settle()
            raise

    def words(self, need: Need) -> str:
        """Why a request cannot go now, for a person."""
        banned_s = self.budget.banned_for_s
        if banned_s is not None:
            return f"the exchange asks us to wait {banned_s:.0f} s; nothing was sent"
        if self.budget.orders_wait_s(need) > self.budget.weight_wait_s(need):
            window = self.budget.orders
            return f"the exchange takes {window.limit} orders in ten seconds, and they are used; nothing was sent"
        weight = self.budget.weight
        return f"{weight.used} of {weight.limit} of this minute's request weight are used; nothing was sent"

    def changed(self) -> None:
        """The budget has changed otherwise than by time: look again who may go."""
        self._settle()

    def _settle(self) -> None:
        """Let go whoever may, in order, and be back when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        left: list[_Waiting] = []
        next_s: float | None = None
        is_blocked = self.budget.banned_for_s is not None
        for place in self._waiting:
            wait_s = self.budget.wait_s(place.need)
            if wait_s <= 0 and not (is_blocked and place.need.weight):
                self._let_go(place)
                continue
            is_blocked = is_blocked or self.budget.weight_wait_s(place.need) > 0
            left.append(place)
            if wait_s > 0:
                next_s = wait_s if next_s is None else min(next_s, wait_s)
        self._waiting = left
        if next_s is not None:
            self._timer = self._schedule(next_s + 0.001, self._settle)

    def _let_go(self, place: _Waiting) -> None:
        self.budget.spend(place.need)
        place.may_go = True
        if place.passed is not None and not place.passed.done():
            place.passed.set_result(None)


def _later(seconds: float, call: Callable[[], None]) -> Timer:
    return asyncio.get_running_loop().call_later(seconds, call)
