"""What befalls one run, by its seed: where the engine dies, what goes wrong meanwhile, and when the exchange dies."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from tests.chaos.engine import AT_START, POINTS
from tests.soak.faults import KINDS, SWITCHES, episode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.soak.faults import Episode


class ExchangeDeath(StrEnum):
    """When the exchange is killed and started again from its folder."""

    NEVER = "never"
    TRADING = "exchange killed while trading"
    WITH_ENGINE = "exchange killed with the engine"
    STARTING = "exchange killed while the engine starts"


DEATHS = tuple(death.value for death in ExchangeDeath if death is not ExchangeDeath.NEVER)
FAULTS: tuple[str, ...] = (
    *(f"{scope} {kind}" for scope, kinds in sorted(KINDS.items()) for kind in sorted(kinds)),
    *(f"switch {name}" for name in SWITCHES),
    *DEATHS,
)
"""Every fault that the simulator knows, and its death."""
_ORDER = random.Random(1).sample(FAULTS, len(FAULTS))
_PASSAGES = 6
_QUESTIONS = 5
"""The engine asks at least so many until it is reconciled."""
ROTATE_AT = (60_000, 8 * 2**20)
"""Bytes: half of the journals rotate every hundred orders or so, half of them never."""
_SIDE_DEATH = 0.08


@dataclass(frozen=True)
class Plan:
    """One run."""

    seed: int
    point: str
    passage: int
    """At which passage of the point the engine dies, from when it is armed."""
    fault: str
    episode: Episode | None
    """What goes wrong while the engine trades, and again while it starts; None where the exchange dies instead."""
    exchange_death: ExchangeDeath
    starts_in_trouble_s: float
    """So long the fault goes on after the engine was started again."""
    trades_s: float
    """So long the engine trades before its death is due; one at random comes then."""

    rotate_at: int
    """After so many bytes a journal's file is full; small ones make engines start from checkpoints."""

    @property
    def faults(self) -> tuple[str, ...]:
        """All that goes wrong, the death of the exchange included, each once."""
        death = () if self.exchange_death is ExchangeDeath.NEVER else (self.exchange_death.value,)
        return tuple(dict.fromkeys((self.fault, *death)))

    @property
    def replay(self) -> str:
        """The command that repeats it."""
        return f"make chaos RUNS=1 SEED={self.seed}"


def planned(seed: int, symbols: Sequence[str]) -> Plan:
    """The run of that seed: of as many seeds in a row as there are points each point comes up once.

    Faults are shifted by one from one such row to the next, so that in time each point meets each fault.
    """
    names = tuple(POINTS)
    row, place = divmod(seed, len(names))
    point, fault = names[place], _ORDER[(seed + row) % len(_ORDER)]
    dice = random.Random(f"chaos {seed}")
    passage = dice.randint(1, _QUESTIONS if point == AT_START else _PASSAGES)
    trouble = None
    death = ExchangeDeath.NEVER
    if fault in DEATHS:
        death = ExchangeDeath(fault)
    else:
        scope, _, kind = fault.partition(" ")
        trouble = _met(episode(dice, [(scope, kind)], symbols), dice)
        if dice.random() < _SIDE_DEATH:
            death = ExchangeDeath(dice.choice(DEATHS))
    return Plan(
        seed=seed,
        point=point,
        passage=passage,
        fault=fault,
        episode=trouble,
        exchange_death=death,
        starts_in_trouble_s=dice.uniform(1.0, 4.0),
        trades_s=dice.uniform(0.3, 3.0),
        rotate_at=dice.choice(ROTATE_AT),
    )


def _met(trouble: Episode, dice: random.Random) -> Episode:
    """The WebSocket API is spoken to once a connection: what spoils it strikes the first ones for sure."""
    faults = [
        fault | {"probability": 1.0, "count": dice.randint(1, 3)} if fault["scope"] == "ws-api" else fault
        for fault in trouble.faults
    ]
    return replace(trouble, faults=tuple(faults))
