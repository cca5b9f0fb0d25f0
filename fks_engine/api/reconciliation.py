"""What a desk sees of how our records are held against the exchange's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class StepState(StrEnum):
    """How one step of the start's reconciliation stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """It found something that it cannot explain, and waits for a person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationStep:
    """One step between the start and an open gate: the journal, balances, fills, orders, what is unresolved."""

    name: str
    state: StepState
    detail: str = ""
    """What was done or is waited for, with its numbers."""


class DifferenceKind(StrEnum):
    """What two records differ in."""

    ORDER = "order"
    FILL = "fill"
    BALANCE = "balance"
    POSITION = "position"


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something that our records and the exchange's told differently. The exchange is right."""

    number: int
    ts: int
    kind: DifferenceKind
    subject: str
    """The order, the market or the asset."""
    ours: str
    theirs: str
    explanation: str
    """How it came about and what was done; empty where nobody knows."""
    remedy: str = ""
    """What a person should do where it keeps the gate shut; empty where it does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconciliationView:
    """How far the start has got, what was found, and when it was last looked."""

    steps: tuple[ReconciliationStep, ...]
    differences: tuple[Difference, ...] = ()
    """The last ones, newest first; those that keep the gate shut before all."""
    orders_audited_ts: int | None = None
    """When working orders and fills were last held against the exchange's; None before the first time."""
    balances_audited_ts: int | None = None

    @property
    def stops(self) -> tuple[Difference, ...]:
        """The differences that keep the gate shut until a person accepts them."""
        return tuple(each for each in self.differences if each.remedy)


@dataclass(frozen=True, slots=True)
class AcceptDifferences:
    """Take the exchange's word where nobody can explain a difference, and go on."""

    numbers: tuple[int, ...]
