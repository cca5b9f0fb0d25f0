"""Seeded one-minute candles before the start, walked back from where each coin stands."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from fks_engine.simulator.intervals import MINUTE_MS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fks_engine.simulator.catalogue import Coin

    Rows = NDArray[np.float64]

BLOCK_MINUTES = 1_440
BLOCKS = 1_200
"""Days of history; enough for a thousand daily candles."""
KEPT_BLOCKS = 96
KEPT_MARKET_DAYS = 16
HOMESICK = 0.004
"""How much of its distance from today's price a coin's past gives up in a day."""
YEAR_DAYS = 365.0
TURNOVER = 4_000.0
"""Quote volume of the busiest coin's average minute, in thousands."""


class SyntheticHistory:
    """The past of every coin; a block is one day counted back from the start, the same for the same seed."""

    def __init__(self, seed: int, coins: list[Coin], start_ms: int, prices: dict[str, float]) -> None:
        self._seed = seed
        self._coins = {coin.rules.symbol: coin for coin in coins}
        self._end_ms = start_ms // MINUTE_MS * MINUTE_MS
        self._prices = prices
        self._ends: dict[str, NDArray[np.float64]] = {}
        self._kept: OrderedDict[tuple[str, int], Rows] = OrderedDict()
        self._days: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
        self._minutes: OrderedDict[int, tuple[NDArray[np.float64], NDArray[np.float64]]] = OrderedDict()

    def rows(self, symbol: str, start_ms: int, end_ms: int) -> Rows:
        """The candles that open in [start_ms, end_ms), rows of market.HISTORY_COLUMNS."""
        end_ms = min(end_ms, self._end_ms)
        newest = (self._end_ms - end_ms) // MINUTE_MS // BLOCK_MINUTES
        oldest = min((self._end_ms - start_ms - 1) // MINUTE_MS // BLOCK_MINUTES, BLOCKS - 1)
        if start_ms >= end_ms or newest > oldest:
            return np.empty((0, 10))

        rows = np.concatenate([self._block(symbol, block) for block in range(oldest, newest - 1, -1)])
        chosen: Rows = rows[(rows[:, 0] >= start_ms) & (rows[:, 0] < end_ms)]
        return chosen

    def _block(self, symbol: str, block: int) -> Rows:
        key = (symbol, block)
        rows = self._kept.get(key)
        if rows is None:
            rows = self._make_block(self._coins[symbol], block)
            self._kept[key] = rows
            while len(self._kept) > KEPT_BLOCKS:
                self._kept.popitem(last=False)
        return rows

    def _stream(self, name: str, block: int) -> np.random.Generator:
        return np.random.default_rng([self._seed, zlib.crc32(name.encode()), block])

    def _block_ends(self, coin: Coin) -> NDArray[np.float64]:
        """Log prices at the block borders, newest first: [k] is where block k ends, [k + 1] where it begins."""
        symbol = coin.rules.symbol
        ends = self._ends.get(symbol)
        if ends is None:
            market, calm = self._market_days()
            own = self._stream(symbol + " days", 0).standard_t(4, BLOCKS) / np.sqrt(2)
            rho = coin.correlation
            daily = coin.volatility / np.sqrt(YEAR_DAYS) * calm * (rho * market + np.sqrt(1 - rho * rho) * own)
            ends = np.empty(BLOCKS + 1)
            ends[0] = np.log(self._prices[symbol])
            fading = (1 - HOMESICK) ** np.arange(1, BLOCKS + 1)
            ends[1:] = ends[0] - fading * np.cumsum(daily / fading)
            self._ends[symbol] = ends
        return ends

    def _market_days(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The whole market's move and calm of every day, newest first."""
        if self._days is None:
            moves = self._stream("market days", 0).standard_t(5, BLOCKS) / np.sqrt(5 / 3)
            self._days = moves, np.exp(0.35 * _smooth(self._stream("market calm", 0).standard_normal(BLOCKS), 20))
        return self._days

    def _market_minutes(self, block: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The whole market's moves and bursts in the minutes of a day."""
        minutes = self._minutes.get(block)
        if minutes is None:
            shared = self._stream("market", block).standard_normal(BLOCK_MINUTES)
            noise = self._stream("market bursts", block).standard_normal(BLOCK_MINUTES)
            minutes = self._minutes[block] = shared, np.exp(0.5 * _smooth(noise, 30))
            while len(self._minutes) > KEPT_MARKET_DAYS:
                self._minutes.popitem(last=False)
        return minutes

    def _make_block(self, coin: Coin, block: int) -> Rows:
        ends = self._block_ends(coin)
        size = BLOCK_MINUTES
        noise = self._stream(coin.rules.symbol, block)
        rho = coin.correlation
        shared, bursts = self._market_minutes(block)
        rhythm = 1.0 + 0.35 * np.sin(np.linspace(0, 2 * np.pi, size) + block)
        scale = coin.volatility / np.sqrt(YEAR_DAYS * size) * rhythm * bursts
        moves = scale * (rho * shared + np.sqrt(1 - rho * rho) * noise.standard_normal(size))
        moves += (ends[block] - ends[block + 1] - moves.sum()) / size

        tick = float(coin.rules.tick)
        path = np.exp(np.concatenate(([ends[block + 1]], ends[block + 1] + np.cumsum(moves))))
        path = np.maximum(np.rint(path / tick), 1) * tick
        opens, closes = path[:-1], path[1:]
        reach = np.abs(noise.standard_normal((2, size))) * scale * 0.6
        highs = np.rint(np.maximum(opens, closes) * (1 + reach[0]) / tick) * tick
        lows = np.maximum(np.rint(np.minimum(opens, closes) * (1 - reach[1]) / tick), 1) * tick

        turnover = TURNOVER * 1_000 / coin.rank**0.9 * bursts * rhythm * np.exp(noise.normal(-0.3, 0.75, size))
        step = float(coin.rules.step)
        volume = np.maximum(np.rint(turnover / closes / step), 1) * step
        taker = np.rint(volume * np.clip(noise.normal(0.5, 0.08, size), 0.05, 0.95) / step) * step
        mean = (opens + highs + lows + closes) / 4

        rows = np.empty((size, 10))
        begin_ms = self._end_ms - (block + 1) * size * MINUTE_MS
        rows[:, 0] = begin_ms + np.arange(size) * MINUTE_MS
        rows[:, 1], rows[:, 2], rows[:, 3], rows[:, 4] = opens, highs, lows, closes
        rows[:, 5], rows[:, 6] = volume, volume * mean
        rows[:, 7] = np.maximum(np.rint(turnover / 1_500), 1)
        rows[:, 8], rows[:, 9] = taker, taker * mean
        return rows


def _smooth(noise: NDArray[np.float64], span: int) -> NDArray[np.float64]:
    """The noise as a slow wave of unit variance."""
    kernel = np.exp(-np.arange(4 * span) / span)
    wave = np.convolve(np.concatenate((noise[-4 * span :], noise)), kernel, "full")[4 * span : 4 * span + len(noise)]
    smooth: NDArray[np.float64] = wave / np.sqrt((kernel**2).sum())
    return smooth
