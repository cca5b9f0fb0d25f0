"""Balances held against the last known ones and the fills since."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.model import (
    Balance,
    BalancesChanged,
    BalancesTaken,
    Checkpoint,
    Fill,
    FillTaken,
    InstrumentId,
    JournalEntry,
    Side,
)
from fks_engine.portfolio.balance_check import KnownBalances, effects
from tests.engine.builders import BTC, ETH, NOW, a_balance, a_fill

MS = 1_000_000
ASSETS = ("BTC", "ETH", "USDT", "BNB")


class Account:
    """An exchange account that trades at random, and what a listener with gaps writes into its journal."""

    def __init__(self, seed: int) -> None:
        self.dice = random.Random(seed)
        self.now = NOW
        self.totals = dict.fromkeys(ASSETS, Decimal(1000))
        self.fills: list[Fill] = []
        self.ids = {BTC: 0, ETH: 0}
        self.entries: list[JournalEntry] = [self.snapshot()]

    def snapshot(self) -> BalancesTaken:
        balances = tuple(a_balance(asset, total) for asset, total in self.totals.items())
        return BalancesTaken(ts=self.now, balances=BalancesChanged(balances, True, self.now, self.now))

    def operate(self, *, is_heard: bool) -> None:
        """One order that fills in a few pieces of one millisecond, told in the order or the other way round."""
        self.now += self.dice.choice((0, 0, 1, 7, 900)) * MS
        market = self.dice.choice((BTC, ETH))
        told: list[JournalEntry] = []
        for _ in range(self.dice.randint(1, 3)):
            fill = self._fill(market)
            for asset, change in effects(fill).items():
                self.totals[asset] += change
            self.fills.append(fill)
            told.append(FillTaken(ts=self.now, fill=fill))
        changed = {asset for fill in told if isinstance(fill, FillTaken) for asset in effects(fill.fill)}
        balances = tuple(Balance(asset, self.totals[asset], Decimal(0)) for asset in sorted(changed))
        position = BalancesTaken(ts=self.now, balances=BalancesChanged(balances, False, self.now, self.now))
        told.insert(self.dice.choice((0, len(told))), position)
        if is_heard:
            self.entries += told
        if self.dice.random() < 0.1 and is_heard:
            self.entries.append(self.snapshot())

    def _fill(self, market: InstrumentId) -> Fill:
        self.ids[market] += 1
        return a_fill(
            self.dice.choice((Side.BUY, Side.SELL)),
            Decimal(self.dice.randint(1, 300)).scaleb(-4),
            Decimal(self.dice.randint(10_000, 90_000)).scaleb(-2),
            fee=Decimal(self.dice.randint(0, 99)).scaleb(-8),
            fee_asset=self.dice.choice((market.partition(":")[2].split("/")[0], "USDT", "BNB")),
            trade_id=str(self.ids[market]),
            instrument_id=market,
            ts_event=self.now,
        )

    def restarted(self) -> KnownBalances:
        """What an engine knows that died at any entry of its journal, once it has read all fills."""
        kept = self.entries[: self.dice.randint(1, len(self.entries))]
        known = KnownBalances()
        known.restore(kept)
        if self.dice.random() < 0.3:
            again = KnownBalances()
            told = tuple(entry.fill for entry in kept if isinstance(entry, FillTaken))
            again.restore([Checkpoint(ts=self.now, fills=told, balances=known.checkpoint())])
            known = again
        for fill in self.fills:
            known.take_fill(fill)
        return known


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 25), st.integers(0, 6))
def test_fills_explain_every_change_wherever_the_journal_ends(seed: int, heard: int, missed: int) -> None:
    account = Account(seed)
    for _ in range(heard):
        account.operate(is_heard=True)
    for _ in range(missed):
        account.operate(is_heard=False)
    compared = account.restarted().compare(account.snapshot().balances)
    assert [each for each in compared if not each.is_explained] == []


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.integers(0, 15), st.integers(0, 4), st.sampled_from(ASSETS), st.booleans())
def test_a_deposit_or_a_withdrawal_is_never_explained(
    seed: int, heard: int, missed: int, asset: str, is_deposit: bool
) -> None:
    account = Account(seed)
    for _ in range(heard):
        account.operate(is_heard=True)
    for _ in range(missed):
        account.operate(is_heard=False)
    sum_of_no_fills = Decimal("123.456789123")
    account.totals[asset] += sum_of_no_fills if is_deposit else -sum_of_no_fills
    compared = account.restarted().compare(account.snapshot().balances)
    assert [each.asset for each in compared if not each.is_explained] == [asset]


def known_of(*balances: Balance, ts: int = NOW) -> KnownBalances:
    known = KnownBalances()
    known.take(BalancesTaken(ts=ts, balances=BalancesChanged(balances, True, ts, ts)))
    return known


def now_of(*balances: Balance, ts: int = NOW + MS) -> BalancesChanged:
    return BalancesChanged(balances, True, ts, ts)


def test_nothing_is_compared_before_balances_were_ever_known() -> None:
    known = KnownBalances()
    assert known.since_ts is None
    assert known.compare(now_of(a_balance("BTC", 1))) == ()


def test_a_comparison_tells_what_we_expected() -> None:
    known = known_of(a_balance("BTC", 1), a_balance("USDT", 10_000))
    assert known.take_fill(a_fill(quantity="0.1", price="60000", ts_event=NOW + 1))
    (compared,) = known.compare(now_of(a_balance("BTC", "2.1"), a_balance("USDT", 4_000)))[:1]
    assert [str(each) for each in (compared.known, compared.ours, compared.theirs)] == ["1", "1.1", "2.1"]
    assert (compared.fills, compared.is_explained) == (1, False)


def test_an_asset_that_is_gone_from_a_complete_statement_is_zero() -> None:
    (compared,) = known_of(a_balance("BTC", 1)).compare(now_of())
    assert (compared.theirs, compared.is_explained) == (Decimal(0), False)


def test_moving_between_free_and_locked_changes_nothing() -> None:
    assert known_of(a_balance("USDT", 100)).compare(now_of(a_balance("USDT", 40, 60))) == ()


def test_fills_told_after_the_exchanges_clock_was_turned_back_count_as_later() -> None:
    known = known_of(a_balance("BTC", 1), a_balance("USDT", 10_000))
    known.take_fill(a_fill(quantity="0.1", price="60000", ts_event=NOW - 20_000 * MS))
    compared = known.compare(now_of(a_balance("BTC", "1.1"), a_balance("USDT", 4_000), ts=NOW - 19_000 * MS))
    assert all(each.is_explained for each in compared)


def test_what_the_exchange_rounds_beyond_eight_places_is_no_difference() -> None:
    known = known_of(a_balance("USDT", 10))
    known.take_fill(a_fill(quantity="0.00001", price="0.0001234", ts_event=NOW + 1))
    (compared,) = known.compare(now_of(a_balance("USDT", "9.99999999"), a_balance("BTC", "0.00001")))[1:]
    assert (compared.asset, compared.is_explained) == ("USDT", True)


@pytest.mark.parametrize("age_ms", [1, 4_000])
def test_a_balance_that_was_overtaken_is_not_known(age_ms: int) -> None:
    known = known_of(a_balance("BTC", 1))
    for total, ts in ((3, NOW + 10_000 * MS), (2, NOW + (10_000 - age_ms) * MS)):
        change = BalancesChanged((a_balance("BTC", total),), False, ts, ts)
        known.take(BalancesTaken(ts=ts, balances=change))
    assert known.compare(now_of(a_balance("BTC", 3), ts=NOW + 20_000 * MS)) == ()


def test_fills_that_every_known_balance_holds_are_let_go_of() -> None:
    known = known_of(a_balance("BTC", 1))
    for number in range(10):
        known.take_fill(a_fill(trade_id=str(number), ts_event=NOW + number))
    known.take(BalancesTaken(ts=NOW, balances=now_of(a_balance("BTC", 2), ts=NOW + 3_600_000 * MS)))
    assert known._fills == {}
