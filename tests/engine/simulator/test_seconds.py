"""One-second candles: traded seconds exactly, quiet ones flat, those before the start out of their minutes."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from fks_engine.simulator.candles import LARGEST_GAP, Candles
from fks_engine.simulator.intervals import MINUTE_MS
from fks_engine.simulator.nouns import Candle
from fks_engine.simulator.seconds import KEPT_SECONDS, spread
from tests.engine.simulator.test_candles import MONDAY_MS, flat_history, started, trade


def floats(*values: Decimal | int) -> list[float]:
    return [float(value) for value in values]


def seconds(candles: Candles, start_ms: int, count: int) -> list[Candle]:
    return candles.query("1s", *candles.span("1s", start_ms, None, count), count)


def test_a_traded_second_is_exact_and_a_quiet_one_is_flat() -> None:
    candles = started()
    for at, price, quantity in ((0, "103", "1"), (400, "101.5", "2"), (2_100, "104", "0.5")):
        candles.add(trade(MONDAY_MS + at, price, quantity))
    candles.advance(MONDAY_MS + 3_000)
    first, quiet, third, last = seconds(candles, MONDAY_MS, 10)
    assert floats(first.open, first.high, first.low, first.close) == [103, 103, 101.5, 101.5]
    assert floats(first.volume, first.trades, first.taker_quote) == [3, 2, 306]
    assert floats(quiet.open, quiet.close, quiet.trades) == [101.5, 101.5, 0]
    assert floats(third.close, third.volume) == [104, 0.5]
    assert floats(last.open_ms, last.close) == [MONDAY_MS + 3_000, 104]


def test_the_seconds_of_a_past_minute_add_up_to_it() -> None:
    minutes = flat_history(MONDAY_MS - 10 * MINUTE_MS, MONDAY_MS)
    rows = spread(minutes, 0.01).reshape(len(minutes), 60, 10)
    assert np.array_equal(rows[:, 0, 0], minutes[:, 0])
    assert np.allclose(rows[:, 0, 1], minutes[:, 1])
    assert np.allclose(rows[:, :, 2].max(axis=1), minutes[:, 2])
    assert np.allclose(rows[:, :, 3].min(axis=1), minutes[:, 3])
    assert np.allclose(rows[:, -1, 4], minutes[:, 4])
    assert np.allclose(rows[:, :, 5:].sum(axis=1), minutes[:, 5:])
    assert np.array_equal(rows[:, 1:, 1], rows[:, :-1, 4])


def test_a_query_across_the_start_has_every_second_once() -> None:
    candles = started()
    candles.add(trade(MONDAY_MS + 1_000, "107"))
    candles.advance(MONDAY_MS + 5_000)
    found = candles.query("1s", *candles.span("1s", None, None, 1_000), 1_000)
    assert [c.open_ms for c in found] == list(range(MONDAY_MS - 994_000, MONDAY_MS + 6_000, 1_000))
    assert [c.close for c in found[-6:]] == [101, 107, 107, 107, 107, 107]


def test_only_so_many_traded_seconds_are_remembered() -> None:
    candles = started()
    count = 3 * KEPT_SECONDS
    for second in range(count):
        candles.add(trade(MONDAY_MS + second * 1_000, str(200 + second % 9)))
    found = seconds(candles, MONDAY_MS + (count - 500) * 1_000, 1_000)
    assert [c.close for c in found] == [200 + second % 9 for second in range(count - 500, count)]
    assert len(seconds(candles, MONDAY_MS + 60_000, 1_000)) == 1_000


def test_a_watched_second_closes_when_the_next_begins() -> None:
    candles = started()
    candles.add(trade(MONDAY_MS + 100, "103"))
    candles.watch("1s")
    candles.add(trade(MONDAY_MS + 900, "102"))
    candles.add(trade(MONDAY_MS + 2_100, "105"))
    assert {interval for interval, _ in candles.closed} == {"1s"}
    closed = [floats(c.open_ms - MONDAY_MS, c.open, c.close, c.trades) for _, c in candles.closed]
    assert closed == [[0, 103, 102, 2], [1_000, 102, 102, 0]]
    assert (running := candles.running("1s")) is not None
    assert floats(running.open_ms, running.close) == [MONDAY_MS + 2_000, 105]


def test_a_long_silence_does_not_close_every_second_of_it() -> None:
    candles = started()
    candles.watch("1s")
    candles.advance(MONDAY_MS + 3_600_000)
    assert len(candles.closed) == LARGEST_GAP
    assert candles.closed[-1][1].open_ms == MONDAY_MS + 3_599_000
