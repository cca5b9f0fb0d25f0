"""The synthetic drive: seeded order flow over a catalogue of coins, the same tape for the same seed."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.simulator.catalogue import Coin, coins
from fks_engine.simulator.climate import Climate
from fks_engine.simulator.crowd import Crowd
from fks_engine.simulator.history import SyntheticHistory
from fks_engine.simulator.matching import Book

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from fks_engine.simulator.market import DriveOptions, Feed, Market

STEP_MS = 25
STEP_SECONDS = STEP_MS / 1000
DEPTH_STEPS = 4
"""Depth changes go out every fourth step, a hundred milliseconds."""
TEND_STEPS = 40
MOST_LATE_STEPS = 80
"""A process that was stopped for longer lets the missed time pass without flow."""
FIRST_ID = 1_000_001


class SyntheticDrive:
    """Markets moved by a crowd; what it does depends on the seed, the steps taken and the accounts' own orders."""

    def __init__(self, options: DriveOptions) -> None:
        self._clock = options.clock
        self._speed = options.speed
        self._coins = coins(options.symbols)
        self._start_ms = options.clock.now_ms()
        self._steps = 0
        prices = {coin.rules.symbol: _start_price(coin, options.last_prices) for coin in self._coins}
        self._history = SyntheticHistory(options.seed, self._coins, self._start_ms, prices)
        self._climate = Climate(options.seed, self._coins, list(prices.values()), STEP_SECONDS)
        self._books: list[Book] = []
        self._crowds: list[Crowd] = []
        for index, coin in enumerate(self._coins):
            symbol = coin.rules.symbol
            sequence = options.sequences.sequence
            book = Book(coin.rules, sequence(f"trade:{symbol}", FIRST_ID), sequence(f"update:{symbol}", FIRST_ID))
            crowd = Crowd(coin, book, options.seed, prices[symbol])
            crowd.fill_book(float(self._climate.second_sigma[index]), self._start_ms)
            book.drain_depth(self._start_ms)
            self._books.append(book)
            self._crowds.append(crowd)
        self._markets = {book.rules.symbol: book for book in self._books}

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
            await self._clock.sleep(STEP_SECONDS / self._speed)

    def step(self, feed: Feed) -> None:
        """One step of simulated time."""
        self._steps += 1
        now_ms = self.now_ms()
        counts = self._climate.step()
        fairs = self._climate.fair.tolist()
        sigmas = (self._climate.turbulence * self._climate.second_sigma).tolist()
        for index, count in enumerate(counts):
            book, crowd = self._books[index], self._crowds[index]
            for matched in crowd.follow(fairs[index], sigmas[index], now_ms):
                feed.on_matched(matched)
                _publish_quote(book, feed)
            for _ in range(count):
                done = crowd.act(now_ms)
                if done is not None and done.executions:
                    feed.on_matched(done)
                _publish_quote(book, feed)
            if (self._steps + index) % TEND_STEPS == 0:
                crowd.tend(now_ms)
            if (self._steps + index) % DEPTH_STEPS == 0:
                change = book.drain_depth(now_ms)
                if change is not None:
                    feed.on_depth(change)


def _publish_quote(book: Book, feed: Feed) -> None:
    quote = book.drain_quote()
    if quote is not None:
        feed.on_quote(quote)


def _start_price(coin: Coin, last_prices: Mapping[str, str]) -> float:
    """Where the coin last stood, or its price in the catalogue."""
    return float(Decimal(last_prices.get(coin.rules.symbol, coin.price)))
