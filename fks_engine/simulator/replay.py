"""The drive that replays a recording: raw Binance frames, trades or candles, shifted by whole days to now."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from fks_engine.simulator import replay_candles, replay_frames, replay_trades
from fks_engine.simulator.market import HISTORY_COLUMNS
from fks_engine.simulator.nouns import DepthChange, PublicTrade, Quote
from fks_engine.simulator.recorded_market import RecordedMarket
from fks_engine.simulator.replay_pace import Pace

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from fks_engine.simulator.market import DriveOptions, Feed
    from fks_engine.simulator.replay_recording import Frame, Opening, Recording

DAY_MS = 86_400_000
MINUTE_MS = 60_000
FLAT_MINUTES = 240
"""How far a flat history reaches back when the recording has none."""


class ReplayDrive:
    """A recording played at its recorded gaps divided by `speed`; at speed 0 as fast as it can be.

    Only the recorded symbols exist. Exchange times are later by the whole number of days that brings the first event
    to less than a day before the exchange's clock, so the time of day stays the recorded one; update and trade ids stay
    as recorded. At its end the markets stand still.

    Before the recording's first minute the history is the recorded one (candle recordings) or, where there is none,
    four hours of flat minutes without volume at the first recorded price.
    """

    def __init__(self, recording: Recording, options: DriveOptions) -> None:
        self._recording = recording
        self._clock = options.clock
        first_ms = recording.first_ms
        self._shift_ms = (options.clock.now_ms() - first_ms) // DAY_MS * DAY_MS
        self._pace = Pace(options.clock, options.speed, first_ms + self._shift_ms)
        self._markets = {
            symbol: RecordedMarket(opening, options.sequences.sequence(f"trade:{symbol}", opening.next_trade_id))
            for symbol, opening in recording.openings.items()
        }
        start_ms = (first_ms + self._shift_ms) // MINUTE_MS * MINUTE_MS
        self._histories = {
            symbol: _history(recording.history(symbol), opening, self._shift_ms, start_ms)
            for symbol, opening in recording.openings.items()
        }

    @property
    def markets(self) -> Mapping[str, RecordedMarket]:
        """The recorded markets by symbol."""
        return self._markets

    def history(self, symbol: str, start_ms: int, end_ms: int) -> NDArray[np.float64]:
        """One-minute candles before the recording that open in [start_ms, end_ms), oldest first."""
        rows = self._histories.get(symbol)
        if rows is None:
            return np.empty((0, len(HISTORY_COLUMNS)))
        return rows[(rows[:, 0] >= start_ms) & (rows[:, 0] < end_ms)]

    def now_ms(self) -> int:
        """The exchange time of public events now; it never goes back, and goes on after the last frame."""
        return self._pace.now_ms()

    async def run(self, feed: Feed) -> None:
        """Play the recording once."""
        self._pace.begin()
        shift_ns = self._shift_ms * 1_000_000
        for frame in self._recording.frames(self._shift_ms):
            await self._pace.wait_until(frame.at_ns + shift_ns)
            self._play(frame, feed)

    def _play(self, frame: Frame, feed: Feed) -> None:
        """Move the market, publish the event as recorded, then settle the own orders it filled."""
        event = frame.event
        market = self._markets[event.symbol]
        now_ms = self._clock.now_ms()
        if isinstance(event, Quote):
            matched = market.on_quote(event, now_ms)
            feed.on_quote(event)
        elif isinstance(event, PublicTrade):
            matched = market.on_trade(event, now_ms)
            feed.on_trade(event)
        elif isinstance(event, DepthChange):
            matched = market.on_depth(event, now_ms)
            feed.on_depth(event)
        else:
            matched = market.on_snapshot(event, now_ms)
        if matched.executions or isinstance(event, PublicTrade):
            feed.on_matched(matched)


def open_replay(options: DriveOptions) -> ReplayDrive:
    """Open the recording of `options.file`.

    Raises ValueError in one line when the file is missing, no Parquet, of no known layout, or holds nothing to play,
    and when the speed is no number from zero up.
    """
    if options.file is None:
        raise ValueError("a replay needs a recording: name one with --file")
    if not math.isfinite(options.speed) or options.speed < 0:
        raise ValueError(f"the speed must be a number from zero up, was {options.speed}")

    return ReplayDrive(_open_recording(options.file, options), options)


def _open_recording(path: Path, options: DriveOptions) -> Recording:
    if not path.is_file():
        raise ValueError(f"{path}: there is no such file")

    first_update_id = options.clock.now_ms()
    try:
        columns = set(pl.read_parquet_schema(path))
        if columns.issuperset(replay_frames.COLUMNS):
            return replay_frames.FrameRecording(path)
        if columns.issuperset(replay_trades.COLUMNS):
            return replay_trades.TradeRecording(path, first_update_id)
        if columns.issuperset(replay_candles.COLUMNS):
            return replay_candles.CandleRecording(path, first_update_id, options.sequences)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(f"{path}: it cannot be read as Parquet of that layout: {reason}") from error

    layouts = (replay_frames.COLUMNS, replay_trades.COLUMNS, replay_candles.COLUMNS)
    allowed = "; or ".join(", ".join(layout) for layout in layouts)
    raise ValueError(f"{path}: its columns are {', '.join(sorted(columns)) or 'none'}; a recording has {allowed}")


def _history(recorded: NDArray[np.float64], opening: Opening, shift_ms: int, start_ms: int) -> NDArray[np.float64]:
    """The recorded minutes shifted, flat where minutes are missing up to the start."""
    rows = recorded.copy()
    rows[:, 0] += shift_ms
    rows = rows[rows[:, 0] < start_ms]
    price = float(rows[-1, 4]) if len(rows) else float(opening.price)
    first_flat = int(rows[-1, 0]) + MINUTE_MS if len(rows) else start_ms - FLAT_MINUTES * MINUTE_MS
    opens = np.arange(first_flat, start_ms, MINUTE_MS, dtype=np.float64)
    flat = np.zeros((len(opens), len(HISTORY_COLUMNS)))
    flat[:, 0] = opens
    flat[:, 1:5] = price
    return np.concatenate([rows, flat])
