"""Candle intervals: names, lengths and where each candle begins."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SECOND_MS = 1_000
MINUTE_MS = 60_000
DAY_MS = 86_400_000
MONDAY_MS = 4 * DAY_MS
"""The first Monday after 1970-01-01."""

_FIXED_MS = {
    "1s": SECOND_MS,
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": 60 * MINUTE_MS,
    "2h": 120 * MINUTE_MS,
    "4h": 240 * MINUTE_MS,
    "6h": 360 * MINUTE_MS,
    "8h": 480 * MINUTE_MS,
    "12h": 720 * MINUTE_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": 7 * DAY_MS,
}
INTERVALS = (*_FIXED_MS, "1M")


def begin(interval: str, time_ms: int, offset_ms: int = 0) -> int:
    """When the candle that holds that time opens, on clocks that are `offset_ms` ahead of UTC."""
    if interval == "1M":
        day = datetime.fromtimestamp((time_ms + offset_ms) / 1000, UTC)
        return int(datetime(day.year, day.month, 1, tzinfo=UTC).timestamp() * 1000) - offset_ms

    length = _FIXED_MS[interval]
    shift = (MONDAY_MS if interval == "1w" else 0) - offset_ms
    return (time_ms - shift) // length * length + shift


def following(interval: str, open_ms: int, offset_ms: int = 0) -> int:
    """When the next candle opens."""
    if interval == "1M":
        return begin(interval, open_ms + 32 * DAY_MS, offset_ms)
    return open_ms + _FIXED_MS[interval]


def back(interval: str, open_ms: int, count: int, offset_ms: int = 0) -> int:
    """When the candle `count` before that one opens."""
    if interval == "1M":
        for _ in range(count):
            open_ms = begin(interval, open_ms - 1, offset_ms)
        return open_ms
    return open_ms - count * _FIXED_MS[interval]


def begins(interval: str, times: NDArray[np.float64], offset_ms: int = 0) -> NDArray[np.int64]:
    """`begin` of every time."""
    whole = times.astype(np.int64)
    if interval == "1M":
        months = (whole + offset_ms).astype("datetime64[ms]").astype("datetime64[M]")
        return months.astype("datetime64[ms]").astype(np.int64) - offset_ms

    length = _FIXED_MS[interval]
    shift = (MONDAY_MS if interval == "1w" else 0) - offset_ms
    return (whole - shift) // length * length + shift


def aggregate(interval: str, minutes: NDArray[np.float64], offset_ms: int = 0) -> NDArray[np.float64]:
    """One-minute rows (market.HISTORY_COLUMNS) added up to the interval."""
    if not len(minutes):
        return minutes

    opens = begins(interval, minutes[:, 0], offset_ms)
    first = np.flatnonzero(np.diff(opens, prepend=opens[0] - 1))
    last = np.append(first[1:], len(minutes)) - 1
    rows = np.empty((len(first), minutes.shape[1]))
    rows[:, 0] = opens[first]
    rows[:, 1] = minutes[first, 1]
    rows[:, 2] = np.maximum.reduceat(minutes[:, 2], first)
    rows[:, 3] = np.minimum.reduceat(minutes[:, 3], first)
    rows[:, 4] = minutes[last, 4]
    rows[:, 5:] = np.add.reduceat(minutes[:, 5:], first, axis=0)
    return rows
