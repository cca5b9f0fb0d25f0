"""Equity against the day's beginning and its peak, over restarts; a loss beyond its limit halts trading."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

import anyio

from fks_engine.api import NoticeLevel
from fks_engine.clock import NANOS
from fks_engine.model import Checkpoint, EquityMarked, LimitName, ToleratedLoss, TradingState, TradingStateSet, plain
from fks_engine.risk.equity_trust import EquityTrust

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable

    from fks_engine.api import AccountView
    from fks_engine.clock import Clock
    from fks_engine.model import JournalEntry
    from fks_engine.ports import OrderJournal
    from fks_engine.risk.limits import RiskLimits

LOOK_EVERY_S: Final = 1.0
PEAK_EVERY_NS: Final = 60 * NANOS
SILENT_NS: Final = 60 * NANOS
"""Equity that cannot be judged for so long while a loss limit is set is told of."""
ORIGINS: Final = {
    LimitName.MAX_DAILY_LOSS: "the daily loss limit",
    LimitName.MAX_DRAWDOWN_PERCENT: "the drawdown limit",
}
_DAY_NS: Final = 86_400 * NANOS
_FURTHER: Final = Decimal("0.1")
_WHOLE: Final = Decimal(100)


class _Loss(NamedTuple):
    """A loss and what it may be; money, or percent of the peak."""

    used: Decimal
    limit: Decimal


class LossWatch:
    """Looks at equity once a second; a breach that two looks confirm calls `halt(reason, origin)`.

    Deposits and withdrawals are changes of equity like any other. The day begins at midnight UTC, or with the first
    equity known in it. The peak is counted over restarts and days, and anew once a limit of drawdown is set where there
    was none. Equity whose prices are old is not judged. Where a person resumes trading while a loss still stands, it
    halts again once the loss has grown by a tenth of its limit, or when the limit is set anew.
    """

    def __init__(
        self,
        clock: Clock,
        journal: OrderJournal,
        currency: str,
        trust: EquityTrust,
        *,
        account: Callable[[], AccountView],
        limits: Callable[[], RiskLimits],
        is_halted: Callable[[], bool],
        halt: Callable[[str, str], Awaitable[None]],
        notify: Callable[[NoticeLevel, str, str], None],
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._currency = currency
        self._trust = trust
        self._account = account
        self._limits = limits
        self._is_halted = is_halted
        self._halt = halt
        self._notify = notify
        self._equity: Decimal | None = None
        self._marked: EquityMarked | None = None
        self._has_drawdown: bool | None = None
        """Whether drawdown had a limit at the last look; None before the first."""
        self._noted: EquityMarked | None = None
        self._noted_ns = 0
        self._unpriced: frozenset[str] | None = None
        self._judged_ns: int | None = clock.monotonic_ns()
        self._suspected: frozenset[LimitName] = frozenset()
        """Limits that the last look found breached; the next one confirms it."""
        self._stood: frozenset[LimitName] = frozenset()
        """Limits that were breached when trading was last found halted."""
        self._was_halted = False
        """Whether the journal told of a halt last."""
        self._allowed_to: dict[LimitName, ToleratedLoss] = {}
        """The losses that a person resumed trading from while they stood."""
        self._is_mark_due = True
        """Whether the journal is told what losses are counted from, changed or not: then it knows that this engine
        judged, or that one that was resumed did."""
        self.doubt = ""
        """Why equity is not judged now; empty while it is."""

    def day_profit(self, equity: Decimal) -> Decimal | None:
        """What `equity` is over what it was when this UTC day began; None before equity was trusted."""
        marked = self._marked
        if self._equity is None or marked is None or _day(marked.ts) < _day(self._clock.now_ns()):
            return None
        return equity - marked.day_start

    @property
    def marked(self) -> EquityMarked | None:
        """What losses are counted from; None before equity was first known."""
        return self._marked

    @property
    def day_loss(self) -> Decimal | None:
        """How far equity is under the day's beginning, 0 where it is not; None before equity was judged."""
        if self._equity is None or self._marked is None:
            return None
        return max(Decimal(0), self._marked.day_start - self._equity)

    @property
    def drawdown_percent(self) -> Decimal | None:
        """How far equity is under its peak, in percent of it; None before equity was judged."""
        if self._equity is None or self._marked is None:
            return None
        peak = self._marked.peak
        return max(Decimal(0), (peak - self._equity) / peak * _WHOLE) if peak > 0 else Decimal(0)

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Go on from what the journal tells: a restart forgives no loss, and halts for none that was resumed from."""
        for entry in entries:
            state, marked = (entry.state, entry.equity) if isinstance(entry, Checkpoint) else (entry, entry)
            if isinstance(state, TradingStateSet):
                self._restore_state(state)
            if isinstance(marked, EquityMarked) and marked.currency == self._currency:
                self._restore_mark(marked)
        if self._marked is not None:
            self._trust.restore(self._marked.unpriced)
            self._unpriced = frozenset(self._marked.unpriced)

    def _restore_state(self, state: TradingStateSet) -> None:
        self._was_halted = state.state is TradingState.HALTED
        if self._was_halted:
            self._stood = frozenset(name for name, origin in ORIGINS.items() if origin == state.origin)
            if _day(state.ts) < _day(self._clock.now_ns()):  # the loss of another day is no longer counted
                self._stood -= {LimitName.MAX_DAILY_LOSS}

    def _restore_mark(self, marked: EquityMarked) -> None:
        """A mark that came after a halt was lifted tells what was tolerated then, be it nothing."""
        self._marked = self._noted = marked
        self._allowed_to = {each.name: each for each in marked.tolerated}
        if _day(marked.ts) < _day(self._clock.now_ns()):
            self._allowed_to.pop(LimitName.MAX_DAILY_LOSS, None)
        if not self._was_halted:
            self._stood = frozenset()

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await self.look()
            await anyio.sleep(LOOK_EVERY_S)

    async def look(self) -> None:
        """Judge equity as it stands now, and halt where that is due."""
        view = self._account()
        self.doubt = self._trust.doubt(view)
        if view.equity is None or self.doubt:
            self._suspected = frozenset()
            self._tell_of_silence()
            return
        self._judged_ns = self._clock.monotonic_ns()
        self._mark(view, view.equity)
        breached = frozenset(name for name, loss in self._losses().items() if loss.used > loss.limit)
        if self._is_halted():
            self._stood, self._suspected, self._is_mark_due = breached, frozenset(), True
            self._note(is_due=False)
            return
        due = breached - self._tolerated(breached)
        self._note(is_due=self._is_mark_due)
        self._is_mark_due = False
        confirmed, self._suspected = due & self._suspected, due
        for name in sorted(confirmed):
            self._stood = breached
            await self._halt(self._words(name), ORIGINS[name])
            return

    def _mark(self, view: AccountView, equity: Decimal) -> None:
        """Take a new equity; what only got a price is neither profit nor loss."""
        now, before, found = self._clock.now_ns(), self._marked, Decimal(0)
        if self._unpriced is not None:
            values = (row.value for row in view.balances if row.balance.asset in self._unpriced)
            found = sum((value for value in values if value is not None), found)
        self._equity, self._unpriced = equity, frozenset(view.unpriced_assets)
        if before is None or _day(before.ts) < _day(now):
            day_start = equity
            self._allowed_to.pop(LimitName.MAX_DAILY_LOSS, None)
        else:
            day_start = before.day_start + found
        peak = equity if before is None or self._is_drawdown_new() else max(before.peak + found, equity)
        ts = now if before is None else max(now, before.ts)  # a clock that is set back begins no day anew
        left_out = tuple(sorted(self._unpriced))
        self._marked = EquityMarked(
            ts=ts, currency=self._currency, day_start=day_start, peak=peak, unpriced=left_out, tolerated=self._kept()
        )

    def _is_drawdown_new(self) -> bool:
        """Whether drawdown has a limit now and had none at the last look."""
        had, self._has_drawdown = self._has_drawdown, self._limits().max_drawdown_percent is not None
        return self._has_drawdown and had is False

    def _kept(self) -> tuple[ToleratedLoss, ...]:
        """What is tolerated, as the journal is told it."""
        return tuple(self._allowed_to[name] for name in sorted(self._allowed_to))

    def _note(self, *, is_due: bool) -> None:
        """Tell the journal what losses are counted from: what is new at once, a new peak at most every minute."""
        assert self._marked is not None
        marked = self._marked = replace(self._marked, tolerated=self._kept())
        noted, now = self._noted, self._clock.monotonic_ns()
        is_new = noted is None or _but_peak(noted) != _but_peak(marked)
        is_higher = noted is not None and noted.peak != marked.peak and now - self._noted_ns >= PEAK_EVERY_NS
        if is_due or is_new or is_higher:
            self._journal.note(marked)
            self._noted, self._noted_ns = marked, now

    def _losses(self) -> dict[LimitName, _Loss]:
        """The losses that have a limit."""
        limits = self._limits()
        held = (
            (LimitName.MAX_DAILY_LOSS, self.day_loss, limits.max_daily_loss),
            (LimitName.MAX_DRAWDOWN_PERCENT, self.drawdown_percent, limits.max_drawdown_percent),
        )
        return {name: _Loss(used, limit) for name, used, limit in held if used is not None and limit is not None}

    def _tolerated(self, breached: frozenset[LimitName]) -> frozenset[LimitName]:
        """The breaches that a person resumed from, as far as they have not grown by a tenth of their limit since."""
        losses = self._losses()
        for name in breached & self._stood:
            further = losses[name].used + losses[name].limit * _FURTHER
            self._allowed_to[name] = ToleratedLoss(name, further, losses[name].limit)
            message = f"{self._words(name)}. Trading was resumed: it halts again beyond {self._figure(name, further)}"
            self._notify(NoticeLevel.WARNING, "Loss limit", f"{message}, and when the limit is set anew")
        self._stood = frozenset()
        self._allowed_to = {
            name: allowed
            for name, allowed in self._allowed_to.items()
            if name in breached and losses[name].limit == allowed.limit and losses[name].used <= allowed.used
        }
        return frozenset(self._allowed_to)

    def _words(self, name: LimitName) -> str:
        """What was lost, and against what."""
        assert self._marked is not None
        assert self._equity is not None
        loss, currency = self._losses()[name], self._currency
        is_daily = name is LimitName.MAX_DAILY_LOSS
        what, origin, since = (
            ("the day's loss", self._marked.day_start, "began the UTC day at")
            if is_daily
            else ("the drawdown", self._marked.peak, "was at its peak")
        )
        return (
            f"{what} of {self._figure(name, loss.used)} is beyond your limit of {self._figure(name, loss.limit)} "
            f"(risk.{name.value}): equity {since} {plain(origin, 2)} {currency} and is {plain(self._equity, 2)}"
        )

    def _figure(self, name: LimitName, value: Decimal) -> str:
        return f"{plain(value, 2)} {self._currency if name is LimitName.MAX_DAILY_LOSS else '%'}"

    def _tell_of_silence(self) -> None:
        """Say once that a loss limit watches nothing, where that lasts."""
        limits, now = self._limits(), self._clock.monotonic_ns()
        if limits.max_daily_loss is None and limits.max_drawdown_percent is None:
            return
        if self._judged_ns is not None and now - self._judged_ns > SILENT_NS and self.doubt:
            self._judged_ns = None
            message = f"losses are not held against their limits: {self.doubt}"
            self._notify(NoticeLevel.WARNING, "Loss limit", message)


def _day(ts: int) -> int:
    """The UTC day of a time."""
    return ts // _DAY_NS


def _but_peak(marked: EquityMarked) -> tuple[object, ...]:
    """What of a mark is told to the journal as soon as it changes."""
    return _day(marked.ts), marked.day_start, marked.unpriced, marked.tolerated
