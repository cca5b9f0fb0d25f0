"""The gate, the limits it holds orders against, and the watch over losses, built for one exchange."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from fks_engine.api import RiskView
from fks_engine.engine.choices import banned_for_s
from fks_engine.model import TradingState
from fks_engine.risk import EquityTrust, LimitRows, LossWatch, RiskGate

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from fks_engine.api import AccountView, HaltView, QuoteRow
    from fks_engine.clock import Clock
    from fks_engine.config import Settings
    from fks_engine.engine.notices import NoticeLog
    from fks_engine.model import JournalEntry, Order
    from fks_engine.portfolio import Portfolio
    from fks_engine.ports import Exchange, OrderJournal
    from fks_engine.risk import LimitBook
    from fks_engine.state import LatestMarket


@dataclass(frozen=True, slots=True)
class RiskStages:
    """What keeps orders and losses within their limits."""

    gate: RiskGate
    limits: LimitBook
    losses: LossWatch
    rows: LimitRows

    def restore(self, entries: Iterable[JournalEntry]) -> None:
        """Let limits and losses stand as the journal tells."""
        told = tuple(entries)
        self.limits.restore(told)
        self.losses.restore(told)

    def view(
        self,
        working: Sequence[Order],
        account: AccountView,
        quotes: Sequence[QuoteRow],
        halt: HaltView | None = None,
    ) -> RiskView:
        """Every limit with its use, who changed one, and what losses are counted from."""
        marked = self.losses.marked
        return RiskView(
            rows=self.rows.rows(working, account, quotes),
            changes=self.limits.changes,
            halt=halt,
            day_start_equity=None if marked is None else marked.day_start,
            peak_equity=None if marked is None else marked.peak,
        )


class Ground(Protocol):
    """What the stages stand on."""

    settings: Settings
    clock: Clock
    notices: NoticeLog


def build_risk(
    ground: Ground,
    limits: LimitBook,
    exchange: Exchange,
    market: LatestMarket,
    portfolio: Portfolio,
    journal: OrderJournal,
    *,
    connected: Callable[[], bool],
    halt: Callable[[str, str], Awaitable[None]],
) -> RiskStages:
    """The gate, told of every change of the limits, and the watch that halts trading beyond the limits of loss."""
    settings, clock = ground.settings, ground.clock
    gate = RiskGate(
        limits.limits,
        market,
        portfolio,
        connected=connected,
        read_only=lambda: exchange.read_only,
        banned_for_s=lambda: banned_for_s(exchange),
        journal_fault=lambda: journal.fault,
        clock=clock,
    )
    limits.watch(gate.set_limits)
    losses = LossWatch(
        clock,
        journal,
        settings.market.reporting_currency,
        EquityTrust(market, clock, exchange.name),
        account=portfolio.account_view,
        limits=lambda: limits.limits,
        is_halted=lambda: gate.trading_state is TradingState.HALTED,
        halt=halt,
        notify=ground.notices.add,
    )
    rows = LimitRows(
        limits,
        losses,
        market,
        exchange=exchange.name,
        stale_after_s=settings.market.stale_after_s,
        sent_in_second=gate.sent_in_second,
    )
    return RiskStages(gate, limits, losses, rows)
