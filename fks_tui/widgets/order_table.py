"""The tables of working orders and of orders that are over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import Order, OrderStatus
from fks_tui.formatting import clock_time, quantity, whole_age
from fks_tui.order_words import (
    STATUS_TONES,
    UNKNOWN_REASON,
    exits_by_list,
    kind_words,
    market_words,
    price_words,
    remark,
    side_words,
    status_words,
)
from fks_tui.widgets.columns import Cell, Column, Record
from fks_tui.widgets.record_table import RecordTable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_tui.precision import Precision

WORKING_COLUMNS: Final = (
    Column("time", "Time", 8),
    Column("market", "Market", 0),
    Column("side", "Side", 1),
    Column("kind", "Type", 6, most=18),
    Column("quantity", "Quantity", 2, right=True),
    Column("filled", "Filled", 7, right=True),
    Column("price", "Price", 3, right=True),
    Column("average", "Average", 10, right=True),
    Column("status", "Status", 4, most=26),
    Column("age", "Age", 5, right=True),
    Column("reason", "Remark", 9, most=64, grows=True),
)
HISTORY_COLUMNS: Final = (
    Column("time", "Time", 4),
    Column("market", "Market", 0),
    Column("side", "Side", 1),
    Column("kind", "Type", 8, most=18),
    Column("quantity", "Quantity", 7, right=True),
    Column("filled", "Filled", 2, right=True),
    Column("price", "Price", 9, right=True),
    Column("average", "Average", 5, right=True),
    Column("status", "Status", 3, most=26),
    Column("reason", "Reason", 6, most=80, grows=True, least=24),
)


class WorkingOrderTable(RecordTable[str]):
    """Orders of which something may rest at the exchange."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(WORKING_COLUMNS, "", id=id)

    def show_orders(self, orders: Iterable[Order], precision: Precision, now: int, *, is_old: bool) -> None:
        """Show `orders` as they stand at engine time `now`; faintly where nobody knows how they stand by now."""
        found = list(orders)
        exits = exits_by_list(found)
        self.show(
            [_working(each, precision, now, exits[each.order_list_id or ""], is_old=is_old) for each in found],
            {each.replaces: each.client_order_id for each in found if each.replaces is not None},
        )


class HistoryTable(RecordTable[str]):
    """Orders of which nothing can rest at the exchange any more."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(HISTORY_COLUMNS, "", id=id)

    def show_orders(self, orders: Iterable[Order], precision: Precision) -> None:
        """Show `orders`, which stand in their order already."""
        self.show([_over(order, precision) for order in orders])


def _working(order: Order, precision: Precision, now: int, exits: int, *, is_old: bool) -> Record[str]:
    cells = _shared(order, precision, exits)
    cells["time"] = Cell(clock_time(order.ts_created), "muted")
    cells["age"] = Cell(whole_age(now - order.ts_created), "muted")
    unknown = order.status is OrderStatus.UNKNOWN
    cells["reason"] = (
        Cell(UNKNOWN_REASON, "warning")
        if unknown
        else Cell("; ".join(each for each in (remark(order, exits=exits), order.reason) if each), "muted")
    )
    return Record(order.client_order_id, cells, dim=is_old)


def _over(order: Order, precision: Precision) -> Record[str]:
    cells = _shared(order, precision)
    cells["time"] = Cell(clock_time(order.ts_updated), "muted")
    cells["reason"] = Cell(order.reason, STATUS_TONES.get(order.status, "") if order.reason else "")
    return Record(order.client_order_id, cells, dim=order.status is OrderStatus.CANCELED and not order.filled_quantity)


def _shared(order: Order, precision: Precision, exits: int = 0) -> dict[str, Cell]:
    limit = precision.price(order.instrument_id, order.limit_price)
    price = price_words(order, limit, precision.price(order.instrument_id, order.stop_price))
    marks = "└ " if order.waits_for is not None else "┌ " if exits else "∥ " if order.order_list_id is not None else ""
    return {
        "market": Cell(market_words(order), "strong"),
        "side": Cell(side_words(order.side), order.side.value),
        "kind": Cell(f"{marks}{kind_words(order)}"),
        "quantity": Cell(quantity(order.quantity)),
        "filled": Cell(quantity(order.filled_quantity), "" if order.filled_quantity else "muted"),
        "price": Cell(price, "muted" if price == "market" else ""),
        "average": Cell(precision.average(order.instrument_id, order.average_price)),
        "status": Cell(status_words(order), STATUS_TONES.get(order.status, "warning" if order.external else "")),
    }
