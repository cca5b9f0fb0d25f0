"""The table of positions with their profit."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import InstrumentId, PositionRow, PositionSide, market_of
from fks_tui.formatting import NOTHING, STALE_MARK, fixed, money, percent, quantity, signed_money
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_tui.precision import Precision

COLUMNS: Final = (
    Column("market", "Market", 0),
    Column("side", "Side", 2),
    Column("quantity", "Quantity", 1, right=True),
    Column("average", "Average", 8, right=True),
    Column("even", "Break-even", 6, right=True),
    Column("mark", "Mark", 5, right=True),
    Column("notional", "Notional", 10, right=True),
    Column("exposure", "Of equity", 9),
    Column("unrealised", "Unrealised", 3, right=True),
    Column("percent", "Unr. %", 4, right=True),
    Column("day", "Day", 7, right=True),
    Column("total", "Total", 11, right=True),
    Column("fees", "Fees", 14, right=True),
    Column("stops", "Stops", 12, right=True),
    Column("external", "External", 13, right=True),
)
_GAUGE: Final = 8
"""Cells of a full exposure gauge: the whole equity in one market."""
_ALL_BUT_DUST: Final = Decimal("0.998")
"""A stop of an entry less its fee, rounded down, still counts as the whole."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"
_SIDES: Final = {PositionSide.LONG: ("▲ LONG", "buy"), PositionSide.SHORT: ("▼ SHORT", "sell")}


class PositionTable(RecordTable[InstrumentId]):
    """Positions by instrument, in quote units."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(COLUMNS, "", id=id)

    def show_positions(self, positions: Iterable[PositionRow], precision: Precision) -> None:
        """Show `positions`, marked where their marks are old."""
        self.show([_record(row, precision) for row in positions])


def _record(row: PositionRow, precision: Precision) -> Record[InstrumentId]:
    side, tone = ("· DUST", "warning") if row.dust else _SIDES.get(row.side, ("FLAT", "muted"))
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
        "percent": Cell(percent(row.unrealised_fraction), old or _tone(row.unrealised)),
        "even": Cell(precision.price(row.instrument_id, row.break_even)),
        "exposure": Cell(_exposure(row.exposure), old),
        "day": Cell(signed_money(row.day_profit), old or _tone(row.day_profit)),
        "total": Cell(signed_money(row.total_profit), old or _tone(row.total_profit)),
        "stops": _stops(row),
        "fees": Cell(money(row.fees), "muted"),
        "external": Cell(quantity(row.external_quantity), "warning")
        if row.external_quantity
        else Cell(NOTHING, "muted"),
    }
    return Record(row.instrument_id, cells)


def _tone(profit: Decimal | None) -> str:
    return "" if not profit else "gain" if profit > 0 else "loss"


def _exposure(fraction: Decimal | None) -> str:
    """A fraction of equity as a gauge and in percent: `▋        7.9%`."""
    if fraction is None:
        return NOTHING
    eighths = min(_GAUGE * 8, max(0, round(fraction * _GAUGE * 8)))
    gauge = "█" * (eighths // 8) + (_EIGHTHS[eighths % 8] if eighths % 8 else "")
    return f"{gauge:<{_GAUGE}} {fixed(fraction * 100, 1):>5}%"


def _stops(row: PositionRow) -> Cell:
    """How much of the position working stops would sell: all of it, a part, or nothing."""
    if not row.quantity or row.dust:
        return Cell(NOTHING, "muted")
    if not row.protected_quantity:
        return Cell("none", "muted")
    part = min(Decimal(1), row.protected_quantity / abs(row.quantity))
    whole = part >= _ALL_BUT_DUST
    return Cell("all" if whole else f"only {fixed(part * 100, 0)}%", "" if whole else "warning")
