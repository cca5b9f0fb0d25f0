"""Recordings of candles, played as prints along a stated path, with a book made round the last of them."""

from __future__ import annotations

from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import polars as pl

from fks_engine.simulator.market import HISTORY_COLUMNS
from fks_engine.simulator.nouns import ZERO, PublicTrade
from fks_engine.simulator.replay_prints import MadeBook, with_made_books
from fks_engine.simulator.replay_recording import (
    Frame,
    Opening,
    check_positive,
    derive_rules,
    exact,
    finest_of_floats,
    symbol_of_file,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from fks_engine.simulator.market import Sequences
    from fks_engine.simulator.nouns import SymbolRules

COLUMNS = ("ts", "open", "high", "low", "close", "volume")
MINUTE_MS = 60_000
HISTORY_MINUTES = 1_500
MOST_PRINTS = 60
LEAST_PRINTS = 4


class RecordedCandle(NamedTuple):
    """One candle as recorded."""

    open_ms: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    """In base units."""


class Print(NamedTuple):
    """One invented trade of a candle."""

    time_ms: int
    price: Decimal
    quantity: Decimal
    by_buyer: bool


def prints(candle: RecordedCandle, interval_ms: int, rules: SymbolRules) -> list[Print]:
    """The candle as prints, evenly spaced from its open time: one a second, at least 4 and at most 60.

    The path goes in straight lines from the open to the adverse extreme, to the other extreme, to the close: a rising
    candle falls to its low first and a falling one rises to its high first, so that a protective order is reached
    before the gain. A print above the one before is a buyer's, one below a seller's. The volume is spread evenly in
    whole steps; a remainder goes to close, open and extremes first, so a candle of few steps has few prints, and one
    without volume none.
    """
    count = _print_count(interval_ms)
    adverse, other = (candle.low, candle.high) if candle.close >= candle.open else (candle.high, candle.low)
    first_turn, second_turn = (count - 1) // 3, 2 * (count - 1) // 3
    corners = {0: candle.open, first_turn: adverse, second_turn: other, count - 1: candle.close}
    quantities = _spread(int(candle.volume / rules.step), count, (count - 1, 0, first_turn, second_turn))
    made: list[Print] = []
    before, by_buyer = candle.open, True
    for index, steps in enumerate(quantities):
        if not steps:
            continue
        price = _on_path(corners, index, rules.tick)
        by_buyer = by_buyer if price == before else price > before
        made.append(Print(candle.open_ms + index * interval_ms // count, price, steps * rules.step, by_buyer))
        before = price
    return made


def _print_count(interval_ms: int) -> int:
    return min(MOST_PRINTS, max(LEAST_PRINTS, interval_ms // 1_000))


def _spread(steps: int, count: int, first: tuple[int, ...]) -> list[int]:
    each, left = divmod(steps, count)
    quantities = [each] * count
    order = [*first, *(index for index in range(count) if index not in first)]
    for index in order[:left]:
        quantities[index] += 1
    return quantities


def _on_path(corners: Mapping[int, Decimal], index: int, tick: Decimal) -> Decimal:
    if index in corners:
        return corners[index]
    left = max(corner for corner in corners if corner < index)
    right = min(corner for corner in corners if corner > index)
    price = corners[left] + (corners[right] - corners[left]) * (index - left) / (right - left)
    return (price / tick).to_integral_value() * tick


def minutes(rows: Iterable[Print]) -> NDArray[np.float64]:
    """Prints in order of time added up to one-minute rows of HISTORY_COLUMNS, minutes without prints flat."""
    table: list[list[float]] = []
    for row in rows:
        opened = row.time_ms // MINUTE_MS * MINUTE_MS
        price, quantity = float(row.price), float(row.quantity)
        while table and table[-1][0] + MINUTE_MS < opened:
            table.append(_flat(table[-1][0] + MINUTE_MS, table[-1][4]))
        if not table or table[-1][0] < opened:
            table.append(_flat(opened, price))
        minute = table[-1]
        minute[2], minute[3], minute[4] = max(minute[2], price), min(minute[3], price), price
        minute[5] += quantity
        minute[6] += price * quantity
        minute[7] += 1
        if row.by_buyer:
            minute[8] += quantity
            minute[9] += price * quantity
    return np.array(table, dtype=np.float64).reshape(-1, len(HISTORY_COLUMNS))


def _flat(opened: float, price: float) -> list[float]:
    return [opened, price, price, price, price, 0.0, 0.0, 0.0, 0.0, 0.0]


class CandleRecording:
    """A Parquet of candles of one length: ts (open, ms), open, high, low, close, volume, and perhaps symbol.

    Without a symbol column the file's name begins with the symbol ("BTCUSDT-1m-..."). The first half of the recording,
    but at most 1,500 minutes of it, is the history; the rest is played. Candles become prints as `prints` says, their
    book is made (MadeBook) with the mean print as its size; trade ids are invented. Raises ValueError when nothing can
    be played, a number is not finite and positive, or candles contradict themselves or each other.
    """

    def __init__(self, path: Path, first_update_id: int, sequences: Sequences) -> None:
        rows = pl.read_parquet(path)
        if "symbol" not in rows.columns:
            rows = rows.with_columns(symbol=pl.lit(symbol_of_file(path)))
        time = pl.col("ts").dt.epoch("ms") if rows.schema["ts"].is_temporal() else pl.col("ts").cast(pl.Int64)
        rows = rows.select("symbol", time, pl.col(COLUMNS[1:]).cast(pl.Float64)).drop_nulls().sort("ts", "symbol")
        if rows.is_empty():
            raise ValueError(f"{path}: there is no candle in it")

        self._first_update_id = first_update_id
        self._sequences = sequences
        self._check(path, rows)
        times = rows["ts"].unique().sort().to_numpy()
        self._interval_ms = int(np.diff(times).min()) if len(times) > 1 else MINUTE_MS
        lead = min(len(times) // 2, max(1, HISTORY_MINUTES * MINUTE_MS // self._interval_ms))
        self._first_ms = int(times[lead])
        self._past = rows.filter(pl.col("ts") < self._first_ms)
        self._played = rows.filter(pl.col("ts") >= self._first_ms)
        self._openings = {str(symbol): self._open(str(symbol)) for symbol in self._played["symbol"].unique().sort()}

    def _check(self, path: Path, rows: pl.DataFrame) -> None:
        for name in COLUMNS[1:]:
            check_positive(path, name, rows[name].to_numpy(), zero_too=name == "volume")
        outer = pl.max_horizontal("open", "close", "low") > pl.col("high")
        inner = pl.min_horizontal("open", "close", "high") < pl.col("low")
        wrong = rows.filter(outer | inner)
        if len(wrong):
            raise ValueError(f"{path}: the candle at ts {wrong['ts'][0]} has an open or close outside its low and high")
        if rows.select("symbol", "ts").is_duplicated().any():
            raise ValueError(f"{path}: a symbol has two candles of the same ts")

    def _open(self, symbol: str) -> Opening:
        rows = self._played.filter(pl.col("symbol") == symbol)
        prices, volumes = rows.select(COLUMNS[1:5]).to_numpy(), rows["volume"].to_numpy()
        tick, step = finest_of_floats(prices), finest_of_floats(volumes)
        rules = derive_rules(symbol, tick=tick, step=step, highest=exact(float(prices.max()), tick))
        size = max(step, exact(float(volumes.mean()) / _print_count(self._interval_ms), step))
        first = exact(float(prices[0, 0]), tick)
        depth = MadeBook(rules, first, size, self._first_update_id).depth()
        return Opening(rules, first, depth, next_trade_id=1, made_queue=size)

    @property
    def openings(self) -> Mapping[str, Opening]:
        """How each symbol stands at the start."""
        return self._openings

    @property
    def first_ms(self) -> int:
        """The open time of the first candle that is played."""
        return self._first_ms

    def history(self, symbol: str) -> NDArray[np.float64]:
        """The candles before that as one-minute rows; longer ones along the path of their prints."""
        opening = self._openings.get(symbol)
        if opening is None:
            return np.empty((0, len(HISTORY_COLUMNS)))

        rows = self._past.filter(pl.col("symbol") == symbol).iter_rows()
        return minutes(one for row in rows for one in self._prints(row))

    def frames(self, shift_ms: int) -> Iterator[Frame]:
        """The prints and what the made books do, in order of time."""
        books = {
            symbol: MadeBook(opening.rules, opening.price, opening.made_queue or ZERO, self._first_update_id)
            for symbol, opening in self._openings.items()
        }
        return with_made_books(self._trades(), books, shift_ms)

    def _trades(self) -> Iterator[PublicTrade]:
        ids = {symbol: self._sequences.sequence(f"trade:{symbol}", 1) for symbol in self._openings}
        for _, same_time in groupby(self._played.iter_rows(), key=itemgetter(1)):
            made = [(one, str(row[0])) for row in same_time for one in self._prints(row)]
            for one, symbol in sorted(made, key=lambda entry: entry[0].time_ms):
                yield PublicTrade(
                    symbol, ids[symbol].next(), one.price, one.quantity, not one.by_buyer, one.time_ms, one.time_ms
                )

    def _prints(self, row: tuple[Any, ...]) -> list[Print]:
        symbol, open_ms, *prices, volume = row
        rules = self._openings[symbol].rules
        opened, high, low, close = (exact(price, rules.tick) for price in prices)
        candle = RecordedCandle(open_ms, opened, high, low, close, exact(volume, rules.step))
        return prints(candle, self._interval_ms, rules)
