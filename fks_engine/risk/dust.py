"""Holdings too small to be sold: said as such, with the next step, before and after an order makes them."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

from fks_engine.api import DenialReason, Denied
from fks_engine.model import EXACT, plain

if TYPE_CHECKING:
    from fks_engine.model import Instrument
    from fks_engine.risk.situation import Situation


def check_dust(situation: Situation) -> Denied | None:
    """A sale of all that is held is worth what the exchange takes at least."""
    command, instrument, price = situation.command, situation.instrument, situation.price_at_exchange
    if situation.is_buy or situation.entry is not None or price is None:
        return None
    held = instrument.quantity_to_step(situation.available)
    if not held or command.quantity != held or not is_dust(instrument, held, price):
        return None
    base, quote = instrument.base, instrument.quote
    worth, least = EXACT.multiply(held, situation.price or price), _minimum(instrument, held)
    more = _enough(instrument, price)
    return Denied(
        DenialReason.DUST,
        f"{plain(held)} {base} is dust: worth {plain(worth, 2)} {quote}, the exchange's minimum is {least}; buy "
        f"{plain(more)} {base} or more and sell all, or leave it",
        {"quantity": plain(held), "worth": plain(worth), "minimum": least, "more": plain(more)},
    )


def leaves_dust(situation: Situation) -> str | None:
    """What a sale would leave that cannot be sold by itself, in words; None where it leaves nothing or enough."""
    command, instrument, price = situation.command, situation.instrument, situation.price_at_exchange
    if situation.is_buy or situation.entry is not None or price is None:
        return None
    rest = instrument.quantity_to_step(EXACT.subtract(situation.available, command.quantity))
    if rest <= 0 or not is_dust(instrument, rest, price):
        return None
    all_of_it = plain(instrument.quantity_to_step(situation.available))
    return (
        f"{plain(rest)} {instrument.base} would be left, worth {plain(EXACT.multiply(rest, price), 2)} "
        f"{instrument.quote}: less than the exchange's minimum of {_minimum(instrument, rest)}, so it could not be "
        f"sold by itself; sell {all_of_it} to leave nothing"
    )


def is_dust(instrument: Instrument, quantity: Decimal, price: Decimal) -> bool:
    """Whether so little cannot be sold at this price."""
    return quantity < instrument.min_quantity or EXACT.multiply(quantity, price) < instrument.min_notional


def _enough(instrument: Instrument, price: Decimal) -> Decimal:
    """The smallest quantity that can be sold at this price."""
    steps = (instrument.min_notional / price / instrument.step_size).to_integral_value(ROUND_CEILING)
    return max(instrument.min_quantity, steps * instrument.step_size)


def _minimum(instrument: Instrument, quantity: Decimal) -> str:
    if quantity < instrument.min_quantity:
        return f"{plain(instrument.min_quantity)} {instrument.base}"
    return f"{plain(instrument.min_notional)} {instrument.quote}"
