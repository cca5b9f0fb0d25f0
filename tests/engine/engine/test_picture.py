"""The parts of a view that are put together from several stages."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_engine.api import Connection, PositionRow, StageStatus, empty_account
from fks_engine.engine.picture import EngineFacts, _connection, _with_protection
from fks_engine.model import Order, OrderType, PositionSide, Side
from tests.engine.builders import BTC, an_order

A_ROW = PositionRow(
    instrument_id=BTC,
    side=PositionSide.LONG,
    quantity=Decimal(1),
    average_price=None,
    mark=None,
    mark_stale=False,
    notional=None,
    realised=Decimal(0),
    unrealised=None,
    fees=Decimal(0),
    external_quantity=Decimal(0),
)


def waiting(kind: OrderType, quantity: str, **changes: object) -> Order:
    order = an_order(Side.SELL, quantity, None)
    return replace(order, order_type=kind, stop_price=Decimal(58_000), **changes)  # type: ignore[arg-type]


def test_only_stops_that_work_protect_a_position() -> None:
    account = replace(empty_account("USDT"), positions=(A_ROW,))
    orders = (
        waiting(OrderType.STOP, "0.1"),
        waiting(OrderType.STOP_LIMIT, "0.2"),
        waiting(OrderType.TAKE_PROFIT, "0.3"),
        waiting(OrderType.STOP, "0.3", waits_for="fks-1"),
    )
    (row,) = _with_protection(account, orders).positions
    assert row.protected_quantity == Decimal("0.3")


def connection(*stages: StageStatus) -> tuple[Connection, str]:
    return _connection(EngineFacts(started_ts=0, stopping=False, phase="", stages=stages, attached_desks=0), ())


def test_a_shut_journal_is_no_lost_connection() -> None:
    shut = StageStatus("journal", Connection.DISCONNECTED, "the disk is full", None, 0)
    assert connection(shut, StageStatus("exchange", Connection.LIVE, "", None, 0))[1] == "waiting for the first quotes"


def test_why_the_account_is_not_read_is_what_its_stream_says() -> None:
    sync = StageStatus("account sync", Connection.STARTING, "waiting for the account stream", None, 0)
    stream = StageStatus("account", Connection.RECONNECTING, "the exchange refuses our key", None, 3)
    assert connection(sync, stream) == (Connection.STARTING, "account: the exchange refuses our key")
    assert connection(sync, StageStatus("account", Connection.LIVE, "7 events", None, 0))[1].startswith("account sync")
