"""Which quotes are news: one that was overtaken on its way is not, one that follows a false number is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fks_engine.model import InstrumentId, Quote

NEAR: Final = 1_000_000
"""Numbers of a book's states; one that is further back was not overtaken: the exchange counts anew, or the number
before was false."""
MOST_IN_A_ROW: Final = 8
"""So many overtaken quotes one after the other are none: the number that seems to be newer was false."""


class QuoteOrder:
    """The number of each market's last quote."""

    def __init__(self) -> None:
        self._last: dict[InstrumentId, int] = {}
        self._held_back: dict[InstrumentId, int] = {}

    def has(self, instrument_id: InstrumentId) -> bool:
        """Whether a quote of the market has come."""
        return instrument_id in self._last

    def is_news(self, quote: Quote) -> bool:
        """Whether to take the quote; it is then the last one."""
        key, number = quote.instrument_id, quote.update_id
        behind = self._last.get(key, number) - number
        held_back = self._held_back.get(key, 0)
        if 0 < behind <= NEAR and held_back < MOST_IN_A_ROW:
            self._held_back[key] = held_back + 1
            return False
        self._last[key] = number
        self._held_back[key] = 0
        return True
