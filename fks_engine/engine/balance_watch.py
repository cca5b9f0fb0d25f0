"""The balances held against what was last known and the fills since; what nobody can explain keeps the gate shut."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import DifferenceKind
from fks_engine.model import BalancesChanged, BalancesTaken, plain
from fks_engine.portfolio.balance_check import KnownBalances

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.api import Difference
    from fks_engine.clock import Clock
    from fks_engine.engine.reconciliation import Reconciliation
    from fks_engine.model import Fill, JournalEntry
    from fks_engine.portfolio.balance_check import BalanceComparison
    from fks_engine.ports import OrderJournal
    from fks_engine.topics import Bus

NOT_TOLD = "nobody told why: a deposit or a withdrawal? The exchange's word was taken"


class BalanceWatch:
    """Keeps the last known balances in the journal, except while they are being compared or nobody can explain them.

    What the exchange tells meanwhile is not known yet: an engine that dies then compares again.
    """

    def __init__(self, reconciliation: Reconciliation, journal: OrderJournal, bus: Bus, clock: Clock) -> None:
        self.known = KnownBalances()
        self._reconciliation = reconciliation
        self._journal = journal
        self._clock = clock
        self._is_held = True
        self._has_opened = False
        """Whether the balances were explained or accepted since the start."""
        self._compared: BalancesChanged | None = None
        self.events = 0
        """What the account's streams and questions have told."""
        reconciliation.on_accepted = self._accepted
        bus.balances.tap(self._take)
        bus.fills.tap(self._take_fill)
        bus.order_reports.tap(self._count)

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Take up what the journal tells."""
        self.known.restore(entries)

    @property
    def is_held(self) -> bool:
        """Whether what is told now is not known before `settle`, or before a person accepts it."""
        return self._is_held

    def hold(self) -> None:
        """What is told from now on is not known before `settle`."""
        self._is_held = True

    def compare(self, now: BalancesChanged) -> tuple[BalanceComparison, ...]:
        """Every asset that is not what was last known."""
        return self.known.compare(now)

    def settle(self, now: BalancesChanged, compared: Iterable[BalanceComparison]) -> None:
        """Take the exchange's word. At the start what nobody can explain shuts the gate, later it is only noted."""
        self._compared = now
        unexplained = []
        for each in compared:
            facts = (("balance", each.asset, plain(each.known), plain(each.theirs), each.fills),)
            if each.is_explained:
                words = f"{max(1, each.fills)} fills since then explain it"
                self._note(each.asset, plain(each.known), plain(each.theirs), words, facts)
            elif self._has_opened:
                self._note(each.asset, plain(each.ours), plain(each.theirs), NOT_TOLD, facts)
            else:
                unexplained.append((each.asset, plain(each.ours), plain(each.theirs)))
        self._reconciliation.stop_for(unexplained)
        self._reconciliation.balances_audited()
        if not unexplained:
            self._open(now)

    def _note(self, asset: str, ours: str, theirs: str, words: str, facts: tuple[object, ...]) -> None:
        self._reconciliation.found(DifferenceKind.BALANCE, asset, ours, theirs, words, facts)

    def _open(self, now: BalancesChanged) -> None:
        self._is_held, self._has_opened = False, True
        self._know(now)

    def _accepted(self, difference: Difference) -> None:
        """A person took the exchange's word on one asset: it is known from here on."""
        now = self._compared
        assert now is not None
        if not self._reconciliation.stops:
            self._open(now)
            return
        alone = tuple(balance for balance in now.balances if balance.asset == difference.subject)
        self._know(BalancesChanged(alone, False, now.ts_event, now.ts_received))

    def _know(self, change: BalancesChanged) -> None:
        taken = BalancesTaken(ts=self._clock.now_ns(), balances=change)
        if (news := self.known.take_in_short(taken)) is not None:
            self._journal.note(news)

    def _take(self, change: BalancesChanged) -> None:
        self.events += 1
        if not self._is_held:
            self._know(change)

    def _take_fill(self, fill: Fill) -> None:
        self.events += 1
        self.known.take_fill(fill)

    def _count(self, _: object) -> None:
        self.events += 1
