"""Candles: trades added up, minutes without trades, and every interval out of the minutes."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from fks_engine.simulator.candles import EXACT_MINUTES, KEPT_MINUTES, Candles
from fks_engine.simulator.intervals import DAY_MS, INTERVALS, MINUTE_MS, aggregate, back, begin, begins, following
from fks_engine.simulator.nouns import Candle, PublicTrade

HOUR_MS = 60 * MINUTE_MS
MONDAY_MS = 1_795_392_000_000
"""2026-11-23 00:00 UTC."""


def trade(time_ms: int, price: str, quantity: str = "1", buyer_is_maker: bool = False) -> PublicTrade:
    number = time_ms % 1_000_000
    return PublicTrade("BTCUSDT", number, Decimal(price), Decimal(quantity), buyer_is_maker, time_ms, time_ms)


def flat_history(first_ms: int, end_ms: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Minutes at 100 to 102, volume 2, from a day before MONDAY on."""
    opens = np.arange(max(first_ms, MONDAY_MS - DAY_MS), end_ms, MINUTE_MS, dtype=np.float64)
    rows = np.zeros((len(opens), 10))
    rows[:, 0] = opens
    rows[:, 1:5] = (100, 102, 99, 101)
    rows[:, 5:] = (2, 201, 4, 1, 100.5)
    return rows


def started(price: str = "101") -> Candles:
    candles = Candles(flat_history)
    candles.begin_at(MONDAY_MS, Decimal(price))
    return candles


def everything(candles: Candles, interval: str, limit: int = 1_000) -> list[Candle]:
    return candles.query(interval, *candles.span(interval, None, None, limit), limit)


def test_trades_of_a_minute_add_up() -> None:
    candles = started()
    for price, quantity, sold in (("103", "1", False), ("105", "2", True), ("102", "0.5", False)):
        candles.add(trade(MONDAY_MS + 1_000, price, quantity, sold))
    now = candles.last
    assert now is not None
    assert (now.open, now.high, now.low, now.close) == (Decimal(103), Decimal(105), Decimal(102), Decimal(102))
    assert (now.volume, now.quote_volume, now.trades) == (Decimal("3.5"), Decimal("364.0"), 3)
    assert (now.taker_base, now.taker_quote) == (Decimal("1.5"), Decimal("154.0"))


def test_minutes_without_trades_are_flat() -> None:
    candles = started()
    candles.add(trade(MONDAY_MS, "103"))
    candles.add(trade(MONDAY_MS + 3 * MINUTE_MS, "107"))
    minutes = [c for c in everything(candles, "1m") if c.open_ms >= MONDAY_MS]
    assert [(c.open, c.close, c.trades) for c in minutes] == [
        (Decimal(103), Decimal(103), 1),
        (Decimal(103), Decimal(103), 0),
        (Decimal(103), Decimal(103), 0),
        (Decimal(107), Decimal(107), 1),
    ]


def test_history_and_live_minutes_meet_in_one_hour() -> None:
    candles = Candles(flat_history)
    candles.begin_at(MONDAY_MS + 30 * MINUTE_MS, Decimal(101))
    candles.add(trade(MONDAY_MS + 31 * MINUTE_MS, "110", "5"))
    hour = everything(candles, "1h")[-1]
    assert hour.open_ms == MONDAY_MS
    assert (hour.open, hour.high, hour.close) == (Decimal(100), Decimal(110), Decimal(110))
    assert (hour.volume, hour.trades) == (Decimal(65), 121)


def test_a_query_by_start_and_limit_gives_the_first_ones() -> None:
    candles = started()
    start_ms = MONDAY_MS - 10 * MINUTE_MS + 1
    found = candles.query("1m", *candles.span("1m", start_ms, None, 3), 3)
    assert [c.open_ms for c in found] == [MONDAY_MS - k * MINUTE_MS for k in (9, 8, 7)]


def test_a_query_by_end_gives_the_last_ones_before_it() -> None:
    candles = started()
    found = candles.query("1m", *candles.span("1m", None, MONDAY_MS - 5 * MINUTE_MS, 2), 2)
    assert [c.open_ms for c in found] == [MONDAY_MS - 6 * MINUTE_MS, MONDAY_MS - 5 * MINUTE_MS]


def test_a_watched_interval_closes_once_when_its_time_is_over() -> None:
    candles = started()
    candles.watch("3m")
    candles.add(trade(MONDAY_MS + MINUTE_MS, "104"))
    candles.advance(MONDAY_MS + 3 * MINUTE_MS)
    candles.advance(MONDAY_MS + 4 * MINUTE_MS)
    assert [(interval, c.open_ms, c.close) for interval, c in candles.closed] == [("3m", MONDAY_MS, Decimal(104))]
    running = candles.running("3m")
    assert running is not None
    assert running.open_ms == MONDAY_MS + 3 * MINUTE_MS


def test_watching_in_the_middle_of_a_candle_knows_its_beginning() -> None:
    candles = started()
    candles.add(trade(MONDAY_MS, "109"))
    candles.add(trade(MONDAY_MS + 2 * MINUTE_MS, "104"))
    candles.watch("1h")
    running = candles.running("1h")
    assert running is not None
    assert (running.high, running.trades) == (Decimal(109), 2)


def test_old_minutes_stay_known_after_they_left_the_exact_window() -> None:
    candles = started()
    minutes = 2 * EXACT_MINUTES + 10
    for minute in range(minutes):
        candles.add(trade(MONDAY_MS + minute * MINUTE_MS, str(200 + minute % 7)))
    found = candles.query("1m", *candles.span("1m", MONDAY_MS, None, minutes), minutes)
    assert len(found) == minutes
    assert all(c.close == 200 + index % 7 for index, c in enumerate(found))


@pytest.mark.parametrize("interval", INTERVALS)
def test_every_interval_begins_where_the_calendar_says(interval: str) -> None:
    times = np.arange(MONDAY_MS - 40 * DAY_MS, MONDAY_MS + 40 * DAY_MS, 7 * HOUR_MS, dtype=np.float64)
    singles = [begin(interval, int(time)) for time in times]
    assert begins(interval, times).tolist() == singles
    for time, opened in zip(times.tolist(), singles, strict=True):
        assert opened <= time < following(interval, opened)
        assert begin(interval, following(interval, opened)) == following(interval, opened)
        assert back(interval, following(interval, opened), 1) == opened


def test_weeks_begin_on_monday() -> None:
    assert begin("1w", MONDAY_MS + 3 * DAY_MS) == MONDAY_MS


@pytest.mark.parametrize("interval", INTERVALS)
def test_adding_up_in_two_steps_equals_adding_up_at_once(interval: str) -> None:
    rows = flat_history(MONDAY_MS - DAY_MS, MONDAY_MS + DAY_MS)
    rows[:, 2] += np.arange(len(rows)) % 50
    halves = [aggregate(interval, rows[:1_000]), aggregate(interval, rows[1_000:])]
    assert np.allclose(aggregate(interval, np.concatenate(halves)), aggregate(interval, rows))


@pytest.mark.parametrize("interval", INTERVALS)
@pytest.mark.parametrize("minutes", [-720, -60, 345, 480, 840])
def test_other_time_zones_shift_every_border(interval: str, minutes: int) -> None:
    offset_ms = minutes * MINUTE_MS
    for time in range(MONDAY_MS - 40 * DAY_MS, MONDAY_MS, 31 * HOUR_MS):
        opened = begin(interval, time, offset_ms)
        assert opened == begin(interval, time + offset_ms) - offset_ms
        assert opened <= time < following(interval, opened, offset_ms)
        assert back(interval, following(interval, opened, offset_ms), 1, offset_ms) == opened
        assert begins(interval, np.array([float(time)]), offset_ms).tolist() == [opened]


def test_a_query_from_long_before_the_history_begins_with_it() -> None:
    candles = started()
    assert candles.oldest_ms() == MONDAY_MS - DAY_MS
    found = candles.query("1h", *candles.span("1h", 0, None, 3), 3)
    assert [c.open_ms for c in found] == [MONDAY_MS - DAY_MS + hour * HOUR_MS for hour in range(3)]


def test_what_is_kept_of_a_long_run_is_bounded() -> None:
    candles = started()
    candles.advance(MONDAY_MS + (KEPT_MINUTES + 5 * EXACT_MINUTES) * MINUTE_MS)
    assert len(candles._minutes) <= 2 * EXACT_MINUTES
    assert len(candles._older) <= KEPT_MINUTES + EXACT_MINUTES
