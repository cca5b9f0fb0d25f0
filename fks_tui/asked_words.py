"""What was asked of the engine, as a toast says it: never more than the engine has said yes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import (
    AddToWatchlist,
    CancelAllOrders,
    CancelOrder,
    FlattenPosition,
    ReplaceOrder,
    SetAlert,
    SetTradingState,
    SubmitOco,
    SubmitOrder,
    TradingState,
    market_of,
)
from fks_tui.formatting import quantity
from fks_tui.order_change import numbers_of
from fks_tui.order_words import headline, terms
from fks_tui.typed_numbers import Field, plain

if TYPE_CHECKING:
    from fks_engine.api import Command, DeskView, Order


def asked_words(command: Command, view: DeskView) -> tuple[str, str]:
    """The title and the text for a command that was taken: what it set going, or what it has done where it is done."""
    match command:
        case SubmitOrder() | SubmitOco():
            return "Passed the gate", f"{headline(command)} {terms(command)}"
        case ReplaceOrder():
            return "Replacing", _replaced(command, _order(command.client_order_id, view))
        case CancelOrder(client_order_id=id):
            return "Canceling", _named(_order(id, view), id)
        case CancelAllOrders(instrument_id=id, side=side):
            where = "all markets" if id is None else market_of(id)
            return "Canceling", f"the {f'{side} ' if side else ''}orders of {where}"
        case FlattenPosition(instrument_id=id):
            what = "all positions" if id is None else market_of(id)
            return "Closing", f"{what}: orders are canceled first, then what is held is sold"
        case AddToWatchlist():
            return "Watching", f"{market_of(command.instrument_id)} on {command.name}"
        case SetAlert():
            return "Alert set", f"{market_of(command.instrument_id)} {command.condition} {plain(command.level)}"
        case SetTradingState(state=TradingState.REDUCING):
            return "Reducing", "only orders that shrink a position pass"
        case SetTradingState(state=TradingState.ACTIVE):
            return "Trading resumed", "orders pass again"
        case _:
            name = type(command).__name__
            return "Done", "".join(f" {each.lower()}" if each.isupper() else each for each in name).strip().capitalize()


def _order(client_order_id: str, view: DeskView) -> Order | None:
    orders = (*view.working_orders, *view.recent_orders)
    return next((each for each in orders if each.client_order_id == client_order_id), None)


def _named(order: Order | None, client_order_id: str) -> str:
    """`BUY 0.1 BTC/USDT at 63900`; of an order that is not in the picture its id."""
    if order is None:
        return f"order {client_order_id}"
    price = order.stop_price if order.limit_price is None else order.limit_price
    at = "" if price is None else f" at {plain(price)}"
    return f"{order.side.upper()} {quantity(order.leaves_quantity)} {market_of(order.instrument_id)}{at}"


def _replaced(command: ReplaceOrder, order: Order | None) -> str:
    """`BUY BTC/USDT: quantity 0.1 → 0.2, price 63900 → 63950`."""
    if order is None:
        return f"order {command.client_order_id}"
    old = numbers_of(order)
    whole = None if command.quantity is None else command.quantity + order.filled_quantity
    wanted = {Field.QUANTITY: whole, Field.STOP: command.stop_price, Field.PRICE: command.limit_price}
    changes = [
        f"{field.words} {plain(old[field])} → {plain(value)}"
        for field, value in wanted.items()
        if value is not None and field in old
    ]
    return f"{order.side.upper()} {market_of(order.instrument_id)}: {', '.join(changes)}"
