"""The synthetic drive: seeded order flow over a catalogue of coins, the same tape for the same seed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from fks_engine.simulator.catalogue import Coin, coins
from fks_engine.simulator.climate import Climate
from fks_engine.simulator.crowd import BAND_SIGMAS, BAND_TICKS, TRADES, Crowd
from fks_engine.simulator.history import SyntheticHistory
from fks_engine.simulator.load import Load
from fks_engine.simulator.matching import Book

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from fks_engine.simulator.market import DriveOptions, Feed, Market, Sequence

STEP_MS = 25
STEP_SECONDS = STEP_MS / 1000
SECOND_STEPS = 1000 // STEP_MS
DEPTH_STEPS = 4
"""Depth changes go out every fourth step, a hundred milliseconds."""
TENDED_MOVES = 100
"""After so many moves the far book is looked after; the fair value's moves count several."""
FOLLOWING_MOVES = 6
MOST_LATE_STEPS = 80
"""A process that was stopped for longer lets the missed time pass without flow."""
FIRST_ID = 1_000_001


class SyntheticDrive:
    """Markets moved by a crowd.

    What a symbol does depends on the seed, the steps taken, the accounts' own orders and the time it is followed: a
    market that nobody follows moves once a second and prints what would have traded as one print.
    """

    def __init__(self, options: DriveOptions) -> None:
        self._clock = options.clock
        self._speed = options.speed
        self._coins = coins(options.symbols)
        self._start_ms = options.clock.now_ms()
        self._steps = 0
        self._load = Load(options.rate, options.burst, options.symbols, options.seed)
        prices = {coin.rules.symbol: _start_price(coin, options.last_prices) for coin in self._coins}
        self._history = SyntheticHistory(options.seed, self._coins, self._start_ms, prices)
        self._climate = Climate(options.seed, self._coins, list(prices.values()), STEP_SECONDS)
        self._books: list[Book] = []
        self._crowds: list[Crowd] = []
        self._trade_ids: list[Sequence] = []
        for index, coin in enumerate(self._coins):
            symbol = coin.rules.symbol
            sequence = options.sequences.sequence
            self._trade_ids.append(sequence(f"trade:{symbol}", FIRST_ID))
            book = Book(coin.rules, self._trade_ids[-1], sequence(f"update:{symbol}", FIRST_ID))
            crowd = Crowd(coin, book, options.seed, prices[symbol])
            crowd.fill_book(float(self._climate.second_sigma[index]), self._start_ms)
            book.drain_depth(self._start_ms)
            self._books.append(book)
            self._crowds.append(crowd)
        self._markets = {book.rules.symbol: book for book in self._books}
        self._centres = np.array([crowd.centre for crowd in self._crowds])
        self._narrowest = BAND_TICKS * np.array([float(coin.rules.tick) for coin in self._coins])
        self._unseen = np.zeros(len(self._coins), dtype=np.int64)
        self._since_tended = [0] * len(self._coins)
        self._followed = np.ones(len(self._coins), dtype=np.bool_)
        self._slots = np.arange(len(self._coins)) % SECOND_STEPS

    @property
    def markets(self) -> Mapping[str, Market]:
        """The markets by symbol."""
        return self._markets

    def now_ms(self) -> int:
        """The simulated time."""
        return self._start_ms + self._steps * STEP_MS

    def history(self, symbol: str, start_ms: int, end_ms: int) -> NDArray[np.float64]:
        """One-minute candles before the start."""
        return self._history.rows(symbol, start_ms, end_ms)

    async def run(self, feed: Feed) -> None:
        """Take steps at the pace of the clock until cancelled."""
        while True:
            elapsed_ms = (self._clock.now_ms() - self._start_ms) * self._speed
            due = int(elapsed_ms / STEP_MS)
            if due - self._steps > MOST_LATE_STEPS * max(1.0, self._speed):
                self._steps = due - 1
            for _ in range(min(due - self._steps, MOST_LATE_STEPS)):
                self.step(feed)
                await self._clock.sleep(0)
            ahead_ms = (self._steps + 1) * STEP_MS / self._speed + self._start_ms - self._clock.now_ms()
            await self._clock.sleep(min(STEP_SECONDS, max(0.001, ahead_ms / 1000)))

    def step(self, feed: Feed) -> None:
        """One step of simulated time."""
        self._steps += 1
        now_ms = self.now_ms()
        if self._steps % DEPTH_STEPS == 1 and not self._load.has_target:
            self._look_who_follows(feed)
        climate = self._climate
        counts = climate.step(self._load.factor)
        sigmas = climate.turbulence * climate.second_sigma
        bands = np.maximum(self._narrowest, BAND_SIGMAS * sigmas * climate.fair)
        moved = np.abs(climate.fair - self._centres) > bands
        turn = self._slots == self._steps % SECOND_STEPS
        self._unseen += counts * ~self._followed

        for index in np.flatnonzero((moved | (counts > 0)) & self._followed).tolist():
            fair = float(climate.fair[index]) if moved[index] else None
            self._move(index, fair, float(sigmas[index]), int(counts[index]), now_ms, feed)
        for index in np.flatnonzero(turn & ~self._followed).tolist():
            self._pass_unseen(index, float(climate.fair[index]), float(sigmas[index]), now_ms, feed)
        for index in range(-self._steps % DEPTH_STEPS, len(self._books), DEPTH_STEPS):
            change = self._books[index].drain_depth(now_ms) if self._followed[index] or turn[index] else None
            if change is not None:
                self._load.told += 1
                feed.on_depth(change)
        if self._steps % SECOND_STEPS == 0:
            self._load.end_second()

    def _look_who_follows(self, feed: Feed) -> None:
        followed = feed.followed()
        self._followed = np.array([symbol in followed for symbol in self._markets], dtype=np.bool_)

    def _move(self, index: int, fair: float | None, sigma: float, count: int, now_ms: int, feed: Feed) -> None:
        """What the crowd of one market does in a step."""
        crowd = self._crowds[index]
        book, load = self._books[index], self._load
        if fair is not None:
            self._centres[index] = fair
            for matched in crowd.follow(fair, sigma, now_ms):
                load.told += len(matched.executions)
                feed.on_matched(matched)
                self._publish_quote(book, feed)
        for _ in range(count):
            done = crowd.act(now_ms)
            if done is not None and done.executions:
                load.told += len(done.executions)
                feed.on_matched(done)
            self._publish_quote(book, feed)
        moves = self._since_tended[index] + count + (0 if fair is None else FOLLOWING_MOVES)
        if moves >= TENDED_MOVES:
            crowd.tend(now_ms)
            moves = 0
        self._since_tended[index] = moves

    def _pass_unseen(self, index: int, fair: float, sigma: float, now_ms: int, feed: Feed) -> None:
        """A second of a market that nobody follows."""
        self._move(index, fair, sigma, 0, now_ms, feed)
        moves = int(self._unseen[index])
        if moves * TRADES >= 1:
            self._unseen[index] = 0
            trade = self._crowds[index].unseen(moves, self._trade_ids[index].next(), now_ms)
            if trade is not None:
                feed.on_trade(trade)

    def _publish_quote(self, book: Book, feed: Feed) -> None:
        quote = book.drain_quote()
        if quote is not None:
            self._load.told += 1
            feed.on_quote(quote)


def _start_price(coin: Coin, last_prices: Mapping[str, str]) -> float:
    """Where the coin last stood, or its price in the catalogue."""
    return float(Decimal(last_prices.get(coin.rules.symbol, coin.price)))
