"""The table of orders of all runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import OrderStatus
from fks_tui.formatting import date_time, printable, quantity
from fks_tui.order_words import STATUS_TONES, kind_words, market_words, price_words, side_words, status_words
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.api import Order
    from fks_tui.precision import Precision

COLUMNS: Final = (
    Column("time", "Created (UTC)", 2),
    Column("market", "Market", 0),
    Column("side", "Side", 1),
    Column("kind", "Type", 7, most=18),
    Column("quantity", "Quantity", 6, right=True),
    Column("filled", "Filled", 4, right=True),
    Column("price", "Price", 8, right=True),
    Column("average", "Average", 5, right=True),
    Column("status", "Status", 3, most=26),
    Column("id", "Our id", 10, most=28),
    Column("reason", "Reason", 9, most=80, grows=True, least=16),
)


class PastOrderTable(RecordTable[str]):
    """Orders with the date on which they were made, newest first."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(COLUMNS, "", id=id)

    def show_orders(self, orders: Iterable[Order], precision: Precision) -> None:
        """Show `orders`, which stand in their order already."""
        self.show([_record(order, precision) for order in orders])


def _record(order: Order, precision: Precision) -> Record[str]:
    limit = precision.price(order.instrument_id, order.limit_price)
    price = price_words(order, limit, precision.price(order.instrument_id, order.stop_price))
    cells = {
        "time": Cell(date_time(order.ts_created), "muted"),
        "market": Cell(market_words(order), "strong"),
        "side": Cell(side_words(order.side), order.side.value),
        "kind": Cell(kind_words(order)),
        "quantity": Cell(quantity(order.quantity)),
        "filled": Cell(quantity(order.filled_quantity), "" if order.filled_quantity else "muted"),
        "price": Cell(price, "muted" if price == "market" else ""),
        "average": Cell(precision.average(order.instrument_id, order.average_price)),
        "status": Cell(status_words(order), STATUS_TONES.get(order.status, "warning" if order.external else "")),
        "id": Cell(printable(order.client_order_id), "muted"),
        "reason": Cell(printable(order.reason), STATUS_TONES.get(order.status, "") if order.reason else ""),
    }
    return Record(order.client_order_id, cells, dim=order.status is OrderStatus.CANCELED and not order.filled_quantity)
