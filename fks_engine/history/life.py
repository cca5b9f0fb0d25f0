"""An order's life, step by step, out of what the journal tells of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import LifeStep, LifeStepKind
from fks_engine.model import (
    CancelAsked,
    Checkpoint,
    FillTaken,
    OrderMoved,
    OrdersPlanned,
    OrdersSent,
    OrderStatus,
    ReportTaken,
    market_of,
    plain,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fks_engine.history.index import HistoryIndex
    from fks_engine.history.rows import Row
    from fks_engine.model import Fill, JournalEntry, Order, OrderReport

_FAULTS = frozenset({OrderStatus.DENIED, OrderStatus.REJECTED, OrderStatus.UNKNOWN})


def life(order: Order, entries: Iterable[JournalEntry]) -> tuple[LifeStep, ...]:
    """The steps of one order, in the order in which they were written; a fill counts once."""
    return tuple(_told(order, entries))


def life_in(index: HistoryIndex, row: Row) -> tuple[LifeStep, ...]:
    """The steps of one order, and at the end that some may be missing where part of the journal cannot be read."""
    steps = life(row.order, index.entries(row))
    is_begun = bool(steps) and steps[0].kind is LifeStepKind.ASKED
    if not (missing := index.missing(row, is_begun=is_begun)):
        return steps
    last = LifeStep(ts=row.order.ts_updated, kind=LifeStepKind.MOVED, text=missing, is_fault=True)
    return (*steps, last)


def _told(order: Order, entries: Iterable[JournalEntry]) -> Iterator[LifeStep]:
    order_id, trades, begun = order.client_order_id, set[str](), False
    for entry in entries:
        steps: Iterable[LifeStep] = ()
        match entry:
            case OrdersPlanned(orders=orders) if not begun:
                mine = [each for each in orders if each.client_order_id == order_id]
                steps = _planned(entry, mine[0]) if mine else ()
            case OrdersSent(client_order_ids=order_ids) if order_id in order_ids:
                steps = (LifeStep(ts=entry.ts, kind=LifeStepKind.SENT, text="the first byte leaves"),)
            case OrderMoved(client_order_id=found, status=status, reason=reason) if found == order_id:
                text = f"now {_words(status)}{f': {reason}' if reason else ''}"
                steps = (LifeStep(ts=entry.ts, kind=LifeStepKind.MOVED, text=text, is_fault=status in _FAULTS),)
            case CancelAsked(client_order_id=found) if found == order_id:
                steps = (LifeStep(ts=entry.ts, kind=LifeStepKind.CANCEL_ASKED, text="until it is over"),)
            case ReportTaken(report=report) if _is_of(order, report):
                steps = (_replied(entry.ts, report),)
            case FillTaken(fill=fill) if _is_of(order, fill) and fill.trade_id not in trades:
                trades.add(fill.trade_id)
                steps = (_filled(entry.ts, fill),)
            case Checkpoint(orders=orders) if not begun and any(each.client_order_id == order_id for each in orders):
                text = "known from a checkpoint: what came before is not in this journal"
                steps = (LifeStep(ts=entry.ts, kind=LifeStepKind.MOVED, text=text),)
        for step in steps:
            begun = True
            yield step


def _planned(entry: OrdersPlanned, order: Order) -> Iterator[LifeStep]:
    asked = entry.origin or "somebody"
    what = f"{order.side.value} {order.order_type.value.replace('_', ' ')} {plain(order.quantity)}"
    worst = "" if order.order_type.has_limit else " worst"
    price = "" if order.limit_price is None else f" at{worst} {plain(order.limit_price)}"
    stop = "" if order.stop_price is None else f" once {plain(order.stop_price)} trades"
    place = f", in place of {order.replaces}" if order.replaces else ""
    text = f"by {asked}: {what} {market_of(order.instrument_id)}{price}{stop}{place}"
    yield LifeStep(ts=order.ts_created or entry.ts, kind=LifeStepKind.ASKED, text=text)
    for check in entry.checks:
        yield LifeStep(
            ts=entry.ts,
            kind=LifeStepKind.CHECKED,
            text=f"{check.name}: {'passed' if check.passed else 'not passed'}",
            numbers=check.numbers,
            is_fault=not check.passed,
        )
    if order.status is OrderStatus.DENIED:
        yield LifeStep(ts=entry.ts, kind=LifeStepKind.DENIED, text=order.reason or "by the gate", is_fault=True)
    else:
        yield LifeStep(ts=entry.ts, kind=LifeStepKind.WRITTEN, text="to the journal, before anything is sent")


def _replied(ts: int, report: OrderReport) -> LifeStep:
    numbers = {"filled": f"{plain(report.filled_quantity)} of {plain(report.quantity)}"}
    if report.average_price is not None:
        numbers["average"] = plain(report.average_price)
    if report.exchange_order_id:
        numbers["exchange's id"] = report.exchange_order_id
    text = f"{_words(report.status)}{f': {report.reason}' if report.reason else ''}"
    return LifeStep(ts=ts, kind=LifeStepKind.REPLIED, text=text, numbers=numbers, is_fault=report.status in _FAULTS)


def _filled(ts: int, fill: Fill) -> LifeStep:
    numbers = {
        "fee": f"{plain(fill.fee)} {fill.fee_asset}",
        "as": "maker" if fill.is_maker else "taker",
        "trade": fill.trade_id,
    }
    text = f"{plain(fill.quantity)} at {plain(fill.price)}"
    return LifeStep(ts=ts, kind=LifeStepKind.FILLED, text=text, numbers=numbers)


def _is_of(order: Order, told: OrderReport | Fill) -> bool:
    if told.instrument_id != order.instrument_id:
        return False
    if told.exchange_order_id and order.exchange_order_id:
        return told.exchange_order_id == order.exchange_order_id
    return told.client_order_id == order.client_order_id


def _words(status: OrderStatus) -> str:
    return "working" if status is OrderStatus.ACCEPTED else status.value.replace("_", " ")
