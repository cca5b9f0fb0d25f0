"""What an order would be and do if it were sent now."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import Exits, Preview, SubmitOco, SubmitOrder, blank_preview, exits_quantity, legs
from fks_engine.model import EXACT, OrderType, plain
from fks_engine.risk.dust import leaves_dust
from fks_engine.risk.judgement import judge, lone
from fks_engine.risk.order_rules import number_fault
from fks_engine.risk.stop_rules import rests_beyond
from fks_engine.risk.walk import opposite_levels, walk

if TYPE_CHECKING:
    from fks_engine.api import OrderCommand
    from fks_engine.model import Instrument, Side
    from fks_engine.risk.judgement import Around
    from fks_engine.risk.situation import Situation


def preview(command: OrderCommand, around: Around, *, is_rounded: bool = True) -> Preview:
    """The order, as it is or rounded to its instrument's steps, with its likely price, fee and position, and the
    gate's verdict."""
    asked = around(lone(command))
    if asked.listed is None:
        return blank_preview(command, judge(command, around))
    instrument = asked.instrument
    rounded = _rounded(command, instrument) if is_rounded else command
    situation = around(lone(rounded))
    order = situation.command
    is_sound = all(number_fault(each) is None for each in _numbers(order))
    outcome = _outcome(situation) if is_sound else None
    before = situation.account.balance(instrument.base).total
    is_market = order.order_type is OrderType.MARKET
    return Preview(
        quantity=order.quantity,
        limit_price=None if is_market else order.limit_price,
        expected_price=outcome and outcome[0],
        notional=outcome and EXACT.multiply(outcome[0], order.quantity),
        fee=outcome and outcome[1],
        fee_asset=instrument.base if situation.is_buy else instrument.quote,
        position_before=before,
        position_after=None if outcome is None else _position_after(situation, before, outcome[1]),
        available=situation.available,
        available_asset=situation.spent_asset,
        denial=judge(rounded, around),
        cap_price=order.limit_price if is_market and is_sound else None,
        unfilled=_unfilled(situation) if is_sound else None,
        exits_quantity=exits_quantity(rounded, instrument) if is_sound else None,
        warnings=_warnings(rounded, situation) if is_sound else (),
        available_after=_available_after(situation) if is_sound else None,
    )


def _numbers(order: SubmitOrder) -> tuple[Decimal, ...]:
    return tuple(each for each in (order.quantity, order.limit_price, order.stop_price) if each is not None)


def _rounded(command: OrderCommand, instrument: Instrument) -> OrderCommand:
    """The order on its instrument's steps; what cannot be rounded stays for the gate to refuse."""
    quantity = command.quantity
    if number_fault(quantity) is None:
        # Less than one step is left alone: rounded to nothing, it would be refused for a number nobody typed.
        quantity = instrument.quantity_to_step(quantity) or quantity
    stop_price = _on_tick(command.stop_price, instrument, command.side)
    if isinstance(command, SubmitOco):
        return replace(
            command,
            quantity=quantity,
            take_profit_price=_on_tick(command.take_profit_price, instrument, command.side)
            or command.take_profit_price,
            stop_price=stop_price or command.stop_price,
            stop_limit_price=_on_tick(command.stop_limit_price, instrument, command.side),
        )
    exits = command.exits and Exits(
        take_profit_price=_on_tick(command.exits.take_profit_price, instrument, command.side.opposite),
        stop_price=_on_tick(command.exits.stop_price, instrument, command.side.opposite),
        stop_limit_price=_on_tick(command.exits.stop_limit_price, instrument, command.side.opposite),
    )
    limit_price = _on_tick(command.limit_price, instrument, command.side)
    return replace(command, quantity=quantity, limit_price=limit_price, stop_price=stop_price, exits=exits)


def _on_tick(price: Decimal | None, instrument: Instrument, side: Side) -> Decimal | None:
    if price is None or number_fault(price) is not None:
        return price
    return instrument.price_within(side, price) or price


def _outcome(situation: Situation) -> tuple[Decimal, Decimal] | None:
    """The mean price once all is filled, and the fee in units of what is received; None without a market.

    What crosses the book is taken at its levels and the rest fills as maker at the limit price. An order that waits for
    a stop price is valued at its limit, else at the stop price, as one that takes.
    """
    command, instrument = situation.command, situation.instrument
    if command.order_type is not OrderType.LIMIT or command.limit_price is None:
        price = situation.price
        return None if price is None else (price, _fee(situation, command.quantity, price, instrument.taker_fee))
    limit = command.limit_price
    levels = opposite_levels(command.side, situation.market.book(command.instrument_id), situation.quote)
    met = None if command.post_only else walk(command.side, levels, command.quantity, limit)
    if met is None:
        return limit, _fee(situation, command.quantity, limit, instrument.maker_fee)
    rest = EXACT.subtract(command.quantity, met.quantity)
    price = EXACT.add(met.notional, EXACT.multiply(rest, limit)) / command.quantity
    taken = _fee(situation, met.quantity, met.average_price, instrument.taker_fee)
    return price, EXACT.add(taken, _fee(situation, rest, limit, instrument.maker_fee))


def _fee(situation: Situation, quantity: Decimal, price: Decimal, fraction: Decimal) -> Decimal:
    """The fee on what is received: base units of a purchase, quote units of a sale."""
    received = quantity if situation.is_buy else EXACT.multiply(quantity, price)
    return received * fraction


def _position_after(situation: Situation, before: Decimal, fee: Decimal) -> Decimal:
    """Base units held once the order is filled and its fee paid."""
    quantity = situation.command.quantity
    return EXACT.add(before, EXACT.subtract(quantity, fee) if situation.is_buy else -quantity)


def _available_after(situation: Situation) -> Decimal | None:
    """What of the spent asset stays free; None where no price tells what is spent."""
    return None if situation.spent is None else EXACT.subtract(situation.available, situation.spent)


def _unfilled(situation: Situation) -> Decimal | None:
    """What the visible book does not give a market order within its cap; None where that is nothing."""
    command = situation.command
    if command.order_type is not OrderType.MARKET or command.limit_price is None or situation.quote is None:
        return None
    given = situation.met.quantity if situation.met is not None else Decimal(0)
    return EXACT.subtract(command.quantity, given) or None


def _warnings(command: OrderCommand, situation: Situation) -> tuple[str, ...]:
    """What a person should know before sending, though nothing forbids it."""
    found: list[str] = []
    unfilled, instrument = _unfilled(situation), situation.instrument
    if unfilled is not None:
        cap = plain(situation.command.limit_price or Decimal(0))
        found.append(
            f"the visible book gives {plain(unfilled)} {instrument.base} less than that within the cap of {cap}; what "
            "is not filled at once expires"
        )
    dust = leaves_dust(situation)
    if dust is not None:
        found.append(dust)
    found += [words for leg in legs(command, instrument) if (words := rests_beyond(leg, instrument)) is not None]
    if isinstance(command, SubmitOrder) and command.exits is not None:
        found.append("the exits begin to work once the whole entry has filled; a part of it stands unprotected")
    return tuple(found)
