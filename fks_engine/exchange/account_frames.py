"""Binance's account frames and answers as order reports, fills and balances."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from fks_engine.errors import MalformedData
from fks_engine.exchange.market_frames import Markets, market
from fks_engine.exchange.parsing import (
    Frame,
    flag,
    frames,
    identifier,
    nanoseconds,
    shown,
    signed,
    stepped,
    unsigned,
    word,
)
from fks_engine.model import Balance, BalancesChanged, Fill, OrderReport, OrderStatus, OrderType, Side, TimeInForce

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.model import Instrument

_STATUSES: Mapping[str, OrderStatus] = {
    "NEW": OrderStatus.ACCEPTED,
    "PENDING_NEW": OrderStatus.ACCEPTED,
    "PARTIALLY_FILLED": OrderStatus.PARTIALLY_FILLED,
    "FILLED": OrderStatus.FILLED,
    "CANCELED": OrderStatus.CANCELED,
    "PENDING_CANCEL": OrderStatus.PENDING_CANCEL,
    "REJECTED": OrderStatus.REJECTED,
    "EXPIRED": OrderStatus.EXPIRED,
    "EXPIRED_IN_MATCH": OrderStatus.EXPIRED,
}
_TYPES: Mapping[str, OrderType] = {
    "LIMIT": OrderType.LIMIT,
    "LIMIT_MAKER": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP_LOSS": OrderType.STOP,
    "STOP_LOSS_LIMIT": OrderType.STOP_LIMIT,
    "TAKE_PROFIT": OrderType.TAKE_PROFIT,
    "TAKE_PROFIT_LIMIT": OrderType.TAKE_PROFIT_LIMIT,
}
_ENDS: Mapping[str, str] = {
    "EXPIRED_IN_MATCH": "expired: it would have traded with an order of the same account",
}


class _Waiting(NamedTuple):
    """What an order waits for, as a frame tells it."""

    stop_price: object
    has_worked: bool
    order_list_id: object


def order_event(message: Frame, markets: Markets, ts_received: int) -> OrderReport:
    """An `executionReport`. Raises MalformedData, as every function here does."""
    instrument = market(message["s"], markets)
    # The id of a cancel request stands in c; the order's own is then in C.
    client_order_id = word(message.get("C") or message["c"])
    refusal = word(message.get("r") or "")
    return _report(
        instrument,
        client_order_id,
        message["i"],
        (message["S"], message["o"], message["f"], message["X"]),
        (message["q"], message["z"], message["Z"], message["p"]),
        "" if refusal == "NONE" else refusal,
        _Waiting(message.get("P"), message.get("w") is True or _worked(message.get("W")), message.get("g")),
        nanoseconds(message["T"]),
        ts_received,
    )


def fill_event(message: Frame, markets: Markets, ts_received: int) -> Fill | None:
    """The execution in an `executionReport`; None where it reports something else."""
    if message["x"] != "TRADE":
        return None
    instrument = market(message["s"], markets)
    return Fill(
        instrument_id=instrument.id,
        trade_id=str(identifier(message["t"])),
        client_order_id=word(message.get("C") or message["c"]),
        exchange_order_id=str(identifier(message["i"])),
        side=_side(message["S"]),
        price=stepped(message["L"], instrument.tick_size),
        quantity=stepped(message["l"], instrument.step_size),
        fee=signed(message["n"]),
        fee_asset=word(message["N"] or ""),
        is_maker=flag(message["m"]),
        ts_event=nanoseconds(message["T"]),
        ts_received=ts_received,
    )


def balances_event(message: Frame, ts_received: int) -> BalancesChanged:
    """An `outboundAccountPosition`: the assets that changed, as of the account's own time, which the answers tell too.

    The time at which the event was sent is later and would make a change look newer than one that came after it.
    """
    balances = tuple(
        Balance(word(item["a"]), unsigned(item["f"]), unsigned(item["l"])) for item in frames(message["B"])
    )
    return BalancesChanged(balances, False, nanoseconds(message["u"]), ts_received)


def order_answer(message: Frame, markets: Markets, ts_received: int) -> OrderReport:
    """The answer to sending, canceling or asking for an order."""
    instrument = market(message["symbol"], markets)
    time = next((message[key] for key in ("transactTime", "updateTime", "time") if message.get(key)), None)
    return _report(
        instrument,
        word(message.get("origClientOrderId") or message["clientOrderId"]),
        message["orderId"],
        (message["side"], message["type"], message["timeInForce"], message["status"]),
        (message["origQty"], message["executedQty"], message["cummulativeQuoteQty"], message["price"]),
        "",
        _Waiting(message.get("stopPrice"), _worked(message.get("workingTime")), message.get("orderListId")),
        ts_received if time is None else nanoseconds(time),
        ts_received,
    )


def list_answer(message: Frame, markets: Markets, ts_received: int) -> tuple[OrderReport, ...]:
    """The answer to sending or canceling a list of orders."""
    return tuple(order_answer(row, markets, ts_received) for row in frames(message["orderReports"]))


def fill_answer(message: Frame, markets: Markets, ts_received: int) -> Fill:
    """One row of the account's own trades; it does not name our order id."""
    instrument = market(message["symbol"], markets)
    return Fill(
        instrument_id=instrument.id,
        trade_id=str(identifier(message["id"])),
        client_order_id="",
        exchange_order_id=str(identifier(message["orderId"])),
        side=Side.BUY if flag(message["isBuyer"]) else Side.SELL,
        price=stepped(message["price"], instrument.tick_size),
        quantity=stepped(message["qty"], instrument.step_size),
        fee=signed(message["commission"]),
        fee_asset=word(message["commissionAsset"]),
        is_maker=flag(message["isMaker"]),
        ts_event=nanoseconds(message["time"]),
        ts_received=ts_received,
    )


def balances_answer(message: Frame, ts_received: int) -> BalancesChanged:
    """The account's balances, all of them."""
    rows = frames(message["balances"])
    balances = tuple(Balance(word(row["asset"]), unsigned(row["free"]), unsigned(row["locked"])) for row in rows)
    updated = message.get("updateTime")
    return BalancesChanged(balances, True, nanoseconds(updated) if updated else ts_received, ts_received)


def _report(
    instrument: Instrument,
    client_order_id: str,
    exchange_order_id: object,
    words: tuple[object, object, object, object],
    numbers: tuple[object, object, object, object],
    reason: str,
    waiting: _Waiting,
    ts_event: int,
    ts_received: int,
) -> OrderReport:
    side, kind, duration, status = words
    quantity_text, filled_text, spent_text, price_text = numbers
    quantity, filled = (stepped(text, instrument.step_size) for text in (quantity_text, filled_text))
    spent, price = unsigned(spent_text), stepped(price_text, instrument.tick_size)
    if filled > quantity:
        raise MalformedData(f"an order of {quantity} that filled {filled}")
    kind_text, status_text = word(kind), word(status)
    if status_text not in _STATUSES:
        raise MalformedData(f"unknown order status {shown(status)}")
    order_type = _TYPES.get(kind_text, OrderType.LIMIT if "LIMIT" in kind_text else OrderType.MARKET)
    stop = stepped(waiting.stop_price, instrument.tick_size) if waiting.stop_price is not None else None
    return OrderReport(
        client_order_id=client_order_id,
        exchange_order_id=str(identifier(exchange_order_id)),
        instrument_id=instrument.id,
        side=_side(side),
        order_type=order_type,
        status=_STATUSES[status_text],
        quantity=quantity,
        filled_quantity=filled,
        average_price=_mean(spent, filled) if filled else None,
        limit_price=price or None,
        time_in_force=_durations.get(word(duration), TimeInForce.GTC),
        post_only=kind_text == "LIMIT_MAKER",
        reason=reason or _ENDS.get(status_text, ""),
        ts_event=ts_event,
        ts_received=ts_received,
        stop_price=stop or None,
        is_triggered=order_type.has_stop and (waiting.has_worked or filled > 0),
        order_list_id=_list_id(waiting.order_list_id),
        is_pending=status_text == "PENDING_NEW",
    )


def _worked(working_time: object) -> bool:
    """Whether the order has begun to work: it has a time at which it did."""
    return type(working_time) is int and working_time > 0


def _list_id(value: object) -> str | None:
    return None if value is None or value == -1 else str(identifier(value))


_durations: Mapping[str, TimeInForce] = {duration.value.upper(): duration for duration in TimeInForce}


def _mean(spent: Decimal, filled: Decimal) -> Decimal:
    return (spent / filled).normalize()


def _side(text: object) -> Side:
    if text == "BUY":
        return Side.BUY
    if text == "SELL":
        return Side.SELL
    raise MalformedData(f"neither buy nor sell: {shown(text)}")
