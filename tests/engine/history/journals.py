"""Journals written without an engine, for the history to read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fks_engine.journal.codec import encoded
from fks_engine.journal.frames import MAGIC, framed
from fks_engine.journal.segment import segment_path
from fks_engine.model import (
    CancelAsked,
    CheckMade,
    FillTaken,
    OrderMoved,
    OrdersPlanned,
    OrdersSent,
    OrderStatus,
    ReportTaken,
)
from tests.engine.builders import NOW, a_fill, a_report, an_order

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from fks_engine.model import JournalEntry, Order

SECOND = 1_000_000_000
CHECKS = (
    CheckMade(name="order notional", passed=True, numbers={"worth": "5900", "limit": "25000"}),
    CheckMade(name="price band", passed=True),
)


def write(folder: Path, *segments: Iterable[JournalEntry]) -> list[Path]:
    """Write each group of entries as a segment; the files."""
    folder.mkdir(parents=True, exist_ok=True)
    number, paths = 1, []
    for entries in segments:
        path, data = segment_path(folder, number), MAGIC
        for entry in entries:
            data += framed(number, number - 1, encoded(entry))
            number += 1
        path.write_bytes(data)
        paths.append(path)
    return paths


def add(path: Path, number: int, *entries: JournalEntry) -> None:
    """Write entries behind what stands in the file; the first one has that number."""
    data = b"".join(framed(number + at, number + at - 1, encoded(entry)) for at, entry in enumerate(entries))
    path.write_bytes(path.read_bytes() + data)


def planned(number: int, **changes: Any) -> Order:
    """An order as an intent has it."""
    given = {
        "client_order_id": f"fks-{number}",
        "exchange_order_id": None,
        "status": OrderStatus.SUBMITTED,
        "ts_created": NOW + number * SECOND,
        "ts_submitted": 0,
    }
    return an_order(**{**given, **changes})


def a_whole_life(number: int, **changes: Any) -> tuple[JournalEntry, ...]:
    """Asked for, checked, sent, answered and filled."""
    order, at = planned(number, **changes), NOW + number * SECOND
    exchange_id = f"9{number}"
    fill = a_fill(client_order_id=order.client_order_id, exchange_order_id=exchange_id, trade_id=str(number))
    return (
        OrdersPlanned(ts=at, orders=(order,), origin="ticket", checks=CHECKS),
        OrdersSent(ts=at + 1, client_order_ids=(order.client_order_id,)),
        ReportTaken(ts=at + 2, report=a_report(order=order, exchange_order_id=exchange_id)),
        FillTaken(ts=at + 3, fill=fill),
        FillTaken(ts=at + 4, fill=fill),
        ReportTaken(ts=at + 5, report=a_report(OrderStatus.FILLED, "0.1", order=order, exchange_order_id=exchange_id)),
    )


def a_canceled_life(number: int) -> tuple[JournalEntry, ...]:
    """Asked for, without an answer for a while, and canceled."""
    order, at = planned(number), NOW + number * SECOND
    exchange_id = f"9{number}"
    return (
        OrdersPlanned(ts=at, orders=(order,), origin="ladder"),
        OrdersSent(ts=at + 1, client_order_ids=(order.client_order_id,)),
        OrderMoved(ts=at + 2, client_order_id=order.client_order_id, status=OrderStatus.UNKNOWN, reason="no answer"),
        ReportTaken(ts=at + 3, report=a_report(order=order, exchange_order_id=exchange_id)),
        CancelAsked(ts=at + 4, client_order_id=order.client_order_id),
        ReportTaken(ts=at + 5, report=a_report(OrderStatus.CANCELED, order=order, exchange_order_id=exchange_id)),
    )


def a_denied_one(number: int, reason: str = "worth 64000, over 25000") -> tuple[JournalEntry, ...]:
    """Asked for and denied by a check."""
    order = planned(number, status=OrderStatus.DENIED, reason=reason)
    check = CheckMade(name="order notional", passed=False, numbers={"worth": "64000", "limit": "25000"})
    return (OrdersPlanned(ts=NOW + number * SECOND, orders=(order,), origin="order line", checks=(check,)),)
