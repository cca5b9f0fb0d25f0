"""The request budget, with a clock that the test turns."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.clock import NANOS, ManualClock
from fks_engine.resilience.budget import Need, Priority, RateBudget, Window

MINUTE_START = 28_333_334 * 60 * NANOS
"""A whole minute of the exchange's clock."""


def a_budget(seconds_into_the_minute: float = 10.0, **limits: int) -> tuple[RateBudget, ManualClock]:
    clock = ManualClock(MINUTE_START + int(seconds_into_the_minute * NANOS))
    budget = RateBudget(clock, reserve_percent=25)
    budget.weight.limit = limits.get("weight", 100)
    budget.orders.limit = limits.get("orders", 5)
    return budget, clock


def market(weight: int) -> Need:
    return Need(Priority.MARKET, weight)


def spend(budget: RateBudget, need: Need) -> None:
    """Send something that is answered at once."""
    budget.spend(need)
    budget.settle(need)


def test_the_reserve_is_for_orders_and_the_last_of_it_for_cancels() -> None:
    budget, _ = a_budget()
    spend(budget, market(75))
    assert budget.wait_s(market(1)) > 0
    assert budget.wait_s(Need(Priority.ACCOUNT, 1)) > 0
    assert budget.wait_s(Need(Priority.ORDER, 20)) == 0
    assert budget.wait_s(Need(Priority.ORDER, 21)) > 0
    assert budget.wait_s(Need(Priority.CANCEL, 25)) == 0
    assert budget.wait_s(Need(Priority.CANCEL, 26)) > 0
    assert budget.reserved == 25


def test_a_new_minute_of_the_exchange_gives_the_weight_back_after_a_moment() -> None:
    budget, clock = a_budget(59.0)
    spend(budget, market(75))
    assert budget.wait_s(market(10)) == pytest.approx(1.5)
    clock.advance(1.1)
    assert budget.wait_s(market(10)) == pytest.approx(0.4)
    clock.advance(0.41)
    assert budget.wait_s(market(10)) == 0
    assert budget.weight.counted(budget.now_ns()) == 0


def test_minutes_are_the_exchanges_not_ours() -> None:
    budget, clock = a_budget(30.0)
    budget.correct_clock(29 * NANOS)
    spend(budget, market(75))
    clock.advance(1.6)
    assert budget.wait_s(market(75)) == 0


def test_a_clock_that_is_set_back_gives_nothing_back() -> None:
    budget, _ = a_budget(5.0)
    spend(budget, market(75))
    budget.correct_clock(-3_600 * NANOS)
    assert budget.wait_s(market(1)) > 0


def test_what_others_on_the_address_use_is_learnt_from_the_headers() -> None:
    budget, _ = a_budget()
    on_its_way, answered = market(10), market(5)
    budget.spend(on_its_way)
    budget.spend(answered)
    budget.observe({"X-MBX-USED-WEIGHT-1M": "40"}, answered)
    budget.settle(answered)
    assert budget.weight.used == 50, "the one on its way may not be in the exchange's count"
    budget.observe({"x-mbx-used-weight-1m": "nonsense"}, on_its_way)
    budget.settle(on_its_way)
    assert budget.weight.used == 50


def test_the_count_of_orders_may_fall_when_some_were_filled() -> None:
    budget, clock = a_budget(11.0)
    order = Need(Priority.ORDER, 1, 1)
    for _ in range(5):
        spend(budget, order)
    assert budget.wait_s(order) == pytest.approx(9.5)
    assert budget.weight_wait_s(order) == 0
    budget.observe({"X-MBX-ORDER-COUNT-10S": "2", "X-MBX-ORDER-COUNT-1D": "2"}, order)
    assert budget.wait_s(order) == 0
    spend(budget, order)
    clock.advance(10)
    assert budget.orders.counted(budget.now_ns()) == 0
    assert budget.orders_day.counted(budget.now_ns()) > 0


def test_limits_are_those_that_the_exchange_lists() -> None:
    budget, _ = a_budget()
    budget.learn(
        [
            {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 1_200},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 50},
            {"rateLimitType": "ORDERS", "interval": "DAY", "intervalNum": 1, "limit": 160_000},
            {"rateLimitType": "RAW_REQUESTS", "interval": "MINUTE", "intervalNum": 5, "limit": 6_100},
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": "many"},
            {},
        ]
    )
    assert [budget.weight.limit, budget.orders.limit, budget.orders_day.limit] == [1_200, 50, 160_000]


def test_a_ban_holds_for_everybody_until_it_is_over() -> None:
    budget, clock = a_budget()
    budget.refused(retry_after_s=42)
    assert budget.banned_for_s == pytest.approx(42)
    assert {budget.wait_s(Need(priority, 1)) for priority in Priority} == {42.0}
    clock.advance(42)
    assert budget.banned_for_s is None
    assert budget.wait_s(Need(Priority.CANCEL, 1)) == 0


def test_a_ban_ends_when_the_exchange_says_or_with_the_minute() -> None:
    budget, _ = a_budget(10.0)
    budget.refused(until_ms=(MINUTE_START + 130 * NANOS) // 1_000_000)
    assert budget.banned_for_s == pytest.approx(120)
    silent, _ = a_budget(10.0)
    silent.refused()
    assert silent.banned_for_s == pytest.approx(50.5)
    endless, _ = a_budget()
    endless.refused(retry_after_s=1e12)
    assert endless.banned_for_s == pytest.approx(259_200)
    endless.refused(retry_after_s=0)
    assert endless.banned_for_s == pytest.approx(259_200), "a shorter word does not end a longer ban"


def test_too_many_orders_stop_orders_only() -> None:
    budget, clock = a_budget()
    budget.orders_refused()
    assert budget.wait_s(Need(Priority.ORDER, 1, 1)) > 0
    assert budget.wait_s(Need(Priority.CANCEL, 1)) == 0
    assert budget.wait_s(market(1)) == 0
    clock.advance(10.5)
    assert budget.wait_s(Need(Priority.ORDER, 1, 1)) == 0


def test_what_is_more_than_the_whole_share_waits_for_an_empty_minute() -> None:
    budget, clock = a_budget(0.0, weight=20)
    clock.advance(1)
    assert budget.wait_s(market(250)) == 0
    spend(budget, market(1))
    assert budget.wait_s(market(250)) > 0


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 30), st.integers(0, 20_000)), max_size=60),
    st.integers(-400, 400),
)
def test_no_minute_of_the_exchange_ever_takes_more_than_the_limit(
    requests: list[tuple[int, int, int]], skew_ms: int
) -> None:
    """Whatever is asked and when, with a clock that is wrong by less than the guard."""
    budget, clock = a_budget(0.0, weight=100)
    exchange = Window(100, 60)
    for priority, weight, pause_ms in requests:
        clock.advance(pause_ms / 1_000)
        need = Need(Priority(priority), weight)
        if budget.wait_s(need) == 0:
            spend(budget, need)
            exchange.add(weight, clock.now_ns() + skew_ms * 1_000_000)
            if skew_ms > 0:
                budget.observe({"x-mbx-used-weight-1m": str(exchange.used)}, need)
            assert exchange.used <= 100
