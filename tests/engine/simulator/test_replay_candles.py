from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fks_engine.simulator.market import HISTORY_COLUMNS
from fks_engine.simulator.nouns import PublicTrade, SymbolRules
from fks_engine.simulator.replay_candles import CandleRecording, RecordedCandle, minutes, prints
from tests.engine.simulator.recordings import START_MS, MemorySequences, market_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

D = Decimal
MINUTE = 60_000
RULES = SymbolRules("BTCUSDT", "BTC", "USDT", tick=D("0.01"), step=D("0.001"))


def candle(opened: str, high: str, low: str, close: str, volume: str) -> RecordedCandle:
    return RecordedCandle(0, D(opened), D(high), D(low), D(close), D(volume))


def write_candles(path: Path, rows: Sequence[tuple[float, ...]], interval_ms: int = MINUTE) -> Path:
    timed = [(START_MS // MINUTE * MINUTE + index * interval_ms, *row) for index, row in enumerate(rows)]
    columns = ["ts", "open", "high", "low", "close", "volume"]
    pl.DataFrame(timed, schema=columns, orient="row").write_parquet(path)
    return path


def recording(path: Path) -> CandleRecording:
    return CandleRecording(path, 1, MemorySequences())


def trades(candles: CandleRecording) -> list[PublicTrade]:
    return [frame.event for frame in candles.frames(0) if isinstance(frame.event, PublicTrade)]


def test_a_rising_candle_falls_to_its_low_first() -> None:
    path = [one.price for one in prints(candle("100", "110", "90", "105", "60"), MINUTE, RULES)]
    assert (path[0], path[-1]) == (D(100), D(105))
    assert path.index(D(90)) < path.index(D(110))


def test_a_falling_candle_rises_to_its_high_first() -> None:
    path = [one.price for one in prints(candle("100", "110", "90", "95", "60"), MINUTE, RULES)]
    assert path.index(D(110)) < path.index(D(90))


def test_a_print_above_the_last_is_a_buyers_and_one_below_a_sellers() -> None:
    made = prints(candle("100", "110", "90", "105", "60"), MINUTE, RULES)
    for before, after in pairwise(made):
        assert after.by_buyer is (after.price > before.price if after.price != before.price else before.by_buyer)


def test_a_candle_without_volume_has_no_prints() -> None:
    assert prints(candle("100", "100", "100", "100", "0"), MINUTE, RULES) == []


def test_a_candle_of_few_steps_prints_its_corners() -> None:
    made = prints(candle("100", "110", "90", "105", "0.004"), MINUTE, RULES)
    assert [one.price for one in made] == [D(100), D(90), D(110), D(105)]


cents = st.integers(1, 100_000)


@given(
    numbers=st.tuples(cents, cents, cents, cents), steps=st.integers(4, 10_000), seconds=st.sampled_from([1, 60, 300])
)
def test_the_prints_of_a_candle_add_up_to_it(numbers: tuple[int, ...], steps: int, seconds: int) -> None:
    low, *inner, high = (D(number) / 100 for number in sorted(numbers))
    wanted = RecordedCandle(MINUTE, inner[0], high, low, inner[1], steps * RULES.step)
    made = prints(wanted, seconds * 1_000, RULES)
    path = [one.price for one in made]
    assert (path[0], max(path), min(path), path[-1]) == wanted[1:5]
    assert sum((one.quantity for one in made), D(0)) == wanted.volume
    assert all(MINUTE <= one.time_ms < MINUTE + seconds * 1_000 for one in made)
    assert all(not price % RULES.tick for price in path)
    assert 4 <= len(made) <= 60


def test_minutes_without_prints_are_flat() -> None:
    made = prints(candle("100", "110", "90", "105", "60"), MINUTE, RULES)
    later = [one._replace(time_ms=one.time_ms + 3 * MINUTE) for one in made]
    rows = minutes([*made, *later])
    assert rows[:, 0].tolist() == [0, MINUTE, 2 * MINUTE, 3 * MINUTE]
    assert rows[1].tolist() == [MINUTE, 105, 105, 105, 105, 0, 0, 0, 0, 0]


def test_the_first_half_of_a_recording_is_history_and_the_rest_is_played(tmp_path: Path) -> None:
    rows = [(100.0 + n, 100.5 + n, 99.5 + n, 100.25 + n, 6.0) for n in range(10)]
    candles = recording(write_candles(tmp_path / "BTCUSDT-1m.parquet", rows))
    history = candles.history("BTCUSDT")
    assert history.shape == (5, len(HISTORY_COLUMNS))
    assert history[:, 1:6].tolist() == [list(row) for row in rows[:5]]
    assert candles.first_ms == START_MS // MINUTE * MINUTE + 5 * MINUTE
    played = trades(candles)
    assert (played[0].price, played[-1].price) == (D("105"), D("109.25"))
    assert sum(trade.quantity for trade in played) == 30
    assert [trade.trade_id for trade in played] == list(range(1, len(played) + 1))


def test_longer_candles_become_minutes_of_history(tmp_path: Path) -> None:
    rows = [(100.0, 101.0, 99.0, 100.5, 60.0)] * 4
    history = recording(write_candles(tmp_path / "BTCUSDT-5m.parquet", rows, 5 * MINUTE)).history("BTCUSDT")
    assert len(history) == 10
    assert (history[:5, 2].max(), history[:5, 3].min(), history[4, 4], history[:5, 5].sum()) == (101, 99, 100.5, 60)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ((1.0, 2.0, 3.0, 1.0, 1.0), "outside its low and high"),
        ((float("nan"), 2.0, 1.0, 1.0, 1.0), "open must be finite and positive, was nan"),
        ((1.0, 2.0, 0.0, 1.0, 1.0), "low must be finite and positive"),
        ((1.0, 2.0, 1.0, 1.0, -1.0), "volume must be finite and positive"),
        ((1.0, 1e300, 1.0, 1.0, 1.0), "high must be finite and positive"),
    ],
)
def test_impossible_candles_are_refused(tmp_path: Path, row: tuple[float, ...], message: str) -> None:
    good = (1.0, 2.0, 1.0, 1.5, 1.0)
    with pytest.raises(ValueError, match=message):
        recording(write_candles(tmp_path / "BTCUSDT-1m.parquet", [good, row, good]))


def test_a_file_that_names_no_symbol_is_refused(tmp_path: Path) -> None:
    path = write_candles(tmp_path / "candles.parquet", [(1.0, 2.0, 1.0, 1.5, 1.0)])
    with pytest.raises(ValueError, match="no symbol column"):
        recording(path)


def test_a_symbol_column_holds_several_markets(tmp_path: Path) -> None:
    path = write_candles(tmp_path / "two.parquet", [(1.0, 2.0, 1.0, 1.5, 1.0)] * 4)
    rows = pl.read_parquet(path)
    both = pl.concat([rows.with_columns(symbol=pl.lit(symbol)) for symbol in ("BTCUSDT", "ETHBTC")])
    both.write_parquet(path)
    candles = recording(path)
    assert {symbol: opening.rules.quote for symbol, opening in candles.openings.items()} == {
        "BTCUSDT": "USDT",
        "ETHBTC": "BTC",
    }
    times = [trade.time_ms for trade in trades(candles)]
    assert times == sorted(times)


def test_real_candles_open_with_the_tick_and_step_of_their_symbol() -> None:
    candles = recording(market_data("LINKUSDT-5m-2024-01_2024-08.parquet"))
    rules = candles.openings["LINKUSDT"].rules
    assert (rules.tick, rules.step) == (D("0.001"), D("0.01"))
    assert len(candles.history("LINKUSDT")) == 1_500
