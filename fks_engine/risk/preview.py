"""What an order would be and do if it were sent now."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from fks_engine.api import Preview, blank_preview
from fks_engine.model import EXACT, OrderType
from fks_engine.risk.checks import first_denial
from fks_engine.risk.order_rules import number_fault
from fks_engine.risk.situation import Situation
from fks_engine.risk.walk import opposite_levels, walk

if TYPE_CHECKING:
    from fks_engine.api import SubmitOrder
    from fks_engine.model import Instrument


def preview(situation: Situation) -> Preview:
    """The order rounded to its instrument's steps, its likely price, fee and position, and the gate's verdict."""
    if situation.listed is None:
        return blank_preview(situation.command, first_denial(situation))
    instrument = situation.instrument
    rounded = replace(situation, command=_rounded(situation.command, instrument))
    command = rounded.command
    is_sound = number_fault(command.quantity) is None and (
        command.limit_price is None or number_fault(command.limit_price) is None
    )
    outcome = _outcome(rounded) if is_sound else None
    before = situation.account.position(command.instrument_id).quantity
    received = instrument.base if rounded.is_buy else instrument.quote
    return Preview(
        quantity=command.quantity,
        limit_price=command.limit_price,
        expected_price=outcome and outcome[0],
        notional=outcome and EXACT.multiply(outcome[0], command.quantity),
        fee=outcome and outcome[1],
        fee_asset=received,
        position_before=before,
        position_after=None if outcome is None else _position_after(rounded, before, outcome[1]),
        available=rounded.available,
        available_asset=rounded.spent_asset,
        denial=first_denial(rounded),
    )


def _rounded(command: SubmitOrder, instrument: Instrument) -> SubmitOrder:
    """The order on its instrument's steps; what cannot be rounded stays for the gate to refuse."""
    quantity, price = command.quantity, command.limit_price
    if number_fault(quantity) is None:
        # Less than one step is left alone: rounded to nothing, it would be refused for a number nobody typed.
        quantity = instrument.quantity_to_step(quantity) or quantity
    if price is not None and number_fault(price) is None:
        price = instrument.price_to_tick(price) or price
    return replace(command, quantity=quantity, limit_price=price)


def _outcome(situation: Situation) -> tuple[Decimal, Decimal] | None:
    """The mean price once all is filled, and the fee in units of what is received; None without a market.

    What crosses the book is taken at its levels and the rest fills as maker at the limit price.
    """
    command, instrument = situation.command, situation.instrument
    limit = command.limit_price if command.order_type is OrderType.LIMIT else None
    if limit is None:
        price = situation.taking_price
        return None if price is None else (price, _fee(situation, command.quantity, price, instrument.taker_fee))
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
