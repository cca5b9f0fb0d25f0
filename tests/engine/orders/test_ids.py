"""Client order ids."""

from __future__ import annotations

import re

from fks_engine.clock import ManualClock
from fks_engine.orders.ids import ClientOrderIds, is_ours

BINANCE = re.compile(r"^[\.A-Z\:/a-z0-9_-]{1,36}$")


def test_ids_fit_binance_and_are_recognised_as_ours() -> None:
    ids = ClientOrderIds(ManualClock())
    for _ in range(100):
        client_order_id = ids.next()
        assert BINANCE.match(client_order_id)
        assert is_ours(client_order_id)
    assert not is_ours("web_1234")


def test_ids_are_unique_and_sort_by_time_even_while_the_clock_stands() -> None:
    clock = ManualClock()
    ids = ClientOrderIds(clock)
    given: list[str] = []
    for number in range(2_000):
        given.append(ids.next())
        clock.advance(0.0005 * (number % 3))
    assert given == sorted(given)
    assert len(set(given)) == len(given)


def test_ids_go_on_rising_when_the_clock_is_set_back() -> None:
    clock = ManualClock()
    ids = ClientOrderIds(clock)
    before = ids.next()
    clock.advance(-3_600)
    assert ids.next() > before


def test_two_processes_that_start_in_the_same_microsecond_give_different_ids() -> None:
    clock = ManualClock()
    first, second = ClientOrderIds(clock), ClientOrderIds(clock)
    assert {first.next() for _ in range(100)}.isdisjoint({second.next() for _ in range(100)})
