"""Limits set at run time: sane, durable, and never looser than the settings."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.api import Accepted, DenialReason, Denied, SetLimit
from fks_engine.clock import ManualClock
from fks_engine.errors import JournalUnavailable
from fks_engine.model import Checkpoint, InstrumentId, JournalEntry, LimitName, LimitSet, instrument_id
from fks_engine.ports import OrderJournal
from fks_engine.risk import RiskLimits
from fks_engine.risk.limit_book import BOUNDS, CHANGES_KEPT, LimitBook, effective
from tests.engine.builders import BTC, ETH, NOW
from tests.engine.kept_journal import KeptJournal
from tests.engine.risk.scene import LIMITS
from tests.engine.still_market import StillMarket

pytestmark = pytest.mark.anyio
N = LimitName


class FullDisk:
    """A journal that takes nothing."""

    fault = "the disk is full"

    def __init__(self) -> None:
        self.noted: list[JournalEntry] = []

    async def record(self, *entries: JournalEntry) -> None:
        raise JournalUnavailable(self.fault)

    def note(self, *entries: JournalEntry) -> None:
        self.noted += entries


class Shelf:
    """A book of limits at a market, and what its gate was told."""

    def __init__(self, journal: OrderJournal | None = None, setting: RiskLimits = LIMITS) -> None:
        self.journal = journal or KeptJournal()
        self.market = StillMarket()
        self.book = LimitBook(setting, ManualClock(), self.journal)
        self.told: list[RiskLimits] = []
        self.book.watch(self.told.append)

    async def set(self, name: LimitName, value: str | None = None, *markets: InstrumentId) -> Accepted | Denied:
        number = None if value is None else Decimal(value)
        command = SetLimit(name=name, value=number, instrument_ids=markets, origin="Risk screen")
        return await self.book.set(command, self.market.instrument)


async def test_the_stricter_of_setting_and_run_time_holds() -> None:
    shelf = Shelf()
    assert await shelf.set(N.MAX_ORDER_NOTIONAL, "5000") == Accepted()
    assert shelf.told[-1].max_order_notional == 5_000
    assert await shelf.set(N.MAX_ORDER_NOTIONAL, "90000") == Accepted()
    assert shelf.told[-1].max_order_notional == 25_000
    assert await shelf.set(N.MAX_ORDER_NOTIONAL) == Accepted()
    assert shelf.book.limits == LIMITS
    words = [(change.before, change.after, change.origin) for change in shelf.book.changes]
    assert words == [
        ("90000", "none", "Risk screen"),
        ("5000", "90000", "Risk screen"),
        ("none", "5000", "Risk screen"),
    ]


async def test_of_market_lists_what_both_name_holds() -> None:
    shelf = Shelf(setting=replace(LIMITS, instruments=frozenset({BTC, ETH})))
    assert await shelf.set(N.INSTRUMENTS, None, ETH) == Accepted()
    assert shelf.book.limits.instruments == frozenset({ETH})
    assert await shelf.set(N.INSTRUMENTS) == Accepted()
    assert shelf.book.limits.instruments == frozenset({BTC, ETH})


@pytest.mark.parametrize(
    ("name", "value", "markets", "words"),
    [
        (N.MAX_EXPOSURE, "0", (), "goes from 0.01"),
        (N.MAX_EXPOSURE, "NaN", (), "goes from 0.01"),
        (N.MAX_OPEN_ORDERS, "1.5", (), "whole number"),
        (N.MAX_OPEN_ORDERS, "1001", (), "from 1 to 1000"),
        (N.MAX_DRAWDOWN_PERCENT, "101", (), "to 100"),
        (N.MAX_EXPOSURE, "5", (BTC,), "holds for all markets"),
        (N.INSTRUMENTS, "5", (), "no number"),
        (N.INSTRUMENTS, None, (instrument_id("binance", "XYZ/USDT"),), "not listed by the exchange: XYZ/USDT"),
        (N.INSTRUMENTS, None, (BTC,), "no market would be left"),
    ],
)
async def test_a_limit_that_makes_no_sense_is_refused_with_what_to_do(
    name: LimitName, value: str | None, markets: tuple[InstrumentId, ...], words: str
) -> None:
    shelf = Shelf(setting=replace(LIMITS, instruments=frozenset({ETH})))
    denied = await shelf.set(name, value, *markets)
    assert isinstance(denied, Denied)
    assert denied.reason is DenialReason.INVALID_LIMIT
    assert words in denied.message
    assert len(shelf.told) == 1


async def test_limits_outlive_the_engine() -> None:
    journal = KeptJournal()
    shelf = Shelf(journal)
    await shelf.set(N.MAX_EXPOSURE, "700")
    await shelf.set(N.INSTRUMENTS, None, BTC)
    after = Shelf()
    after.book.restore(journal.durable)
    assert after.told[-1] == shelf.book.limits
    assert after.book.changes == shelf.book.changes
    again = Shelf()
    again.book.restore([Checkpoint(ts=NOW, limits=after.book.last_set())])
    assert again.book.limits == shelf.book.limits
    assert [(change.name, change.before) for change in again.book.changes] == [
        (N.INSTRUMENTS, "not known"),
        (N.MAX_EXPOSURE, "not known"),
    ]


async def test_a_looser_limit_holds_only_once_it_is_durable() -> None:
    shelf = Shelf(FullDisk())
    shelf.book.restore([LimitSet(ts=NOW, name=N.MAX_EXPOSURE, value=Decimal(500))])
    denied = await shelf.set(N.MAX_EXPOSURE, "900")
    assert isinstance(denied, Denied)
    assert denied.reason is DenialReason.JOURNAL_UNAVAILABLE
    assert shelf.book.limits.max_exposure == 500
    assert len(shelf.book.changes) == 1


async def test_a_stricter_limit_holds_even_on_a_full_disk_and_says_so() -> None:
    disk = FullDisk()
    shelf = Shelf(disk)
    denied = await shelf.set(N.MAX_EXPOSURE, "900")
    assert isinstance(denied, Denied)
    assert "the stricter limit holds now" in denied.message
    assert shelf.told[-1].max_exposure == 900
    assert len(disk.noted) == 1


async def test_only_the_last_changes_are_kept() -> None:
    shelf = Shelf()
    for value in range(1, CHANGES_KEPT + 5):
        await shelf.set(N.MAX_EXPOSURE, str(value))
    assert len(shelf.book.changes) == CHANGES_KEPT
    assert shelf.book.changes[0].after == str(CHANGES_KEPT + 4)


numbers = st.one_of(st.none(), st.integers(1, 100).map(Decimal))


@given(st.sampled_from(sorted(BOUNDS)), numbers, numbers)
def test_what_holds_is_never_looser_than_either(
    name: LimitName, setting: Decimal | None, at_run_time: Decimal | None
) -> None:
    limits = replace(RiskLimits(reporting_currency="USDT"), **{name.value: setting})  # type: ignore[arg-type]
    held = getattr(effective(limits, {name: LimitSet(ts=NOW, name=name, value=at_run_time)}), name)
    given_ones = [each for each in (setting, at_run_time) if each is not None]
    assert held == (min(given_ones) if given_ones else None)


def test_every_limit_has_bounds_and_a_place_among_the_limits() -> None:
    assert BOUNDS.keys() | {N.INSTRUMENTS} == set(LimitName)
    assert all(hasattr(LIMITS, name) for name in LimitName)
