"""The weather of the synthetic market: fair values, volatility that clusters, and how busy each coin is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fks_engine.simulator.catalogue import Coin

    Vector = NDArray[np.float64]

YEAR_SECONDS = 365.0 * 86_400
MARKET_MEMORY = 600.0
"""Seconds over which the market's volatility forgets."""
COIN_MEMORY = 120.0
EXCITEMENT_MEMORY = 8.0
"""Seconds over which the burst after a large move dies away."""
SHOCK_RATE = 1 / 240.0
"""Market-wide shocks a second."""
BUSIEST = 255.0
"""Book events a second of the first coin in a calm market."""
RANK_FALL = 0.9


class Climate:
    """Every coin's fair value and intensity, advanced together in equal steps of simulated time."""

    def __init__(self, seed: int, coins: list[Coin], prices: list[float], step_seconds: float) -> None:
        self._random = np.random.default_rng([seed, 11])
        self._dt = step_seconds
        count = len(coins)
        self.fair: Vector = np.array(prices)
        self._per_step = np.array([coin.volatility for coin in coins]) * np.sqrt(step_seconds / YEAR_SECONDS)
        self._rho = np.array([coin.correlation for coin in coins])
        self._own = np.sqrt(1 - self._rho**2)
        self._base = BUSIEST / np.array([coin.rank for coin in coins], dtype=float) ** RANK_FALL
        self._market_heat = 0.0
        self._heat: Vector = np.zeros(count)
        self._excitement: Vector = np.zeros(count)
        self.turbulence: Vector = np.ones(count)
        """Volatility now over the coin's usual volatility."""
        self.second_sigma: Vector = self._per_step / np.sqrt(step_seconds)

    def step(self, factor: float = 1.0) -> NDArray[np.int64]:
        """Advance one step; the number of book events each coin sees in it at `factor` times the usual activity."""
        dt, draw = self._dt, self._random
        count = len(self.fair)
        market, shock, size, *_ = draw.standard_normal(3).tolist()
        own = draw.standard_normal((2, count))
        self._market_heat += -self._market_heat * dt / MARKET_MEMORY + 0.45 * np.sqrt(2 * dt / MARKET_MEMORY) * shock
        self._heat += -self._heat * (dt / COIN_MEMORY) + 0.30 * np.sqrt(2 * dt / COIN_MEMORY) * own[1]
        self._excitement *= np.exp(-dt / EXCITEMENT_MEMORY)

        calm = np.exp(self._market_heat + self._heat - 0.15)
        self.turbulence = calm * (1 + self._excitement)
        moves = self.turbulence * self._per_step * (self._rho * market + self._own * own[0])
        if draw.random() < SHOCK_RATE * dt:
            jump = (1.0 if size > 0 else -1.0) * (6 + 10 * abs(size))
            moves += jump * self._per_step / np.sqrt(dt) * self._rho * 0.5
            self._excitement += 1.2 * self._rho
        self.fair *= np.exp(moves)
        intensity = self._base * np.minimum(np.maximum(self.turbulence, 0.3) ** 0.8, 12.0)
        return draw.poisson(intensity * (dt * factor))
