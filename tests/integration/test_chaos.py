"""The chaos rig itself, for two deaths; what its seeds stand for, and what it makes of differences."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import pytest

from tests.chaos.agreement import sums
from tests.chaos.engine import POINTS
from tests.chaos.plan import FAULTS, ExchangeDeath, planned
from tests.chaos.run import chaos
from tests.chaos.tally import Tally, kind_of
from tests.soak.run import SYMBOLS

RUNS = 2
SEED = 27


@pytest.mark.anyio
@pytest.mark.timeout(300)
async def test_an_engine_that_dies_among_faults_loses_nothing() -> None:
    told: list[str] = []
    tally = await chaos(RUNS, SEED, told.append, parallel=RUNS)
    assert tally.holds, told
    assert tally.runs == RUNS
    assert sum(tally.died.values()) == RUNS, told
    assert tally.orders, told


def test_twenty_runs_meet_each_point_twice_and_twenty_faults() -> None:
    plans = [planned(seed, SYMBOLS) for seed in range(77, 97)]
    assert Counter(plan.point for plan in plans) == dict.fromkeys(POINTS, 2)
    assert len({plan.fault for plan in plans}) == 20


def test_three_hundred_runs_meet_each_point_thirty_times_and_each_fault_four_times_at_several_points() -> None:
    plans = [planned(seed, SYMBOLS) for seed in range(1, 301)]
    assert Counter(plan.point for plan in plans) == dict.fromkeys(POINTS, 30)
    faults = Counter(plan.fault for plan in plans)
    assert faults.keys() == set(FAULTS)
    assert min(faults.values()) >= 4
    assert all(len({plan.point for plan in plans if plan.fault == fault}) >= 4 for fault in FAULTS)


def test_a_seed_is_a_run() -> None:
    for seed in range(100):
        plan = planned(seed, SYMBOLS)
        assert plan == planned(seed, SYMBOLS)
        assert (plan.episode is None) <= (plan.exchange_death is not ExchangeDeath.NEVER)


def test_trades_add_up_to_what_is_held_and_paid_after_fees() -> None:
    bought = {"qty": "2", "price": "10", "isBuyer": True, "commission": "0.002", "commissionAsset": "BTC"}
    sold = {"qty": "1", "price": "12", "isBuyer": False, "commission": "0.012", "commissionAsset": "USDT"}
    found = sums({("BTCUSDT", "1"): bought, ("BTCUSDT", "2"): sold})
    assert found == {"BTCUSDT": (Decimal("0.998"), Decimal("-8.012"))}


def test_differences_are_told_apart() -> None:
    assert kind_of("fks-1 was sent 2 times", "order ends == exchange's") == "duplicates"
    assert kind_of("fill ('BTCUSDT', '1') was booked 2 times in the journal", "journal == exchange") == "duplicates"
    assert kind_of("fks-1 not known to the engine", "order ends == exchange's") == "orphans"
    assert kind_of("fks-1 not known to the journal", "journal == exchange") == "orphans"
    assert kind_of("fks-1 is taken for somebody else's", "order ends == exchange's") == "orphans"
    assert kind_of("fks-1 only at the exchange", "working orders == open orders") == "orphans"
    assert kind_of("('BTCUSDT', '1') only at the exchange: {}", "fills == myTrades, each once") == "lost_fills"
    assert kind_of("fill ('BTCUSDT', '1') not known to the journal", "journal == exchange") == "lost_fills"
    assert kind_of("USDT: 1, there 2", "balances equal") == "differences"


def test_one_difference_is_enough_and_the_last_line_says_which() -> None:
    tally = Tally(runs=3)
    assert tally.holds
    tally.add_wrong("fks-1 was sent 2 times", "everything once")
    assert not tally.holds
    assert tally.line() == "runs 3 duplicates 1 orphans 0 lost_fills 0 differences 0"
