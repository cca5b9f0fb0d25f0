"""One symbol's one-second candles: traded seconds as they were, older ones spread out of their minutes."""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING

import numpy as np

from fks_engine.simulator.intervals import MINUTE_MS, SECOND_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fks_engine.simulator.nouns import PublicTrade

    Rows = NDArray[np.float64]

COLUMNS = 10
KEPT_SECONDS = 600
"""Traded seconds remembered; so many more are let come before the oldest go."""
SPARE_SECONDS = 120
SECONDS = MINUTE_MS // SECOND_MS
_SHAPE = (0, 15, 40, SECONDS)
"""At which seconds a minute's path stands at its open, its two extremes and its close."""


class Seconds:
    """The newest seconds that traded."""

    def __init__(self) -> None:
        self._numbers = array("d")
        self._current: list[float] = []
        self._is_cut = False

    def add(self, trade: PublicTrade) -> None:
        """Count a trade."""
        second = trade.time_ms // SECOND_MS * SECOND_MS
        price, quantity = float(trade.price), float(trade.quantity)
        row = self._current
        if not row or row[0] != second:
            self._keep(row)
            row = self._current = [second, price, price, price, price, 0.0, 0.0, 0.0, 0.0, 0.0]
        if price > row[2]:
            row[2] = price
        elif price < row[3]:
            row[3] = price
        row[4] = price
        row[5] += quantity
        row[6] += price * quantity
        row[7] += 1
        if not trade.buyer_is_maker:
            row[8] += quantity
            row[9] += price * quantity

    def _keep(self, row: list[float]) -> None:
        self._numbers.extend(row)
        if len(self._numbers) > (KEPT_SECONDS + SPARE_SECONDS) * COLUMNS:
            del self._numbers[: SPARE_SECONDS * COLUMNS]
            self._is_cut = True

    def exact_from(self, start_ms: int) -> int:
        """From when on every trade is known; `start_ms` is when the first could have been."""
        return int(self._numbers[0]) if self._is_cut else start_ms

    def rows(self, base: Rows, start_ms: int, start_price: float) -> Rows:
        """The seconds of `base` (spread minutes, one row a second) with those that are known exactly put in.

        `start_price` is where the symbol stood before its first trade.
        """
        exact = np.array([*self._numbers, *self._current]).reshape(-1, COLUMNS)
        first_exact = self.exact_from(start_ms)
        known = base[:, 0] >= first_exact
        if not known.any():
            return base

        rows = base.copy()
        times = rows[known, 0]
        before = np.searchsorted(exact[:, 0], times, side="right") - 1
        closes = np.concatenate(([start_price], exact[:, 4]))[before + 1]
        flat = np.zeros((len(times), COLUMNS))
        flat[:, 0] = times
        flat[:, 1:5] = closes[:, None]
        traded = (before >= 0) & (exact[before, 0] == times) if len(exact) else np.zeros(len(times), dtype=np.bool_)
        flat[traded] = exact[before[traded]]
        rows[known] = flat
        return rows


def spread(minutes: Rows, tick: float) -> Rows:
    """Sixty one-second rows for each one-minute row: a path through its prices, its volume in equal parts."""
    count = len(minutes)
    opens, highs, lows, closes = minutes[:, 1], minutes[:, 2], minutes[:, 3], minutes[:, 4]
    rises = closes >= opens
    corners = np.stack((opens, np.where(rises, lows, highs), np.where(rises, highs, lows), closes))
    at = np.arange(SECONDS + 1)
    path = np.empty((count, SECONDS + 1))
    for index in range(count):
        path[index] = np.interp(at, _SHAPE, corners[:, index])
    path = np.clip(np.rint(path / tick) * tick, lows[:, None], highs[:, None])
    rows = np.empty((count, SECONDS, COLUMNS))
    rows[:, :, 0] = minutes[:, 0, None] + at[:-1] * SECOND_MS
    rows[:, :, 1], rows[:, :, 4] = path[:, :-1], path[:, 1:]
    rows[:, :, 2], rows[:, :, 3] = np.maximum(path[:, :-1], path[:, 1:]), np.minimum(path[:, :-1], path[:, 1:])
    rows[:, :, 5:] = minutes[:, None, 5:] / SECONDS
    trades = np.rint(np.linspace(0, 1, SECONDS + 1) * minutes[:, 7, None])
    rows[:, :, 7] = np.diff(trades, axis=1)
    return rows.reshape(-1, COLUMNS)
