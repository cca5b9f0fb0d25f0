"""Faults by seed: every kind once in a shuffled order, then mixtures, with calm in between."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import anyio

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.engine.simulator.control_client import ControlClient
    from tests.soak.watch import Watch

_REQUESTS = (
    "delay drop disconnect reset malformed timeout_before_execution timeout_after_execution error rate_limited banned "
    "rejected_signature clock_skew"
)
_MESSAGES = "delay drop duplicate reorder disconnect reset silence malformed slow_write"
KINDS = {
    "rest": frozenset(f"{_REQUESTS} html".split()),
    "ws-api": frozenset(f"{_REQUESTS} duplicate slow_read".split()),
    "market": frozenset(f"{_MESSAGES} slow_read depth_gap crossed_book ghost_level".split()),
    "user": frozenset(f"{_MESSAGES} terminate".split()),
}
"""Every kind of fault that the simulator knows, by what it spoils."""
RECOVERY_BOUND_S = 90.0
"""The engine must be live again so long after a fault has ended."""
SERVER_ERRORS = ((-1000, 500), (-1001, 500), (-1006, 503), (-1007, 503), (-1008, 503), (-1016, 503))
"""What a troubled exchange answers; codes that would be a lie about an order are not among them."""
SWITCHES = (
    "disconnect",
    "refuse",
    "server_shutdown",
    "terminate",
    "symbol_status",
    "trading",
    "permission",
    "clock",
)


@dataclass(frozen=True)
class Episode:
    """What goes wrong for a while, and how long it is calm afterwards."""

    name: str
    seed: int
    faults: tuple[dict[str, Any], ...] = ()
    begin: tuple[dict[str, Any], ...] = ()
    """Actions at the beginning."""
    end: tuple[dict[str, Any], ...] = ()
    """Actions that undo those."""
    offset_ms: int = 0
    lasts_s: float = 5.0
    calm_s: float = 3.0


def episodes(seed: int, symbols: Sequence[str], pace: float = 1.0) -> Iterator[Episode]:
    """Every kind once, then mixtures of them without end; the same seed gives the same ones.

    A `pace` of 2 makes trouble and calm half as long.
    """
    dice = random.Random(seed)
    single = [(scope, kind) for scope, kinds in sorted(KINDS.items()) for kind in sorted(kinds)]
    single += [("switch", name) for name in SWITCHES]
    dice.shuffle(single)
    for scope, kind in single:
        yield episode(dice, [(scope, kind)], symbols, pace)
    while True:
        yield episode(dice, dice.sample(single, dice.randint(2, 4)), symbols, pace)


def episode(
    dice: random.Random, chosen: Sequence[tuple[str, str]], symbols: Sequence[str], pace: float = 1.0
) -> Episode:
    """The chosen kinds together, each as a scope or `switch` and a name, with what they need drawn from the dice."""
    faults: list[dict[str, Any]] = []
    begin: list[dict[str, Any]] = []
    end: list[dict[str, Any]] = []
    offset_ms = 0
    for scope, kind in chosen:
        if scope != "switch":
            faults.append(_fault(dice, scope, kind, is_mixed=len(chosen) > 1))
            if scope == "ws-api":  # it is spoken to only when the account's stream is subscribed
                begin.append({"action": "disconnect", "scope": "ws-api"})
        elif kind == "clock":
            offset_ms = dice.choice((-1, 1)) * dice.randint(800, 20_000)
        else:
            on, off = _switch(dice, kind, dice.choice(symbols))
            begin.append(on)
            end += off
    return Episode(
        name=" + ".join(f"{scope} {kind}" for scope, kind in chosen),
        seed=dice.randrange(2**31),
        faults=tuple(faults),
        begin=tuple(begin),
        end=tuple(end),
        offset_ms=offset_ms,
        lasts_s=dice.uniform(3.0, 7.0) / pace,
        calm_s=dice.uniform(1.5, 4.0) / pace,
    )


def _fault(dice: random.Random, scope: str, kind: str, *, is_mixed: bool) -> dict[str, Any]:
    """One fault of a plan; among others it strikes less often, so that the others are met, too."""
    requests = scope in ("rest", "ws-api")
    fault: dict[str, Any] = {"scope": scope, "kind": kind}
    fault["probability"] = dice.choice((0.2, 0.5) if is_mixed else (0.3, 0.6, 1.0))
    if scope == "rest":
        fault["match"] = dice.choice(("*", "order*"))
    if kind in ("disconnect", "reset", "malformed", "terminate") and not requests:
        fault |= {"count": dice.randint(1, 3), "probability": 0.2}
    if kind in ("depth_gap", "crossed_book", "ghost_level"):
        fault["match"] = "*@depth*"
    return fault | _fields(dice, kind, requests=requests)


def _fields(dice: random.Random, kind: str, *, requests: bool) -> dict[str, Any]:
    """What a kind needs beyond its name."""
    if kind == "delay":
        return {"delay_ms": [20, dice.choice((200, 1_500, 4_000))]}
    if kind in ("drop", "timeout_before_execution") and requests:
        return {"hold_s": dice.choice((1.0, 4.0, 12.0))}
    if kind == "timeout_after_execution":
        return {"answer": dice.choice(("none", "cut", "error")), "hold_s": 7.0}
    if kind == "error":
        code, status = dice.choice(SERVER_ERRORS)
        return {"code": code, "status": status}
    if kind == "html":
        return {"status": dice.choice((403, 502, 503, 504))}
    if kind in ("rate_limited", "banned"):
        return {"retry_after_s": dice.randint(2, 5), "count": dice.randint(1, 4)}
    if kind == "reorder":
        return {"window": dice.randint(2, 6)}
    if kind == "silence":
        return {"count": dice.randint(1, 2)}
    if kind == "slow_write":
        return {"bytes_per_s": dice.choice((1_000, 10_000))}
    return {"delay_ms": dice.randint(50, 500)} if kind == "slow_read" else {}


def _switch(dice: random.Random, action: str, symbol: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An action of the control port and what undoes it."""
    if action == "disconnect":
        return {"action": action, "scope": dice.choice(("market", "user", "ws-api", "all"))}, []
    if action == "refuse":
        return {"action": action, "duration_s": dice.uniform(0.5, 4.0)}, []
    if action == "symbol_status":
        on: dict[str, Any] = {"action": action, "symbol": symbol, "status": dice.choice(("BREAK", "HALT"))}
        return on, [on | {"status": "TRADING"}]
    if action == "trading":
        return {"action": action, "enabled": False}, [{"action": action, "enabled": True}]
    if action == "permission":
        on = {"action": action, "symbol": symbol, "enabled": False}
        return on, [on | {"enabled": True}]
    return {"action": action}, []


@dataclass
class Trouble:
    """Carries episodes out one after the other, and measures how long the engine takes to be live again."""

    control: ControlClient
    watch: Watch
    plan: Iterator[Episode]
    recovered_s: dict[str, float] = field(default_factory=dict)
    never: list[str] = field(default_factory=list)
    applied: dict[str, int] = field(default_factory=dict)
    """How often each kind struck."""

    async def run(self) -> None:
        """One episode after the other, until canceled."""
        for one in self.plan:
            await self.carry_out(one)

    async def carry_out(self, episode: Episode) -> None:
        """The episode and the calm after it; however it ends, what it put wrong is right again."""
        self.watch.trouble = episode.name
        try:
            if episode.faults:
                await self.control.plan(episode.faults, episode.seed)
            if episode.offset_ms:
                await self.control.clock(episode.offset_ms)
            for action in episode.begin:
                await self.control.act(**action)
            await anyio.sleep(episode.lasts_s)
        finally:
            with anyio.CancelScope(shield=True):
                await self._undo(episode)
        self.watch.trouble = f"after {episode.name}"
        began = anyio.current_time()
        with anyio.move_on_after(RECOVERY_BOUND_S) as scope:
            await self.watch.is_live()
        if scope.cancelled_caught:
            self.never.append(f"{episode.name}: {self.watch.desk.view().engine.detail}")
        self.recovered_s[episode.name] = anyio.current_time() - began
        await anyio.sleep(episode.calm_s)

    async def _undo(self, episode: Episode) -> None:
        for state in await self.control.faults():
            name = f"{state.fault['scope']} {state.fault['kind']}"
            self.applied[name] = self.applied.get(name, 0) + state.applied
        await self.control.clear()
        if episode.offset_ms:
            await self.control.clock(0)
        for action in episode.end:
            await self.control.act(**action)
        for action in episode.begin:
            name = f"switch {action['action']}"
            self.applied[name] = self.applied.get(name, 0) + 1
        if episode.offset_ms:
            self.applied["switch clock"] = self.applied.get("switch clock", 0) + 1
