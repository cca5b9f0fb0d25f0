"""How far the start's reconciliation has got, and every difference between our records and the exchange's."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fks_engine.api import (
    Accepted,
    DenialReason,
    Denied,
    Difference,
    DifferenceKind,
    NoticeLevel,
    ReconciliationStep,
    ReconciliationView,
    StepState,
)
from fks_engine.model import DifferenceNoted

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Iterable

    from fks_engine.clock import Clock
    from fks_engine.model import JournalEntry
    from fks_engine.ports import OrderJournal

    Notify = Callable[[NoticeLevel, str, str], None]

KEPT: Final = 50
FACTS_KEPT: Final = 20_000
ACCEPTED: Final = "nobody could explain it; a person took the exchange's word"
REMEDY: Final = "a deposit or a withdrawal? If so accept it: `fks reconcile accept {number}`, or on the desk"


class Step(StrEnum):
    """What stands between the start and an open gate, in order."""

    JOURNAL = "journal"
    FILLS = "fills"
    BALANCES = "balances"
    ORDERS = "orders"
    UNRESOLVED = "unresolved"


class Reconciliation:
    """Keeps the steps, the differences and the times of the audits. Each fact is told once."""

    def __init__(self, clock: Clock, journal: OrderJournal, notify: Notify) -> None:
        self._clock = clock
        self._journal = journal
        self._notify = notify
        self._steps = {step: ReconciliationStep(name=step.value, state=StepState.WAITING) for step in Step}
        self._found: deque[Difference] = deque(maxlen=KEPT)
        self._stops: dict[int, Difference] = {}
        self._number = 0
        self._facts: deque[Hashable] = deque()
        self._known_facts: set[Hashable] = set()
        self.asked = self.ended = 0
        """Orders that were asked for by name since the start, and how many of them were over."""
        self.orders_audited_ts: int | None = None
        self.balances_audited_ts: int | None = None
        self.unresolved: Callable[[], int] = int
        """How many orders were sent without an answer, and are not known to be anywhere yet."""
        self.on_accepted: Callable[[Difference], None] = _ignore
        """Told of each difference that a person accepts."""

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Show what was found before the start, out of the journal."""
        for entry in entries:
            if isinstance(entry, DifferenceNoted):
                self._show(entry)

    def step(self, step: Step, state: StepState, detail: str) -> None:
        """Say how a step stands."""
        self._steps[step] = ReconciliationStep(name=step.value, state=state, detail=detail)

    def found(
        self,
        kind: DifferenceKind,
        subject: str,
        ours: str,
        theirs: str,
        explanation: str,
        facts: Collection[Hashable] = (),
    ) -> None:
        """Note a difference in which the exchange's word was taken; nothing where all its facts were told before."""
        fresh = [fact for fact in facts if fact not in self._known_facts]
        if facts and not fresh:
            return
        for fact in fresh:
            self._known_facts.add(fact)
            self._facts.append(fact)
        while len(self._facts) > FACTS_KEPT:
            self._known_facts.discard(self._facts.popleft())
        noted = DifferenceNoted(
            ts=self._clock.now_ns(),
            kind=kind.value,
            subject=subject,
            ours=ours,
            theirs=theirs,
            explanation=explanation,
        )
        self._journal.note(noted)
        self._show(noted)

    def orders_compared(self, asked: int, ended: int) -> None:
        """Count orders that were asked for by name, and those that were over."""
        self.asked += asked
        self.ended += ended

    def orders_audited(self) -> None:
        """Working orders and their fills are what the exchange says."""
        self.orders_audited_ts = self._clock.now_ns()

    def balances_audited(self) -> None:
        """Balances are what the exchange says."""
        self.balances_audited_ts = self._clock.now_ns()

    @property
    def stops(self) -> tuple[Difference, ...]:
        """What keeps the gate shut until a person accepts it."""
        return tuple(self._stops.values())

    def stop_for(self, balances: Iterable[tuple[str, str, str]]) -> None:
        """Keep the gate shut for these assets, each with our total and the exchange's, and for no others."""
        before = {(each.subject, each.ours, each.theirs): each for each in self._stops.values()}
        self._stops = {}
        for asset, ours, theirs in balances:
            stop = before.get((asset, ours, theirs))
            if stop is None:
                self._number += 1
                stop = Difference(
                    number=self._number,
                    ts=self._clock.now_ns(),
                    kind=DifferenceKind.BALANCE,
                    subject=asset,
                    ours=ours,
                    theirs=theirs,
                    explanation="",
                    remedy=REMEDY.format(number=self._number),
                )
                words = f"{asset} is {ours} by our records and {theirs} at the exchange; no order leaves: {stop.remedy}"
                self._notify(NoticeLevel.ERROR, "Balance not explained", words)
            self._stops[stop.number] = stop

    def accept(self, numbers: Iterable[int]) -> Accepted | Denied:
        """Take the exchange's word in these differences. All of them, or none where one does not wait for it."""
        chosen = tuple(dict.fromkeys(numbers))
        unknown = [number for number in chosen if number not in self._stops]
        if unknown or not chosen:
            waiting = ", ".join(map(str, self._stops)) or "none"
            which = f"difference {unknown[0]}" if unknown else "nothing"
            message = f"{which} waits to be accepted; those that do: {waiting}"
            return Denied(DenialReason.DIFFERENCE_UNEXPLAINED, message)
        for number in chosen:
            stop = self._stops.pop(number)
            self.found(stop.kind, stop.subject, stop.ours, stop.theirs, ACCEPTED)
            self.on_accepted(stop)
        return Accepted()

    def view(self) -> ReconciliationView:
        """The picture for the desks."""
        steps, left = dict(self._steps), self.unresolved()
        if left and steps[Step.ORDERS].state is StepState.RUNNING:
            words = f"{left} orders were sent without an answer; the exchange is asked for them by name"
            steps[Step.UNRESOLVED] = ReconciliationStep(name=Step.UNRESOLVED, state=StepState.RUNNING, detail=words)
        return ReconciliationView(
            steps=tuple(steps.values()),
            differences=(*self._stops.values(), *reversed(self._found)),
            orders_audited_ts=self.orders_audited_ts,
            balances_audited_ts=self.balances_audited_ts,
        )

    def restart(self) -> None:
        """Steps after the journal begin anew."""
        for step in Step:
            if step is not Step.JOURNAL:
                self._steps[step] = replace(self._steps[step], state=StepState.WAITING)

    def _show(self, noted: DifferenceNoted) -> None:
        self._number += 1
        self._found.append(
            Difference(
                number=self._number,
                ts=noted.ts,
                kind=DifferenceKind(noted.kind),
                subject=noted.subject,
                ours=noted.ours,
                theirs=noted.theirs,
                explanation=noted.explanation,
            )
        )


def _ignore(_: Difference) -> None:
    """Nobody minds that it was accepted."""
