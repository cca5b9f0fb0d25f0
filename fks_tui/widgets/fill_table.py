"""The table of our fills."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import Fill, InstrumentId, market_of
from fks_tui.formatting import clock_time, quantity, worth
from fks_tui.order_words import side_words
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_tui.precision import Precision

COLUMNS: Final = (
    Column("time", "Time", 2),
    Column("market", "Market", 0),
    Column("side", "Side", 1),
    Column("quantity", "Quantity", 3, right=True),
    Column("price", "Price", 4, right=True),
    Column("worth", "Worth", 6, right=True),
    Column("fee", "Fee", 5, right=True),
    Column("role", "Role", 7),
    Column("order", "Order", 8, most=36),
    Column("trade", "Trade", 9, most=20, grows=True),
)


class FillTable(RecordTable[tuple[InstrumentId, str]]):
    """Executions of our orders, by (instrument, trade id)."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(COLUMNS, "", id=id)

    def show_fills(self, fills: Iterable[Fill], precision: Precision) -> None:
        """Show `fills`, which stand in their order already."""
        self.show([_record(fill, precision) for fill in fills])


def _record(fill: Fill, precision: Precision) -> Record[tuple[InstrumentId, str]]:
    market = market_of(fill.instrument_id)
    cells = {
        "time": Cell(clock_time(fill.ts_event), "muted"),
        "market": Cell(market, "strong"),
        "side": Cell(side_words(fill.side), fill.side.value),
        "quantity": Cell(quantity(fill.quantity)),
        "price": Cell(precision.price(fill.instrument_id, fill.price)),
        "worth": Cell(worth(fill.notional, market.partition("/")[2])),
        "fee": Cell(worth(fill.fee, fill.fee_asset)),
        "role": Cell("maker" if fill.is_maker else "taker", "muted"),
        "order": Cell(fill.client_order_id or fill.exchange_order_id, "muted"),
        "trade": Cell(fill.trade_id, "muted"),
    }
    return Record((fill.instrument_id, fill.trade_id), cells)
