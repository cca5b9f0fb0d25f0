"""Losses against their limits: over looks, restarts, days, and what a person decided."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

import pytest

from fks_engine.api import AccountView, BalanceRow, NoticeLevel, empty_account
from fks_engine.clock import NANOS, ManualClock
from fks_engine.model import Balance, Checkpoint, EquityMarked, JournalEntry, TradingState, TradingStateSet
from fks_engine.risk import RiskLimits
from fks_engine.risk.equity_trust import EquityTrust
from fks_engine.risk.loss_watch import LossWatch
from tests.engine.builders import BTC
from tests.engine.kept_journal import KeptJournal
from tests.engine.still_market import StillMarket

pytestmark = pytest.mark.anyio
LIMITS = RiskLimits(reporting_currency="USDT", max_daily_loss=Decimal(500))
DRAWDOWN = RiskLimits(reporting_currency="USDT", max_drawdown_percent=Decimal(10))
DAY_S = 86_400


class Watched:
    """An account whose worth a test sets, and the halts that come of it."""

    def __init__(
        self, limits: RiskLimits = LIMITS, told: Iterable[JournalEntry] = (), clock: ManualClock | None = None
    ) -> None:
        self.clock = clock or ManualClock()
        self.journal = KeptJournal()
        self.market = StillMarket()
        self.limits = limits
        self.cash, self.coins = Decimal(10_000), Decimal(0)
        self.is_halted = False
        self.halts: list[tuple[str, str]] = []
        self.notices: list[str] = []
        self.watch = LossWatch(
            self.clock,
            self.journal,
            "USDT",
            EquityTrust(self.market, self.clock, "binance"),
            account=self.account,
            limits=lambda: self.limits,
            is_halted=lambda: self.is_halted,
            halt=self.halt,
            notify=self.tell,
        )
        self.watch.restore(told)

    def account(self) -> AccountView:
        mark = self.market.mark(BTC)
        worth = None if mark is None else self.coins * mark
        rows = [BalanceRow(Balance("USDT", self.cash, Decimal(0)), self.cash)]
        if self.coins:
            rows.append(BalanceRow(Balance("BTC", self.coins, Decimal(0)), worth))
        return replace(
            empty_account("USDT"),
            equity=self.cash + (worth or 0),
            balances=tuple(rows),
            unpriced_assets=("BTC",) if self.coins and worth is None else (),
        )

    async def halt(self, reason: str, origin: str) -> None:
        self.halts.append((reason, origin))
        self.switch(TradingState.HALTED, origin)

    def switch(self, state: TradingState, origin: str = "fks resume") -> None:
        """Set the gate, as the journal is told it."""
        self.is_halted = state is TradingState.HALTED
        self.journal.note(TradingStateSet(ts=self.clock.now_ns(), state=state, reason="", origin=origin))

    def tell(self, level: NoticeLevel, title: str, message: str) -> None:
        self.notices.append(message)

    async def worth(self, cash: int, looks: int = 2) -> None:
        """Let equity be so much, and be looked at."""
        self.cash = Decimal(cash)
        for _ in range(looks):
            self.clock.advance(1)
            await self.watch.look()


async def test_a_loss_beyond_its_limit_halts_with_the_numbers() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_500)
    assert desk.halts == []
    await desk.worth(9_499)
    ((reason, origin),) = desk.halts
    assert origin == "the daily loss limit"
    assert "501 USDT is beyond your limit of 500 USDT (risk.max_daily_loss)" in reason
    assert "began the UTC day at 10000 USDT and is 9499" in reason


async def test_one_look_alone_halts_nothing() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_000, looks=1)
    await desk.worth(10_000, looks=1)
    await desk.worth(9_000, looks=1)
    assert desk.halts == []


async def test_the_drawdown_is_counted_from_the_peak() -> None:
    desk = Watched(DRAWDOWN)
    await desk.worth(10_000)
    await desk.worth(20_000)
    await desk.worth(18_000)
    assert desk.halts == []
    assert desk.watch.drawdown_percent == 10
    await desk.worth(17_999)
    assert desk.halts[0][1] == "the drawdown limit"


async def test_drawdown_is_counted_anew_once_a_limit_is_set_where_there_was_none() -> None:
    desk = Watched(LIMITS)
    await desk.worth(10_000)
    desk.limits = replace(LIMITS, max_daily_loss=None)
    await desk.worth(5_000)
    assert desk.watch.drawdown_percent == 50
    desk.limits = DRAWDOWN
    await desk.worth(5_000)
    assert desk.watch.drawdown_percent == 0
    again = Watched(DRAWDOWN, told=[EquityMarked(ts=1, currency="USDT", day_start=Decimal(1), peak=Decimal(9_000))])
    await again.worth(5_000)
    assert len(again.halts) == 1


async def test_a_restart_forgives_no_loss() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_600)
    again = Watched(told=await durable(desk), clock=desk.clock)
    await again.worth(9_499)
    assert len(again.halts) == 1
    from_checkpoint = Watched(told=[Checkpoint(ts=1, equity=desk.watch.marked)], clock=desk.clock)
    await from_checkpoint.worth(9_499)
    assert len(from_checkpoint.halts) == 1


async def test_the_profit_of_the_day_goes_on_over_a_restart_once_equity_is_judged() -> None:
    first = Watched()
    await first.worth(10_000)
    after = Watched(told=await durable(first), clock=first.clock)
    assert after.watch.day_profit(Decimal(9_900)) is None
    await after.worth(9_900)
    assert after.watch.day_profit(Decimal(9_900)) == -100


async def test_a_new_day_begins_anew_and_keeps_the_peak() -> None:
    desk = Watched()
    await desk.worth(10_000)
    again = Watched(told=await durable(desk), clock=desk.clock)
    desk.clock.advance(DAY_S)
    await again.worth(9_000)
    assert again.halts == []
    assert again.watch.day_loss == 0
    assert again.watch.drawdown_percent == 10


async def test_old_prices_judge_nothing() -> None:
    desk = Watched()
    desk.coins = Decimal("0.1")
    await desk.worth(10_000)
    desk.market.stale.add(BTC)
    desk.market.show(BTC, 30_000, 30_001)
    await desk.worth(10_000, looks=70)
    assert desk.halts == []
    assert "the prices of BTC are too old" in desk.watch.doubt
    assert desk.notices == ["losses are not held against their limits: the prices of BTC are too old"]
    desk.market.stale.clear()
    await desk.worth(10_000)
    assert len(desk.halts) == 1


async def test_a_small_holding_with_old_prices_hinders_nothing() -> None:
    desk = Watched()
    desk.coins = Decimal("0.001")
    desk.market.stale.add(BTC)
    await desk.worth(10_000)
    await desk.worth(9_000)
    assert len(desk.halts) == 1


async def test_first_prices_are_waited_for_and_bring_no_profit_later() -> None:
    desk = Watched()
    desk.coins = Decimal("0.1")
    quote = desk.market.quotes.pop(BTC)
    await desk.worth(10_000)
    assert desk.watch.marked is None
    await desk.worth(10_000, looks=61)
    assert desk.watch.marked is not None
    assert desk.watch.marked.day_start == 10_000
    desk.market.quotes[BTC] = quote
    await desk.worth(10_000)
    assert desk.watch.marked.day_start == Decimal("16000.005")
    assert desk.watch.day_loss == 0


async def test_a_loss_that_a_person_resumed_from_halts_again_only_a_tenth_further() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_490)
    assert len(desk.halts) == 1
    await desk.worth(9_480)
    desk.is_halted = False
    await desk.worth(9_480, looks=5)
    assert len(desk.halts) == 1
    assert "it halts again beyond 570 USDT" in desk.notices[0]
    await desk.worth(9_430)
    assert len(desk.halts) == 1
    await desk.worth(9_429)
    assert len(desk.halts) == 2


async def test_after_it_has_recovered_the_limit_itself_counts_again() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_490)
    await desk.worth(9_490)
    desk.is_halted = False
    await desk.worth(9_490)
    await desk.worth(9_600)
    await desk.worth(9_490)
    assert len(desk.halts) == 2


async def test_a_limit_that_is_set_anew_is_judged_anew() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_490)
    await desk.worth(9_490)
    desk.is_halted = False
    await desk.worth(9_490)
    desk.limits = replace(LIMITS, max_daily_loss=Decimal(505))
    await desk.worth(9_490)
    assert len(desk.halts) == 2


async def test_a_restart_after_a_person_resumed_does_not_halt_again_at_once() -> None:
    desk = Watched()
    await desk.worth(10_000)
    await desk.worth(9_490)
    now = desk.clock.now_ns()
    told = [
        *await durable(desk),
        TradingStateSet(ts=now, state=TradingState.HALTED, reason="", origin="the daily loss limit"),
        TradingStateSet(ts=now, state=TradingState.ACTIVE, reason="", origin="fks resume"),
    ]
    again = Watched(told=told, clock=desk.clock)
    await again.worth(9_490, looks=5)
    assert again.halts == []
    await again.worth(9_400)
    assert len(again.halts) == 1


async def test_a_rising_peak_is_written_once_a_minute() -> None:
    desk = Watched()
    for step in range(180):
        await desk.worth(10_000 + step, looks=1)
    marks = [entry for entry in await durable(desk) if isinstance(entry, EquityMarked)]
    assert 3 <= len(marks) <= 4
    assert marks[-1].peak > 10_100
    assert marks[0].ts < marks[-1].ts - 60 * NANOS


async def durable(desk: Watched) -> list[JournalEntry]:
    """All that the journal would tell after a restart."""
    await desk.journal.record()
    return desk.journal.durable


async def test_a_limit_that_could_never_be_held_against_anything_says_so_after_a_minute() -> None:
    desk = Watched()
    desk.account = lambda: empty_account("USDT")  # type: ignore[method-assign]
    desk.watch._account = desk.account
    await desk.worth(10_000, looks=100)
    assert [message for message in desk.notices if "losses are not held" in message] == [
        "losses are not held against their limits: the balances are not known yet"
    ]
