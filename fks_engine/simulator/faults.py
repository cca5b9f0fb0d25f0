"""The faults that stand at the moment: what they match, how often they struck, and what strikes next."""

from __future__ import annotations

import random
import re
import time
from fnmatch import translate
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fks_engine.simulator.fault_plan import Fault, Plan, Scope

NOTHING: Mapping[str, Any] = {}
_DIFFS = re.compile(r".*@depth(@100ms)?")
_BOOKS = re.compile(r".*@(depth.*|bookticker)")
_STREAMS = {"depth_gap": _DIFFS, "ghost_level": _DIFFS, "crossed_book": _BOOKS}
"""The streams that a wrong book can show in."""


class Standing:
    """A fault in force, with its throws of the dice."""

    def __init__(self, number: int, fault: Fault, seed: str, until: float | None) -> None:
        self.number = number
        self.fault = fault
        self.seen = 0
        self.applied = 0
        self._seed = seed
        self._until = until
        self._match = re.compile(translate(fault.match.lower()))
        self._streams = _STREAMS.get(fault.kind)
        self._where = {name: re.compile(translate(pattern)) for name, pattern in fault.where.items()}
        self._dice: dict[str, random.Random] = {}
        self._silenced: WeakSet[object] = WeakSet()

    def is_over(self, now: float) -> bool:
        """Whether its time is up."""
        return self._until is not None and now >= self._until

    def matches(self, key: str, method: str | None, facts: Mapping[str, Any]) -> bool:
        """Whether it is meant for that request or message."""
        fault = self.fault
        if fault.method is not None and method is not None and fault.method.upper() != method:
            return False
        lower = key.lower()
        if not self._match.match(lower) or (self._streams is not None and not self._streams.fullmatch(lower)):
            return False
        return all(pattern.match(str(facts.get(name, ""))) for name, pattern in self._where.items())

    def strikes(self, key: str, who: object) -> bool:
        """Throw the dice for one match."""
        if self.fault.kind == "silence" and who in self._silenced:
            return True

        self.seen += 1
        hit = self.dice(key).random() < self.fault.probability
        is_used_up = self.fault.count is not None and self.applied >= self.fault.count
        if not hit or self.seen <= self.fault.skip or is_used_up:
            return False

        self.applied += 1
        if self.fault.kind == "silence":
            self._silenced.add(who)
        return True

    def dice(self, key: str) -> random.Random:
        """The random numbers of one stream or endpoint."""
        found = self._dice.get(key)
        if found is None:
            found = self._dice[key] = random.Random(f"{self._seed}/{key}")
        return found

    def delay_s(self, key: str) -> float:
        """How long this time, in seconds."""
        shortest, longest = self.fault.delay_range_ms()
        return (shortest if shortest == longest else self.dice(key).uniform(shortest, longest)) / 1_000


class Faults:
    """Every fault in force; without one it costs an empty look-up a message."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._next = 1
        self._standing: dict[Scope, list[Standing]] = {}

    def add(self, plan: Plan) -> list[int]:
        """Put a plan into force; the numbers of its faults."""
        numbers = []
        for place, fault in enumerate(plan.faults):
            until = None if fault.duration_s is None else self._now() + fault.duration_s
            standing = Standing(self._next, fault, f"{plan.seed}/{place}", until)
            self._standing.setdefault(fault.scope, []).append(standing)
            numbers.append(self._next)
            self._next += 1
        return numbers

    def remove(self, number: int) -> bool:
        """End one fault; whether there was such a one."""
        for scope, standing in self._standing.items():
            kept = [one for one in standing if one.number != number]
            if len(kept) != len(standing):
                self._keep(scope, kept)
                return True
        return False

    def clear(self) -> None:
        """End all of them."""
        self._standing.clear()

    def all(self) -> list[Standing]:
        """Those in force, oldest first."""
        for scope in tuple(self._standing):
            self._live(scope)
        found = [one for standing in self._standing.values() for one in standing]
        return sorted(found, key=lambda one: one.number)

    def _keep(self, scope: Scope, standing: list[Standing]) -> None:
        if standing:
            self._standing[scope] = standing
        else:
            self._standing.pop(scope, None)

    def _live(self, scope: Scope) -> list[Standing]:
        standing = self._standing.get(scope)
        if not standing:
            return []

        now = self._now()
        live = [one for one in standing if not one.is_over(now)]
        if len(live) != len(standing):
            self._keep(scope, live)
        return live

    def any(self, scope: Scope) -> bool:
        """Whether one stands for that scope."""
        return scope in self._standing

    def striking(
        self, scope: Scope, key: str, who: object, facts: Mapping[str, Any] = NOTHING, method: str | None = None
    ) -> list[Standing]:
        """The faults that strike this request or message, in the order they were posted."""
        if scope not in self._standing:
            return []
        dice = f"{method} {key}" if method else key
        return [
            one
            for one in self._live(scope)
            if one.fault.kind != "slow_read" and one.matches(key, method, facts) and one.strikes(dice, who)
        ]

    def read_pause_s(self, scope: Scope, who: object) -> float:
        """How long a connection of that scope waits before it reads its client's next frame."""
        pause = 0.0
        for one in self._live(scope):
            if one.fault.kind == "slow_read" and one.strikes("read", who):
                pause += one.delay_s("read")
        return pause
