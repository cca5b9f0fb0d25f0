"""Balances held against the exchange's while the engine runs."""

from __future__ import annotations

from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import DifferenceKind
from fks_engine.clock import ManualClock
from fks_engine.engine import account
from fks_engine.engine.account import Sources, build_reader
from fks_engine.engine.reconciliation import Reconciliation
from fks_engine.errors import ExchangeUnavailable
from fks_engine.model import Balance, BalancesChanged, BalancesTaken, Fill, InstrumentId
from fks_engine.portfolio import Portfolio
from fks_engine.ports import Unkept
from fks_engine.resilience import Backoff
from tests.engine.builders import BTC, NOW, a_balance, a_fill
from tests.engine.orders.desk import OrderDesk
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillMarket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio
MS = 1_000_000


class TellingExchange(ScriptedExchange):
    """Tells the balances that a test sets, and counts how often it was asked for them."""

    def __init__(self) -> None:
        super().__init__()
        self.balances: tuple[Balance, ...] = (a_balance("BTC", 1), a_balance("USDT", 10_000))
        self.ts = NOW
        self.questions = 0
        self.answered = anyio.Event()

    async def fetch_balances(self) -> BalancesChanged:
        self.questions += 1
        self.answered.set()
        self.answered = anyio.Event()
        return BalancesChanged(self.balances, True, self.ts, self.ts)

    async def fetch_fills(
        self, instrument_id: InstrumentId, since_ts: int | None = None, from_trade_id: str | None = None
    ) -> tuple[Fill, ...]:
        return tuple(fill for fill in self.fills if fill.instrument_id == instrument_id)

    def becomes(self, *balances: Balance) -> None:
        self.balances = balances
        self.ts += MS


class Watching:
    """An account reader that audits all the time."""

    def __init__(self) -> None:
        desk = OrderDesk()
        self.bus, self.exchange, clock = desk.bus, TellingExchange(), ManualClock()
        self.portfolio = Portfolio(StillMarket(), desk.bus, clock, "USDT", exchange_name="binance")
        self.record = Reconciliation(clock, Unkept(), lambda *told: None)
        self.reader = build_reader(
            Sources(self.exchange, desk.manager, self.portfolio, desk.bus, clock, Unkept()),
            self.record,
            on_ready=lambda: None,
            listed=lambda: (BTC,),
            backoff=Backoff(0.01, 0.02),
        )

    async def audited(self, times: int = 3) -> None:
        """Let so many audits pass."""
        wanted = self.exchange.questions + times
        with anyio.fail_after(10):
            while self.exchange.questions < wanted:
                await self.exchange.answered.wait()
            await anyio.wait_all_tasks_blocked()

    def told(self) -> list[tuple[DifferenceKind, str, str, str]]:
        return [(each.kind, each.subject, each.ours, each.theirs) for each in self.record.view().differences]


@pytest.fixture
async def watching(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watching]:
    monkeypatch.setattr(account, "COMPARE_EVERY_S", 0.02)
    monkeypatch.setattr(account, "QUIET_S", 0.02)
    monkeypatch.setattr(account, "LOOK_AGAIN_S", (0.0, 0.01))
    async with opened(Watching()) as found:
        yield found


@asynccontextmanager
async def opened(found: Watching) -> AsyncIterator[Watching]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(found.reader.run, [BTC])
        found.reader.request()
        await found.audited()
        assert found.reader.ready
        yield found
        tasks.cancel_scope.cancel()


async def test_while_all_agrees_nothing_is_told_and_the_time_of_the_audit_is_kept(watching: Watching) -> None:
    await watching.audited()
    assert watching.told() == []
    assert watching.record.balances_audited_ts is not None


async def test_a_deposit_that_no_stream_told_is_noted_once_and_taken_without_shutting_the_gate(
    watching: Watching,
) -> None:
    watching.exchange.becomes(a_balance("BTC", "3.5"), a_balance("USDT", 10_000))
    await watching.audited(8)
    assert watching.told() == [(DifferenceKind.BALANCE, "BTC", "1", "3.5")]
    assert "nobody told why" in watching.record.view().differences[0].explanation
    assert watching.record.stops == ()
    assert watching.portfolio.balance("BTC").total == Decimal("3.5")


async def test_a_trade_that_no_stream_told_is_found_by_its_balances_and_booked_once(watching: Watching) -> None:
    watching.exchange.fills.append(a_fill(quantity="0.1", price="60000", ts_event=NOW + MS))
    watching.exchange.becomes(a_balance("BTC", "1.1"), a_balance("USDT", 4_000))
    await watching.audited(8)
    kinds = sorted((kind, subject) for kind, subject, _, _ in watching.told())
    assert kinds == [
        (DifferenceKind.BALANCE, "BTC"),
        (DifferenceKind.BALANCE, "USDT"),
        (DifferenceKind.POSITION, "BTC/USDT"),
    ]
    assert watching.portfolio.position(BTC).quantity == Decimal("0.1")
    assert all(each.explanation and not each.remedy for each in watching.record.view().differences)


async def test_what_the_stream_tells_in_time_is_no_difference(watching: Watching) -> None:
    told = (a_balance("BTC", 2), a_balance("USDT", 10_000))
    watching.bus.balances.publish(BalancesChanged((told[0],), False, NOW + MS, NOW + MS))
    watching.exchange.becomes(*told)
    await watching.audited(4)
    assert watching.told() == []


@pytest.mark.parametrize("is_mended", [False, True], ids=["accepted", "taken back"])
async def test_a_difference_of_the_start_goes_once_it_is_accepted_or_the_balance_is_as_it_was(
    monkeypatch: pytest.MonkeyPatch, *, is_mended: bool
) -> None:
    monkeypatch.setattr(account, "COMPARE_EVERY_S", 0.02)
    monkeypatch.setattr(account, "LOOK_AGAIN_S", (0.0, 0.01))
    started = Watching()
    known = BalancesChanged((a_balance("BTC", 1), a_balance("USDT", 9_000)), True, NOW - MS, NOW - MS)
    started.reader.watch.restore([BalancesTaken(ts=NOW - MS, balances=known)])
    async with opened(started):
        (stop,) = started.record.stops
        assert (stop.subject, stop.ours, stop.theirs) == ("USDT", "9000", "10000")
        if is_mended:
            started.exchange.becomes(a_balance("BTC", 1), a_balance("USDT", 9_000))
        else:
            started.record.accept((stop.number,))
        await started.audited(4)
        assert started.record.stops == ()
        assert len(started.told()) == (0 if is_mended else 1)
        assert started.reader.watch.known.since_ts == started.exchange.ts


async def test_a_difference_is_not_swallowed_where_the_exchange_falls_silent_while_it_is_looked_into(
    watching: Watching, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, failures = watching.exchange.fetch_fills, [ExchangeUnavailable("away")]

    async def once_away(instrument_id: InstrumentId) -> tuple[Fill, ...]:
        if failures:
            raise failures.pop()
        return await answers(instrument_id)

    monkeypatch.setattr(watching.exchange, "fetch_fills", lambda instrument_id, *_: once_away(instrument_id))
    watching.exchange.becomes(a_balance("BTC", "3.5"), a_balance("USDT", 10_500))
    await watching.audited(10)
    assert not failures
    assert sorted(subject for _, subject, _, _ in watching.told()) == ["BTC", "USDT"]
