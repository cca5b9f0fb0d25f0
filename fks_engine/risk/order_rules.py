"""Whether an order is well formed and keeps its instrument's rules."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import DenialReason, Denied
from fks_engine.model import EXACT, OrderType, TimeInForce, plain

if TYPE_CHECKING:
    from fks_engine.api import SubmitOrder
    from fks_engine.model import Instrument
    from fks_engine.risk.situation import Situation

LARGEST: Final = Decimal(10) ** 15
MOST_DECIMALS: Final = 18
_AT_ANY_PRICE: Final = frozenset({OrderType.STOP, OrderType.TAKE_PROFIT})


def check_quantity(situation: Situation) -> Denied | None:
    """The quantity is a number that can be traded at all."""
    fault = number_fault(situation.command.quantity)
    if fault is None:
        return None
    message = f"the quantity must be a number above 0; {plain(situation.command.quantity)[:40]} {fault}"
    return Denied(DenialReason.INVALID_QUANTITY, message)


def check_price(situation: Situation) -> Denied | None:
    """An order with a limit has a limit price, and the price is a number that can be traded at all."""
    command = situation.command
    price = command.limit_price
    if price is None:
        if not command.order_type.has_limit:
            return None
        return Denied(DenialReason.INVALID_PRICE, f"a {_kind(command)} order needs a limit price")
    fault = number_fault(price)
    if fault is None:
        return None
    return Denied(DenialReason.INVALID_PRICE, f"the limit price must be a number above 0; {plain(price)[:40]} {fault}")


def check_combination(situation: Situation) -> Denied | None:
    """The order's words go together."""
    command = situation.command
    kind, message = command.order_type, None
    duration = command.time_in_force.value.upper()
    if kind in _AT_ANY_PRICE and command.limit_price is not None:
        message = f"a {_kind(command)} order takes any price once it is reached; leave the limit price out, or send a "
        message += f"{_kind(command)} limit order"
    elif command.stop_price is not None and not kind.has_stop:
        message = f"a {_kind(command)} order waits for no stop price; leave it out or send a stop order"
    elif kind is OrderType.MARKET and command.post_only:
        message = "a market order always takes; post only needs a limit order"
    elif kind is OrderType.MARKET and command.time_in_force is not TimeInForce.GTC:
        message = f"a market order is done at once and takes no {duration}; use GTC"
    elif kind in _AT_ANY_PRICE and command.time_in_force is not TimeInForce.GTC:
        message = f"a {_kind(command)} order rests until it is reached and is done at once then; use GTC"
    elif kind.has_stop and command.post_only:
        message = f"a {_kind(command)} order takes once it is reached; post only needs a limit order"
    elif command.post_only and command.time_in_force is not TimeInForce.GTC:
        message = f"post only rests in the book and {duration} never does; use post only with GTC"
    return None if message is None else Denied(DenialReason.INVALID_COMBINATION, message)


def check_order_type(situation: Situation) -> Denied | None:
    """The exchange takes this kind of order for the instrument."""
    instrument, kind = situation.instrument, situation.command.order_type
    is_capped = kind is OrderType.MARKET and situation.command.limit_price is not None
    needed = OrderType.LIMIT if is_capped else kind
    if needed in instrument.order_types:
        return None
    taken = ", ".join(each.value.replace("_", " ") for each in instrument.order_types)
    message = f"the exchange takes no {_kind(situation.command)} orders of {instrument.market}; it takes {taken}"
    return Denied(DenialReason.UNSUPPORTED_ORDER, message)


def check_tick(situation: Situation) -> Denied | None:
    """The limit price stands on a tick."""
    return off_tick(situation.instrument, situation.command.limit_price, "limit_price")


def off_tick(instrument: Instrument, price: Decimal | None, name: str) -> Denied | None:
    """Why a price is none of the instrument's; None where it is."""
    if price is None or instrument.price_to_tick(price) == price:
        return None
    down, up, tick = instrument.price_down(price), instrument.price_up(price), instrument.tick_size
    near = f"{plain(down)} or {plain(up)}" if down > 0 else plain(up)
    written = plain(price, MOST_DECIMALS)
    return Denied(
        DenialReason.PRICE_OFF_TICK,
        f"prices of {instrument.market} move in steps of {plain(tick)}; {written} is none, {near} is",
        {name: written, "tick_size": plain(tick), "down": plain(down), "up": plain(up)},
    )


def check_step(situation: Situation) -> Denied | None:
    """The quantity is a multiple of the step."""
    quantity, instrument = situation.command.quantity, situation.instrument
    down = instrument.quantity_to_step(quantity)
    if down == quantity:
        return None
    step, written = instrument.step_size, plain(quantity, MOST_DECIMALS)
    near = f"{plain(down)} or {plain(down + step)}" if down > 0 else plain(down + step)
    return Denied(
        DenialReason.QUANTITY_OFF_STEP,
        f"quantities of {instrument.market} move in steps of {plain(step)} {instrument.base}; {written} is none, "
        f"{near} is",
        {"quantity": written, "step_size": plain(step), "down": plain(down), "up": plain(down + step)},
    )


def check_quantity_range(situation: Situation) -> Denied | None:
    """The quantity lies between the instrument's least and most."""
    command, instrument = situation.command, situation.instrument
    most, what = instrument.max_quantity, "one order"
    takes_any_price = command.limit_price is None and command.order_type is not OrderType.LIMIT
    lot = instrument.max_market_quantity if takes_any_price else None
    if lot is not None and lot < most:
        most, what = lot, "one market order"
    asked = plain(command.quantity)
    if command.quantity < instrument.min_quantity:
        least = plain(instrument.min_quantity)
        return Denied(
            DenialReason.QUANTITY_UNDER_MINIMUM,
            f"{asked} {instrument.base} is under the exchange's minimum of {least} {instrument.base}",
            {"quantity": asked, "minimum": least},
        )
    if command.quantity > most:
        return Denied(
            DenialReason.QUANTITY_OVER_MAXIMUM,
            f"{asked} {instrument.base} is over the exchange's maximum of {plain(most)} {instrument.base} for {what}",
            {"quantity": asked, "maximum": plain(most)},
        )
    return None


def check_min_notional(situation: Situation) -> Denied | None:
    """The order is worth the least that the exchange takes; a market order is valued at its cap, as it is sent."""
    instrument, price = situation.instrument, situation.price_at_exchange
    if price is None:
        return None
    notional = EXACT.multiply(price, situation.command.quantity)
    if notional >= instrument.min_notional:
        return None
    steps = (instrument.min_notional / price / instrument.step_size).to_integral_value("ROUND_CEILING")
    enough = plain(steps * instrument.step_size)
    return Denied(
        DenialReason.NOTIONAL_UNDER_MINIMUM,
        f"{plain(notional)} {instrument.quote} is under the exchange's minimum of {plain(instrument.min_notional)} "
        f"{instrument.quote}, which takes at least {enough} {instrument.base} at {plain(price)}",
        {"notional": plain(notional), "minimum": plain(instrument.min_notional), "quantity": enough},
    )


def check_exchange_price_range(situation: Situation) -> Denied | None:
    """The limit price lies where the exchange takes prices at all, counted from the middle of the quote."""
    price, instrument, quote = situation.command.limit_price, situation.instrument, situation.quote
    if price is None or quote is None:
        return None
    down, up = instrument.price_multiplier_down, instrument.price_multiplier_up
    least = None if down is None else instrument.price_up(quote.mid * down)
    most = None if up is None else instrument.price_down(quote.mid * up)
    if (least is None or price >= least) and (most is None or price <= most):
        return None
    lowest = "0" if least is None else plain(least)
    highest = "any price" if most is None else plain(most)
    return Denied(
        DenialReason.PRICE_OUTSIDE_BAND,
        f"{plain(price)} is outside the exchange's price range; it takes from {lowest} to {highest} now",
        {"limit_price": plain(price), "lowest": lowest, "highest": highest},
    )


def check_post_only(situation: Situation) -> Denied | None:
    """A post-only order would rest."""
    price, touch = situation.command.limit_price, situation.touch
    if not situation.command.post_only or price is None or touch is None:
        return None
    tick = situation.instrument.tick_size
    best = touch - tick if situation.is_buy else touch + tick
    if price <= best if situation.is_buy else price >= best:
        return None
    side, bound = ("ask", "at most") if situation.is_buy else ("bid", "at least")
    return Denied(
        DenialReason.POST_ONLY_WOULD_TAKE,
        f"at {plain(price)} the order would trade at once with the {side} of {plain(touch)}; post only needs {bound} "
        f"{plain(best)}",
        {"limit_price": plain(price), side: plain(touch), "best": plain(best)},
    )


def _kind(command: SubmitOrder) -> str:
    return command.order_type.value.removesuffix("_limit").replace("_", " ")


def number_fault(value: Decimal) -> str | None:
    """Why a number cannot be a price or quantity; None when it can."""
    if not value.is_finite():
        return "is none"
    if value <= 0:
        return "is not"
    if value >= LARGEST:
        return "is beyond all bounds (1000000000000000)"
    exponent = EXACT.normalize(value).as_tuple().exponent
    if isinstance(exponent, int) and exponent < -MOST_DECIMALS:
        return f"has more than {MOST_DECIMALS} decimals"
    return None
