"""Orders as an earlier run left them, told again from the journal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.model import CancelAsked, Checkpoint, FillTaken, OrderMoved, OrdersPlanned, OrdersSent, ReportTaken

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.model import JournalEntry, Order
    from fks_engine.orders.ledger import OrderLedger


def replayed(ledger: OrderLedger, entries: Iterable[JournalEntry]) -> frozenset[str]:
    """Let the ledger live through what the journal tells; the orders whose cancel was asked for.

    A checkpoint may already hold what entries after it tell: each of them counts once.
    """
    canceled: set[str] = set()
    with ledger.replaying() as happened:
        for entry in entries:
            happened(entry.ts)
            _tell(ledger, entry, canceled)
    return frozenset(canceled)


def _tell(ledger: OrderLedger, entry: JournalEntry, canceled: set[str]) -> None:
    match entry:
        case Checkpoint(orders=orders, cancels=cancels):
            _add(ledger, orders)
            canceled.update(cancels)
        case OrdersPlanned(orders=orders):
            _add(ledger, orders)
        case OrdersSent(client_order_ids=order_ids):
            for order_id in order_ids:
                if ledger.get(order_id) is not None:
                    ledger.sent(order_id)
        case OrderMoved(client_order_id=order_id, status=status, reason=reason):
            order = ledger.get(order_id)
            if order is not None and order.may_move_to(status):
                ledger.move(order_id, status, reason)
        case CancelAsked(client_order_id=order_id):
            canceled.add(order_id)
        case ReportTaken(report=report):
            ledger.take_report(report)
        case FillTaken(fill=fill):
            ledger.take_fill(fill)


def _add(ledger: OrderLedger, orders: Iterable[Order]) -> None:
    for order in orders:
        if ledger.get(order.client_order_id) is None:
            ledger.add(order)
