"""Equity over time."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from fks_engine.clock import NANOS
from fks_engine.portfolio.equity import MOST_POINTS, EquityHistory

DAY = 86_400
MIDNIGHT = 1_700_006_400
"""2023-11-15 00:00 UTC."""


def add(history: EquityHistory, seconds: int, equity: int, newly_priced: int = 0) -> None:
    history.add(seconds * NANOS, Decimal(equity), Decimal(newly_priced))


def test_the_days_profit_counts_from_the_start_and_then_from_midnight() -> None:
    history = EquityHistory()
    assert history.day_profit is None
    add(history, MIDNIGHT - 100, 1_000)
    add(history, MIDNIGHT - 50, 1_010)
    assert history.day_profit == 10
    add(history, MIDNIGHT, 1_012)
    assert history.day_profit == 0
    add(history, MIDNIGHT + DAY - 1, 1_000)
    assert history.day_profit == -12


def test_what_gets_its_first_price_is_no_profit() -> None:
    history = EquityHistory()
    add(history, MIDNIGHT, 1_000)
    add(history, MIDNIGHT + 1, 61_005, newly_priced=60_000)
    assert history.day_profit == 5


@given(st.lists(st.integers(1, 500), min_size=1, max_size=2_000))
def test_the_curve_stays_bounded_and_keeps_its_ends(gaps: list[int]) -> None:
    history = EquityHistory()
    now = MIDNIGHT
    for number, gap in enumerate(gaps):
        now += gap
        add(history, now, number)
        assert len(history.curve) <= MOST_POINTS
    times = [ts for ts, _ in history.curve]
    assert times == sorted(set(times))
    assert times[0] == (MIDNIGHT + gaps[0]) * NANOS
    assert history.curve[-1] == (now * NANOS, float(len(gaps) - 1))


def test_a_long_curve_is_evenly_thinned() -> None:
    history = EquityHistory()
    for second in range(40_000):
        add(history, MIDNIGHT + second, second)
    times = [ts // NANOS for ts, _ in history.curve]
    gaps = [later - earlier for earlier, later in pairwise(times[1:-1])]
    assert len(times) > MOST_POINTS // 3
    assert max(gaps) <= 2 * min(gaps)
