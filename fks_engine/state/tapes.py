"""The last trades of each instrument, each once and in the order of their time."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from fks_engine.model import InstrumentId, Trade

LATE_NS: Final = 5 * NANOS
"""A trade that is older than the last one by more was not overtaken: time itself went back, as where a replay begins
anew."""


class Tapes:
    """A bounded tape for each instrument. A trade that was overtaken is put in its place, one told twice left out."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._tapes: dict[InstrumentId, deque[Trade]] = {}

    def put(self, trade: Trade) -> None:
        """Take one more trade; the oldest gives way."""
        tape = self._tapes.get(trade.instrument_id)
        if tape is None:
            tape = self._tapes[trade.instrument_id] = deque(maxlen=self._size)
        if tape and trade.ts_event <= tape[-1].ts_event:
            _put_late(tape, trade)
        else:
            tape.append(trade)

    def newest(self, instrument_id: InstrumentId, limit: int) -> tuple[Trade, ...]:
        """The last trades, newest first."""
        return tuple(islice(reversed(self._tapes.get(instrument_id, ())), limit))

    def last(self, instrument_id: InstrumentId) -> Trade | None:
        """The last trade; None before the first."""
        tape = self._tapes.get(instrument_id)
        return tape[-1] if tape else None


def _put_late(tape: deque[Trade], trade: Trade) -> None:
    """Put a trade where it belongs among those that are not older than it."""
    if tape[-1].ts_event - trade.ts_event > LATE_NS:
        tape.append(trade)
        return
    place = len(tape)
    while place and _key(trade) < _key(tape[place - 1]):
        place -= 1
    if place and tape[place - 1].trade_id == trade.trade_id:
        return
    if len(tape) == tape.maxlen:
        if not place:
            return
        tape.popleft()
        place -= 1
    tape.insert(place, trade)


def _key(trade: Trade) -> tuple[int, int, str]:
    """Trades in the order of their time, and of their numbers where they have the same."""
    return (trade.ts_event, len(trade.trade_id), trade.trade_id)
