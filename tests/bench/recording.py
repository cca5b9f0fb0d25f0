"""A recording made for timing: one market whose every quote has a price of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson
import polars

if TYPE_CHECKING:
    from pathlib import Path

FIRST_ID = 1_000
TICK = 0.01
START_NS = 1_723_161_255_000_000_000


def ask_of(update_id: int) -> str:
    """The best ask of one quote, without thousands separators."""
    return f"{60_000 + (update_id - FIRST_ID) * 0.37:.2f}"


def write(path: Path, seconds: int, quotes_per_second: int) -> None:
    """A Parquet of raw Binance frames for `fks sim --drive replay`: a snapshot, quotes, a trade each second."""
    rows = [(START_NS, "REST /api/v3/depth?limit=1000", _snapshot())]
    for number in range(seconds * quotes_per_second):
        update_id = FIRST_ID + number
        ts = START_NS + number * 1_000_000_000 // quotes_per_second
        ask = float(ask_of(update_id))
        quote = {"u": update_id, "s": "BTCUSDT", "b": f"{ask - 1:.2f}", "B": "1.5", "a": f"{ask:.2f}", "A": "2.5"}
        rows.append((ts, "btcusdt@bookTicker", orjson.dumps(quote).decode()))
        if number % quotes_per_second == 0:
            rows.append((ts, "btcusdt@trade", _trade(number, ask, ts)))
    frame = polars.DataFrame(rows, schema=["ts_ns", "stream", "msg"], orient="row")
    frame.write_parquet(path, compression="zstd")


def _snapshot() -> str:
    bids = [[f"{59_999 - level:.2f}", "1.00000"] for level in range(50)]
    asks = [[f"{60_001 + level:.2f}", "1.00000"] for level in range(50)]
    return orjson.dumps({"lastUpdateId": FIRST_ID - 1, "bids": bids, "asks": asks}).decode()


def _trade(number: int, price: float, ts_ns: int) -> str:
    ms = ts_ns // 1_000_000
    times = {"E": ms, "T": ms}
    trade = {"e": "trade", "s": "BTCUSDT", "t": number + 1, "p": f"{price:.2f}", "q": "0.01", "m": False, "M": True}
    return orjson.dumps(trade | times).decode()
