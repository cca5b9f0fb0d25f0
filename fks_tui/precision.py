"""How many decimals the prices of each market are written with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_tui.formatting import decimals_of, fixed, price

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from fks_engine.api import InstrumentId, QuoteRow

MOST_DECIMALS = 8
FINER = 4
"""Decimals that a mean price has beyond its market's, where it needs them."""


class Precision:
    """The decimals of every market, read off its quotes: an exchange writes them with the tick's decimals."""

    def __init__(self) -> None:
        self._decimals: dict[InstrumentId, int] = {}

    def learn(self, quotes: Iterable[QuoteRow]) -> None:
        """Take the decimals of markets that are not known yet."""
        for row in quotes:
            if row.instrument_id not in self._decimals and row.bid is not None:
                self._decimals[row.instrument_id] = decimals_of(row.bid)

    def price(self, instrument_id: InstrumentId, value: Decimal | None) -> str:
        """`value` with the market's decimals; of an unknown market, with its own."""
        decimals = self._decimals.get(instrument_id)
        if decimals is None:
            decimals = 0 if value is None else min(decimals_of(value), MOST_DECIMALS)
        return price(value, decimals)

    def average(self, instrument_id: InstrumentId, value: Decimal | None) -> str:
        """A mean price, which may lie between ticks: the market's decimals, and up to four more where they say more."""
        if value is None:
            return self.price(instrument_id, None)
        known = self._decimals.get(instrument_id)
        least = 0 if known is None else known
        finer = fixed(value, (MOST_DECIMALS if known is None else known) + FINER)
        whole, _, decimals = finer.partition(".")
        kept = decimals[:least] + decimals[least:].rstrip("0")
        return f"{whole}.{kept}" if kept else whole
