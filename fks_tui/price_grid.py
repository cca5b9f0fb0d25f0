"""Prices as numbered rows of a ladder: one row is one tick, or several of them taken together."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Context, Decimal
from typing import Final

from fks_engine.api import Side

GROUPINGS: Final = (1, 5, 10, 50, 100, 500)
"""How many ticks a row may take together."""
_EXACT: Final = Context(prec=64)


@dataclass(frozen=True, slots=True)
class PriceGrid:
    """The rows of one market. A row bears the worst price of what is in it: bids are rounded down, asks up."""

    tick: Decimal
    ticks: int = 1

    @property
    def step(self) -> Decimal:
        """The price from one row to the next."""
        return self.tick * self.ticks

    def row(self, price: Decimal, side: Side) -> int:
        """The row of a price to buy or sell at."""
        return self._row(price, ROUND_FLOOR if side is Side.BUY else ROUND_CEILING)

    def nearest(self, price: Decimal) -> int:
        """The row nearest to a price of no side."""
        return self._row(price, ROUND_HALF_EVEN)

    def price(self, row: int) -> Decimal:
        """The price that a row bears, with the tick's decimals."""
        return _EXACT.multiply(self.step, Decimal(row)).quantize(self.tick, context=_EXACT)

    def _row(self, price: Decimal, rounding: str) -> int:
        return int(_EXACT.divide(price, self.step).to_integral_value(rounding, _EXACT))
