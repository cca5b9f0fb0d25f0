"""Records of the journal in words, one line each."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from fks_engine.clock import NANOS
from fks_engine.model import (
    BalancesTaken,
    CancelAsked,
    Checkpoint,
    DifferenceNoted,
    EquityMarked,
    FillTaken,
    JournalOpened,
    LimitSet,
    OrderMoved,
    OrdersPlanned,
    OrdersSent,
    ReportTaken,
    TradingStateSet,
    market_of,
    plain,
)

if TYPE_CHECKING:
    from fks_engine.journal import Written
    from fks_engine.model import CheckMade, JournalEntry, Order


def line(record: Written) -> str:
    """A record as a line: its number, its time in UTC, and what it tells."""
    entry = record.entry
    at = datetime.fromtimestamp(entry.ts / NANOS, UTC).isoformat(sep=" ", timespec="microseconds")[:-6]
    return f"{record.number:>8} {at}Z  {words(entry)}"


def orders_in(entry: JournalEntry) -> tuple[str, ...]:
    """The client order ids that an entry is about."""
    match entry:
        case OrdersPlanned(orders=orders):
            return tuple(order.client_order_id for order in orders)
        case OrdersSent(client_order_ids=order_ids):
            return order_ids
        case OrderMoved(client_order_id=order_id) | CancelAsked(client_order_id=order_id):
            return (order_id,)
        case ReportTaken(report=report):
            return (report.client_order_id,)
        case FillTaken(fill=fill):
            return (fill.client_order_id,)
    return ()


def words(entry: JournalEntry) -> str:
    """What an entry tells."""
    match entry:
        case JournalOpened():
            return f"opened by fks {entry.version}: {entry.mode.value}, {entry.account}"
        case OrdersPlanned(orders=orders):
            what = "denied" if orders[0].status.is_terminal else "planned"
            return f"{what}{_by(entry.origin)}  {'; '.join(map(_order, orders))}{_checks(entry.checks)}"
        case OrdersSent(client_order_ids=order_ids):
            return f"sent  {', '.join(order_ids)}"
        case OrderMoved():
            return f"{entry.status.value}  {entry.client_order_id}{_because(entry.reason)}"
        case CancelAsked():
            return f"cancel asked  {entry.client_order_id}"
        case ReportTaken(report=report):
            filled = f", {plain(report.filled_quantity)} of {plain(report.quantity)} filled"
            number = f" (exchange id {report.exchange_order_id})"
            return f"told {report.status.value}  {report.client_order_id}{number}{filled}{_because(report.reason)}"
        case FillTaken(fill=fill):
            trade = f"{fill.side.value} {plain(fill.quantity)} {market_of(fill.instrument_id)} at {plain(fill.price)}"
            return f"fill {fill.trade_id}  {fill.client_order_id}: {trade}, fee {plain(fill.fee)} {fill.fee_asset}"
    return _account_words(entry)


def _account_words(entry: JournalEntry) -> str:
    match entry:
        case BalancesTaken(balances=balances):
            assets = ", ".join(f"{each.asset} {plain(each.free)}+{plain(each.locked)}" for each in balances.balances)
            return f"balances  {assets}"
        case TradingStateSet():
            flatten = ", to be flattened" if entry.flatten else ""
            return f"trading {entry.state.value}{flatten}{_by(entry.origin)}{_because(entry.reason)}"
        case LimitSet():
            return f"limit {entry.name.value.replace('_', ' ')}: {_limit(entry)}{_by(entry.origin)}"
        case EquityMarked():
            since = f"{plain(entry.day_start)} {entry.currency} when the day began"
            return f"equity counted from {since}, peak {plain(entry.peak)} {entry.currency}"
        case DifferenceNoted():
            why = entry.explanation or "nobody knows why"
            return f"difference  {entry.kind} {entry.subject}: {entry.ours} here, {entry.theirs} there: {why}"
        case Checkpoint():
            return f"checkpoint: {len(entry.orders)} orders, {len(entry.positions)} positions, {len(entry.fills)} fills"
    raise AssertionError(f"no words for {type(entry).__name__}")


def _order(order: Order) -> str:
    at = "@" if order.order_type.has_limit else "at worst"
    price = "" if order.limit_price is None else f" {at} {plain(order.limit_price)}"
    stop = "" if order.stop_price is None else f" once {plain(order.stop_price)} is reached"
    what = f"{order.side.value} {order.order_type.value} {plain(order.quantity)} {market_of(order.instrument_id)}"
    return f"{order.client_order_id}: {what}{price}{stop}{_because(order.reason)}"


def _by(origin: str) -> str:
    return f" by {origin}" if origin else ""


def _checks(checks: tuple[CheckMade, ...]) -> str:
    """How many questions were passed, and the numbers of the one that was not."""
    if not checks:
        return ""
    failed = [check for check in checks if not check.passed]
    if not failed:
        return f"; {len(checks)} checks passed"
    return "; " + "; ".join(
        f"not passed: {check.name} ({', '.join(f'{name} {value}' for name, value in check.numbers.items())})"
        if check.numbers
        else f"not passed: {check.name}"
        for check in failed
    )


def _limit(entry: LimitSet) -> str:
    if entry.instrument_ids:
        return ", ".join(map(market_of, entry.instrument_ids))
    return "as the settings have it" if entry.value is None else plain(entry.value)


def _because(reason: str | None) -> str:
    return f": {reason}" if reason else ""
