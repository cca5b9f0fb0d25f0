"""The last trades of each instrument."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.model import InstrumentId, Trade


class Tapes:
    """A bounded tape for each instrument."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tapes: dict[InstrumentId, deque[Trade]] = {}

    def put(self, trade: Trade) -> None:
        """Take one more trade; the oldest gives way."""
        tape = self._tapes.get(trade.instrument_id)
        if tape is None:
            tape = self._tapes[trade.instrument_id] = deque(maxlen=self._size)
        tape.append(trade)

    def newest(self, instrument_id: InstrumentId, limit: int) -> tuple[Trade, ...]:
        """The last trades, newest first."""
        return tuple(islice(reversed(self._tapes.get(instrument_id, ())), limit))

    def last(self, instrument_id: InstrumentId) -> Trade | None:
        """The last trade; None before the first."""
        tape = self._tapes.get(instrument_id)
        return tape[-1] if tape else None
