"""How busy a synthetic market is made: a target of messages a second, and seconds that are busier still."""

from __future__ import annotations

import random

LEAST_FACTOR, MOST_FACTOR = 0.02, 60.0
LARGEST_CORRECTION = 1.5
"""The factor changes by no more than this in a second."""
BURST_EVERY = 15.0
"""Seconds between busy seconds, on average."""


class Load:
    """The factor by which the market's own activity is multiplied.

    With a target the factor follows it from second to second, counting what the drive tells: a trade, a quote and a
    depth change are a message each, and so is a candle every other second. Without one the factor is 1, but for bursts.
    """

    def __init__(self, rate: float, burst: float, symbols: int, seed: int) -> None:
        self._target = rate
        self._burst = burst
        self._candles = symbols / 2
        self._random = random.Random(f"{seed} load")
        self._factor = 1.0
        self._is_burst = False
        self.told = 0
        """Messages since the last second ended."""

    @property
    def has_target(self) -> bool:
        """Whether a number of messages was asked for."""
        return self._target > 0

    @property
    def factor(self) -> float:
        """How many times the usual activity there is in this second."""
        return self._factor * self._burst if self._is_burst else self._factor

    def end_second(self) -> None:
        """Correct the factor by what the second held, and say whether the next one is a burst."""
        if self._target and not self._is_burst:
            wanted = max(1.0, self._target - self._candles)
            correction = (wanted / max(1.0, self.told)) ** 0.6
            bounded = min(LARGEST_CORRECTION, max(1 / LARGEST_CORRECTION, correction))
            self._factor = min(MOST_FACTOR, max(LEAST_FACTOR, self._factor * bounded))
        self.told = 0
        self._is_burst = self._burst > 1 and not self._is_burst and self._random.random() < 1 / BURST_EVERY
