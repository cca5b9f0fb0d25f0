"""The table of balances with their worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_tui.formatting import money, percent, quantity
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from fks_engine.api import BalanceRow

COLUMNS: Final = (
    Column("asset", "Asset", 0),
    Column("free", "Free", 1, right=True),
    Column("locked", "Locked", 2, right=True),
    Column("total", "Total", 4, right=True),
    Column("value", "Value", 3, right=True),
    Column("share", "Share", 5, right=True),
)


class BalanceTable(RecordTable[str]):
    """Balances by asset; in the order of their names, so that no line jumps while prices move."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(COLUMNS, "", id=id)

    def show_balances(self, balances: Iterable[BalanceRow], equity: Decimal | None) -> None:
        """Show `balances`, and each one's share of `equity`."""
        self.show([_record(row, equity) for row in sorted(balances, key=lambda row: row.balance.asset)])


def _record(row: BalanceRow, equity: Decimal | None) -> Record[str]:
    balance = row.balance
    share = row.value / equity if row.value is not None and equity else None
    cells = {
        "asset": Cell(balance.asset, "strong"),
        "free": Cell(quantity(balance.free)),
        "locked": Cell(quantity(balance.locked), "warning" if balance.locked else "muted"),
        "total": Cell(quantity(balance.total)),
        "value": Cell("no price", "muted") if row.value is None else Cell(money(row.value)),
        "share": Cell(percent(share, 1).lstrip("+"), "muted"),
    }
    return Record(balance.asset, cells, dim=not balance.total)
