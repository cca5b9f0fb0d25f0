"""Balances held against the last known ones and the fills since."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fks_engine.journal.codec import encoded
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

    def in_short(self) -> list[JournalEntry]:
        """What the journal is told of it: of balances only what is new."""
        known, told = KnownBalances(), []
        for entry in self.entries:
            known.restore([entry] if isinstance(entry, FillTaken) else [])
            short = known.take_in_short(entry) if isinstance(entry, BalancesTaken) else entry
            told += [] if short is None else [short]
        return told

    def restarted(self) -> KnownBalances:
        """What an engine knows that died at any entry of its journal, once it has read all fills."""
        entries = self.entries if self.dice.random() < 0.3 else self.in_short()
        kept = entries[: self.dice.randint(1, len(entries))]
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


class TestInShort:
    HELD = (a_balance("BTC", 1), a_balance("ETH", 2), a_balance("USDT", 10_000))

    def told(self, known: KnownBalances, *balances: Balance, after_s: int) -> list[tuple[str, str]] | None:
        ts = NOW + after_s * 1_000 * MS
        short = known.take_in_short(BalancesTaken(ts=ts, balances=BalancesChanged(balances, True, ts, ts)))
        if short is None:
            return None
        assert short.balances.complete is (short.balances.balances == balances)
        return [(each.asset, str(each.total)) for each in short.balances.balances]

    def test_the_journal_is_told_all_at_first_and_then_nothing_that_it_knows(self) -> None:
        known = KnownBalances()
        assert self.told(known, *self.HELD, after_s=0) == [("BTC", "1"), ("ETH", "2"), ("USDT", "10000")]
        assert self.told(known, *self.HELD, after_s=60) is None
        assert self.told(known, self.HELD[0], a_balance("USDT", 9_000), after_s=120) == [("ETH", "0"), ("USDT", "9000")]
        assert known.since_ts == NOW + 120_000 * MS

    def test_all_is_told_again_once_an_hour_so_that_old_fills_are_let_go_of(self) -> None:
        known = KnownBalances()
        told = [self.told(known, *self.HELD, after_s=60 * minute) for minute in range(121)]
        assert [minute for minute, each in enumerate(told) if each is not None] == [0, 60, 120]

    def test_an_asset_that_a_fill_touched_is_told_though_its_balance_is_the_same(self) -> None:
        known = KnownBalances()
        self.told(known, *self.HELD, after_s=0)
        known.take_fill(a_fill(quantity="0.1", price="60000", ts_event=NOW + 1))
        assert self.told(known, *self.HELD, after_s=60) == [("BTC", "1"), ("USDT", "10000")]
        assert self.told(known, *self.HELD, after_s=120) is None

    def test_the_audits_of_an_hour_take_little_room_for_four_hundred_assets(self) -> None:
        known, sizes = KnownBalances(), []
        balances = tuple(a_balance(f"ASSET{number}", f"{number}.12345678") for number in range(400))
        for minute in range(60):
            ts = NOW + minute * 60_000 * MS
            short = known.take_in_short(BalancesTaken(ts=ts, balances=BalancesChanged(balances, True, ts, ts)))
            sizes += [] if short is None else [len(encoded(short))]
        assert len(sizes) == 1
        assert sizes[0] < 20_000
