"""A symbol's public memory: the last day, other windows and the average price."""

from __future__ import annotations

from decimal import Decimal

from fks_engine.simulator.intervals import DAY_MS, MINUTE_MS
from fks_engine.simulator.tape import KEPT_TRADES, MOST_WINDOWS, Tape
from tests.engine.simulator.builders import BTC
from tests.engine.simulator.test_candles import MONDAY_MS, flat_history, trade
from tests.engine.simulator.test_seconds import floats


def started() -> Tape:
    tape = Tape(BTC, flat_history)
    tape.begin(MONDAY_MS, Decimal(101))
    return tape


def test_the_last_day_joins_history_and_trades() -> None:
    tape = started()
    tape.add(trade(MONDAY_MS + 5_000, "110", "3"))
    day = tape.day(MONDAY_MS + 6_000)
    assert floats(day.open, day.high, day.low, day.last) == [100, 110, 99, 110]
    assert floats(day.volume, day.trades) == [2 * 1_439 + 3, 4 * 1_439 + 1]
    assert (day.open_ms, day.close_ms) == (MONDAY_MS + 6_000 - DAY_MS, MONDAY_MS + 6_000)


def test_a_minute_that_leaves_the_window_no_longer_counts() -> None:
    tape = started()
    tape.add(trade(MONDAY_MS, "110", "3"))
    assert tape.window(5, MONDAY_MS + 4 * MINUTE_MS).high == 110
    later = tape.window(5, MONDAY_MS + 5 * MINUTE_MS)
    assert floats(later.high, later.volume, later.last) == [110, 0, 110]
    assert later.open_ms == MONDAY_MS + MINUTE_MS


def test_a_window_reaches_into_days_of_history() -> None:
    tape = Tape(BTC, flat_history)
    tape.begin(MONDAY_MS + 2 * DAY_MS, Decimal(101))
    week = tape.window(7 * 1_440, MONDAY_MS + 2 * DAY_MS)
    assert floats(week.open, week.volume) == [100, 2 * 3 * 1_440]


def test_the_average_price_is_that_of_five_minutes() -> None:
    tape = started()
    assert tape.average_price() == 101
    for minute, price in ((0, "100"), (3, "110"), (6, "120")):
        tape.add(trade(MONDAY_MS + minute * MINUTE_MS, price))
    assert tape.average_price() == 115


def test_memory_is_bounded() -> None:
    tape = started()
    for number in range(2 * KEPT_TRADES):
        tape.add(trade(MONDAY_MS + number, "100"))
    for minutes in range(1, 4 * MOST_WINDOWS):
        tape.window(minutes, MONDAY_MS + 10_000)
    assert len(tape.trades) == KEPT_TRADES
    assert len(tape._pasts) == MOST_WINDOWS
