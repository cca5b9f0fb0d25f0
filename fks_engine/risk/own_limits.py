"""Whether an order stays within the limits that the person set."""

from __future__ import annotations

from decimal import ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

from fks_engine.api import DenialReason, Denied
from fks_engine.model import EXACT, OrderType, plain

if TYPE_CHECKING:
    from fks_engine.risk.situation import Situation

_WHOLE: Final = Decimal(100)


def check_max_quantity(situation: Situation) -> Denied | None:
    """The order asks for no more base units than the limit."""
    limit, quantity = situation.limits.max_order_quantity, situation.command.quantity
    if limit is None or quantity <= limit:
        return None
    base = situation.instrument.base
    return Denied(
        DenialReason.QUANTITY_OVER_MAXIMUM,
        f"{plain(quantity)} {base} is over your limit of {plain(limit)} {base} for one order (risk.max_order_quantity)",
        {"quantity": plain(quantity), "limit": plain(limit)},
    )


def check_max_notional(situation: Situation) -> Denied | None:
    """The order is worth no more than the limit. One whose worth cannot be told is kept back."""
    limit, price = situation.limits.max_order_notional, situation.worth_price
    if limit is None or price is None:
        return None
    instrument, currency, worth = situation.instrument, situation.limits.reporting_currency, situation.worth
    if worth is None:
        return unknown_worth(situation, "max_order_notional", limit)
    if worth <= limit:
        return None
    passing = plain(steps_within(limit, worth, situation))
    return Denied(
        DenialReason.NOTIONAL_OVER_LIMIT,
        f"the order is worth {plain(worth, 2)} {currency}, over your limit of {plain(limit)} {currency} "
        f"(risk.max_order_notional), which takes at most {passing} {instrument.base} at {plain(price, 8)}",
        {"notional": plain(worth), "limit": plain(limit), "quantity": passing},
    )


def unknown_worth(situation: Situation, name: str, limit: Decimal) -> Denied:
    """That the order's worth cannot be held against a limit, for nothing prices it."""
    instrument, currency = situation.instrument, situation.limits.reporting_currency
    notional = plain(EXACT.multiply(situation.worth_price or Decimal(0), situation.command.quantity))
    return Denied(
        DenialReason.NO_MARKET,
        f"the worth of {notional} {instrument.quote} in {currency} is not known, so it cannot be held against your "
        f"limit of {plain(limit)} {currency} (risk.{name}); follow a market that prices {instrument.quote}",
        {"notional": notional, "limit": plain(limit)},
    )


def steps_within(limit: Decimal, worth: Decimal, situation: Situation) -> Decimal:
    """The most base units, in whole steps, of an order at this price that is worth no more than `limit`."""
    step = situation.instrument.step_size
    unit = worth / situation.command.quantity
    return (limit / unit / step).to_integral_value(ROUND_FLOOR) * step


def check_open_orders(situation: Situation) -> Denied | None:
    """There are fewer working orders than the limit. A sale at market that only reduces never rests, and passes."""
    if situation.command.reduce_only and situation.command.order_type is OrderType.MARKET:
        return None
    limit, working, asked = situation.limits.max_open_orders, len(situation.working), situation.order_count
    if limit is None or working + asked <= limit:
        return None
    these = "" if asked == 1 else f" and this would add {asked}"
    first = "cancel one first" if working + asked == limit + 1 else f"cancel {working + asked - limit} first"
    return Denied(
        DenialReason.OPEN_ORDERS_OVER_LIMIT,
        f"{working} orders work already{these}, and your limit is {limit} (risk.max_open_orders); {first}",
        {"open_orders": str(working), "limit": str(limit)},
    )


def check_order_rate(situation: Situation) -> Denied | None:
    """Fewer orders left in the last second than the limit. What only reduces never waits."""
    limit, sent, asked = situation.limits.max_orders_per_second, situation.sent_in_second, situation.order_count
    if limit is None or sent is None or situation.command.reduce_only or sent + asked <= limit:
        return None
    these = "" if asked == 1 else f" and this would send {asked}"
    remedy = "send it again in a second" if asked <= limit else "such a list never passes"
    return Denied(
        DenialReason.ORDER_RATE_OVER_LIMIT,
        f"{sent} orders left in the last second{these}, and your limit is {limit} (risk.max_orders_per_second); "
        f"{remedy}",
        {"sent": str(sent), "asked": str(asked), "limit": str(limit)},
    )


def check_price_band(situation: Situation) -> Denied | None:
    """The order would not pay far more, or take far less, than the mid.

    For a limit order its price counts, for a market order the mean price that the visible book would give. A limit
    price on the quiet side of the market passes at any distance: it can only trade at a better price than now. An order
    that waits for a stop price meets the market there, so its limit is held against the stop price, as that of an exit
    is against its entry's.
    """
    command, band, price = situation.command, situation.limits.price_band_percent, situation.band_price
    word, origin = situation.band_origin
    if band is None or price is None or origin is None:
        return None
    is_buy = situation.is_buy
    worst = origin * (1 + band / _WHOLE) if is_buy else origin * (1 - band / _WHOLE)
    if price <= worst if is_buy else price >= worst:
        return None
    instrument = situation.instrument
    bound = plain(instrument.price_down(worst) if is_buy else instrument.price_up(worst))
    away = abs(price - origin) / origin * _WHOLE
    beyond, most = ("over", "at most") if is_buy else ("under", "at least")
    is_limit = command.order_type is not OrderType.MARKET
    what = "the price" if is_limit else "the mean price in the book,"
    remedy = f"it ends at {bound}" if is_limit else f"{most} {bound} is allowed; send less, or a limit order"
    return Denied(
        DenialReason.PRICE_OUTSIDE_BAND,
        f"{what} {plain(price)} is {plain(away, 2)} % {beyond} the {word} of {plain(origin)}, outside your band of "
        f"{plain(band)} % (risk.price_band_percent); {remedy}",
        {"price": plain(price), word: plain(origin), "band_percent": plain(band), "bound": bound},
    )
