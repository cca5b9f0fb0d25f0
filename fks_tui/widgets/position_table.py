"""The table of positions with their profit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import InstrumentId, PositionRow, PositionSide, market_of
from fks_tui.formatting import NOTHING, STALE_MARK, money, percent, quantity, signed_money
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from fks_tui.precision import Precision

COLUMNS: Final = (
    Column("market", "Market", 0),
    Column("side", "Side", 2),
    Column("quantity", "Quantity", 1, right=True),
    Column("average", "Average", 6, right=True),
    Column("mark", "Mark", 5, right=True),
    Column("notional", "Notional", 8, right=True),
    Column("unrealised", "Unrealised", 3, right=True),
    Column("percent", "Unr. %", 4, right=True),
    Column("realised", "Realised", 7, right=True),
    Column("fees", "Fees", 9, right=True),
    Column("external", "External", 10, right=True),
)
_SIDES: Final = {PositionSide.LONG: ("▲ LONG", "buy"), PositionSide.SHORT: ("▼ SHORT", "sell")}


class PositionTable(RecordTable[InstrumentId]):
    """Positions by instrument, in quote units."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(COLUMNS, "", id=id)

    def show_positions(self, positions: Iterable[PositionRow], precision: Precision) -> None:
        """Show `positions`, marked where their marks are old."""
        self.show([_record(row, precision) for row in positions])


def _record(row: PositionRow, precision: Precision) -> Record[InstrumentId]:
    side, tone = _SIDES.get(row.side, ("FLAT", "muted"))
    stale = STALE_MARK if row.mark_stale and row.mark is not None else ""
    old = "stale" if row.mark_stale else ""
    cells = {
        "market": Cell(market_of(row.instrument_id), "strong"),
        "side": Cell(side, tone),
        "quantity": Cell(quantity(row.quantity)),
        "average": Cell(precision.price(row.instrument_id, row.average_price)),
        "mark": Cell(stale + precision.price(row.instrument_id, row.mark), old),
        "notional": Cell(money(row.notional), old),
        "unrealised": Cell(signed_money(row.unrealised), old or _tone(row.unrealised)),
        "percent": Cell(percent(_fraction(row)), old or _tone(row.unrealised)),
        "realised": Cell(signed_money(row.realised), _tone(row.realised)),
        "fees": Cell(money(row.fees), "muted"),
        "external": Cell(quantity(row.external_quantity), "warning")
        if row.external_quantity
        else Cell(NOTHING, "muted"),
    }
    return Record(row.instrument_id, cells)


def _tone(profit: Decimal | None) -> str:
    return "" if not profit else "gain" if profit > 0 else "loss"


def _fraction(row: PositionRow) -> Decimal | None:
    """Unrealised profit as a fraction of what the position cost."""
    if row.unrealised is None or not row.average_price or not row.quantity:
        return None
    return row.unrealised / abs(row.average_price * row.quantity)
