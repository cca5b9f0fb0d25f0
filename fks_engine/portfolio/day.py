"""The profit of the day, one instrument at a time."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS
from fks_engine.model import EXACT

if TYPE_CHECKING:
    from fks_engine.model import Fill, InstrumentId, Position

_DAY_NS: Final = 86_400 * NANOS
_ZERO: Final = Decimal(0)


class DayProfits:
    """What each instrument had earned when the day began, so that the profit since then can be told.

    The day begins at midnight UTC, or when an instrument was first looked at if that is later. One that was never
    traded before begins at nothing.
    """

    def __init__(self) -> None:
        self._day = -1
        self._began: dict[InstrumentId, tuple[int, Decimal]] = {}

    def profit(self, position: Position, mark: Decimal | None, now_ns: int) -> Decimal | None:
        """Profit since the day began, realised and unrealised; None without a price for what is held."""
        if mark is None and position.quantity:
            return None
        self._turn(now_ns)
        total = EXACT.add(position.cash_flow, EXACT.multiply(position.quantity, mark or _ZERO))
        _, start = self._began.setdefault(position.instrument_id, (now_ns, total))
        return EXACT.subtract(total, start)

    def traded(self, fill: Fill, before: Position, now_ns: int) -> None:
        """Take note of a fill before it is booked: an old one, read back from the record, is no profit of today."""
        self._turn(now_ns)
        known = self._began.get(fill.instrument_id)
        if not before.fill_count and fill.ts_event // _DAY_NS == self._day:
            self._began[fill.instrument_id] = (fill.ts_event, _ZERO)
        elif known is not None and fill.ts_event < known[0]:
            del self._began[fill.instrument_id]

    def _turn(self, now_ns: int) -> None:
        """Begin a new day at its midnight."""
        if now_ns // _DAY_NS != self._day:
            self._day = now_ns // _DAY_NS
            self._began.clear()
