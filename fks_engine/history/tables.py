"""The columns of an export: orders, fills and steps as lines of text, exact decimals and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS
from fks_engine.model import market_of

if TYPE_CHECKING:
    from fks_engine.api import LifeStep
    from fks_engine.model import Fill, Order

_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r", "\n")


class Holds(StrEnum):
    """What a column holds."""

    TEXT = "text"
    DECIMAL = "decimal"
    TIME = "time"
    YES_OR_NO = "yes or no"


@dataclass(frozen=True, slots=True)
class ExportColumn:
    """A column by its name."""

    name: str
    holds: Holds = Holds.TEXT


Value = str | Decimal | int | bool | None
_D, _T, _Y = Holds.DECIMAL, Holds.TIME, Holds.YES_OR_NO
ORDER_COLUMNS: Final = (
    *(ExportColumn("created", _T), ExportColumn("client_order_id"), ExportColumn("exchange"), ExportColumn("market")),
    *(ExportColumn("side"), ExportColumn("type"), ExportColumn("quantity", _D), ExportColumn("limit_price", _D)),
    *(ExportColumn("stop_price", _D), ExportColumn("time_in_force"), ExportColumn("post_only", _Y)),
    *(ExportColumn("reduce_only", _Y), ExportColumn("status"), ExportColumn("filled_quantity", _D)),
    *(ExportColumn("average_price", _D), ExportColumn("reason"), ExportColumn("origin"), ExportColumn("external", _Y)),
    *(ExportColumn("exchange_order_id"), ExportColumn("order_list_id"), ExportColumn("replaces")),
    *(ExportColumn("sent", _T), ExportColumn("updated", _T)),
)
FILL_COLUMNS: Final = (
    *(ExportColumn("time", _T), ExportColumn("trade_id"), ExportColumn("client_order_id"), ExportColumn("exchange")),
    *(ExportColumn("market"), ExportColumn("side"), ExportColumn("quantity", _D), ExportColumn("price", _D)),
    *(ExportColumn("fee", _D), ExportColumn("fee_asset"), ExportColumn("maker", _Y)),
    *(ExportColumn("exchange_order_id"), ExportColumn("received", _T)),
)
STEP_COLUMNS: Final = (
    *(ExportColumn("client_order_id"), ExportColumn("market"), ExportColumn("step", _D), ExportColumn("time", _T)),
    *(ExportColumn("kind"), ExportColumn("text"), ExportColumn("numbers"), ExportColumn("fault", _Y)),
)


def order_line(order: Order, origin: str) -> tuple[Value, ...]:
    """An order, as ORDER_COLUMNS has it."""
    return (
        *(order.ts_created or None, order.client_order_id, order.instrument_id.partition(":")[0]),
        *(market_of(order.instrument_id), order.side.value, order.order_type.value, order.quantity),
        *(order.limit_price, order.stop_price, order.time_in_force.value, order.post_only, order.reduce_only),
        *(order.status.value, order.filled_quantity, order.average_price, order.reason, origin, order.external),
        *(order.exchange_order_id, order.order_list_id, order.replaces),
        *(order.ts_submitted or None, order.ts_updated or None),
    )


def fill_line(fill: Fill) -> tuple[Value, ...]:
    """A fill, as FILL_COLUMNS has it."""
    return (
        *(fill.ts_event, fill.trade_id, fill.client_order_id, fill.instrument_id.partition(":")[0]),
        *(market_of(fill.instrument_id), fill.side.value, fill.quantity, fill.price, fill.fee, fill.fee_asset),
        *(fill.is_maker, fill.exchange_order_id, fill.ts_received),
    )


def step_line(order: Order, number: int, step: LifeStep) -> tuple[Value, ...]:
    """A step of an order's life, as STEP_COLUMNS has it."""
    numbers = "; ".join(f"{name}: {value}" for name, value in step.numbers.items())
    return (
        *(order.client_order_id, market_of(order.instrument_id), Decimal(number), step.ts, step.kind.value),
        *(step.text, numbers, step.is_fault),
    )


def cell(value: Value, holds: Holds) -> str:
    """A value as a CSV file has it: plain decimals, ISO times, and no text that a spreadsheet takes as a formula."""
    if value is None:
        return ""
    match holds:
        case Holds.TIME:
            assert isinstance(value, int)
            whole, part = divmod(value, NANOS)
            return f"{datetime.fromtimestamp(whole, UTC):%Y-%m-%dT%H:%M:%S}.{part:09d}Z"
        case Holds.DECIMAL:
            return f"{value:f}"
        case Holds.YES_OR_NO:
            return "true" if value else "false"
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULAS) else text
