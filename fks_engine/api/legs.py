"""The single orders that a command stands for: an entry and its exits, or two of which one cancels the other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from fks_engine.api.commands import Exits, OrderCommand, SubmitOco, SubmitOrder
from fks_engine.model import Instrument, InstrumentId, OrderType, Side


def legs(command: OrderCommand, instrument: Instrument | None) -> tuple[SubmitOrder, ...]:
    """The orders of a command, the entry before its exits and a profit before a stop; a plain order is its own leg."""
    if isinstance(command, SubmitOco):
        profit = _limit(
            command.instrument_id, command.side, command.quantity, command.take_profit_price, post_only=True
        )
        return profit, _stop(
            command.instrument_id, command.side, command.quantity, command.stop_price, command.stop_limit_price
        )
    if command.exits is None:
        return (command,)
    return replace(command, exits=None), *_exits(command, command.exits, instrument)


def exits_quantity(command: OrderCommand, instrument: Instrument) -> Decimal | None:
    """Base units that the exits of an entry hold: a purchase's fee is off them. None for a command without exits."""
    if isinstance(command, SubmitOco) or command.exits is None:
        return None
    if command.side is Side.SELL:
        return command.quantity
    return instrument.quantity_after_fee(command.quantity)


def _exits(entry: SubmitOrder, exits: Exits, instrument: Instrument | None) -> tuple[SubmitOrder, ...]:
    quantity = entry.quantity
    if instrument is not None and quantity.is_finite():
        quantity = exits_quantity(entry, instrument) or quantity
    side, both = entry.side.opposite, exits.take_profit_price is not None and exits.stop_price is not None
    found: list[SubmitOrder] = []
    if exits.take_profit_price is not None:
        found.append(_limit(entry.instrument_id, side, quantity, exits.take_profit_price, post_only=both))
    if exits.stop_price is not None:
        found.append(_stop(entry.instrument_id, side, quantity, exits.stop_price, exits.stop_limit_price))
    return tuple(found)


def _limit(
    instrument_id: InstrumentId, side: Side, quantity: Decimal, price: Decimal, *, post_only: bool
) -> SubmitOrder:
    """The limit order of a list; beside a stop the exchange takes only one that never takes."""
    return SubmitOrder(
        instrument_id=instrument_id,
        side=side,
        order_type=OrderType.LIMIT,
        quantity=quantity,
        limit_price=price,
        post_only=post_only,
    )


def _stop(
    instrument_id: InstrumentId, side: Side, quantity: Decimal, stop_price: Decimal, limit_price: Decimal | None
) -> SubmitOrder:
    return SubmitOrder(
        instrument_id=instrument_id,
        side=side,
        order_type=OrderType.STOP if limit_price is None else OrderType.STOP_LIMIT,
        quantity=quantity,
        limit_price=limit_price,
        stop_price=stop_price,
    )
