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
    """The order is worth no more than the limit. One whose worth cannot be told is kept back.

    A sale far under the bid is worth what the bid pays, for it would trade there.
    """
    limit, price, touch = situation.limits.max_order_notional, situation.price, situation.touch
    if limit is None or price is None:
        return None
    if not situation.is_buy and touch is not None:
        price = max(price, touch)
    notional = EXACT.multiply(price, situation.command.quantity)
    instrument, currency = situation.instrument, situation.limits.reporting_currency
    in_reporting = situation.rate_to_reporting(instrument.quote)
    if in_reporting is None:
        return Denied(
            DenialReason.NO_MARKET,
            f"the worth of {plain(notional)} {instrument.quote} in {currency} is not known, so it cannot be held "
            f"against your limit of {plain(limit)} {currency}; follow a market that prices {instrument.quote}",
            {"notional": plain(notional), "limit": plain(limit)},
        )
    worth = EXACT.multiply(notional, in_reporting)
    if worth <= limit:
        return None
    steps = (limit / (price * in_reporting) / instrument.step_size).to_integral_value(ROUND_FLOOR)
    passing = plain(steps * instrument.step_size)
    return Denied(
        DenialReason.NOTIONAL_OVER_LIMIT,
        f"the order is worth {plain(worth, 2)} {currency}, over your limit of {plain(limit)} {currency} "
        f"(risk.max_order_notional), which takes at most {passing} {instrument.base} at {plain(price, 8)}",
        {"notional": plain(worth), "limit": plain(limit), "quantity": passing},
    )


def check_open_orders(situation: Situation) -> Denied | None:
    """There are fewer working orders than the limit."""
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


def check_price_band(situation: Situation) -> Denied | None:
    """The order would not pay far more, or take far less, than the best price on the other side.

    For a limit order its price counts, for a market order the mean price that the visible book would give. A limit
    price on the quiet side of the market passes at any distance: it can only trade at a better price than now. An order
    that waits for a stop price meets the market there, so its limit is held against the stop price.
    """
    command = situation.command
    band, price, touch = situation.limits.price_band_percent, situation.price, situation.touch
    if command.order_type.has_stop:
        price, touch = command.limit_price, command.stop_price
    if band is None or price is None or touch is None:
        return None
    is_buy = situation.is_buy
    worst = touch * (1 + band / _WHOLE) if is_buy else touch * (1 - band / _WHOLE)
    if price <= worst if is_buy else price >= worst:
        return None
    instrument = situation.instrument
    bound = plain(instrument.price_down(worst) if is_buy else instrument.price_up(worst))
    away = abs(price - touch) / touch * _WHOLE
    side, beyond, most = ("ask", "over", "at most") if is_buy else ("bid", "under", "at least")
    side = "stop price" if command.order_type.has_stop else side
    is_limit = command.order_type is not OrderType.MARKET
    what = "the price" if is_limit else "the mean price in the book,"
    remedy = f"it ends at {bound}" if is_limit else f"{most} {bound} is allowed; send less, or a limit order"
    return Denied(
        DenialReason.PRICE_OUTSIDE_BAND,
        f"{what} {plain(price)} is {plain(away, 2)} % {beyond} the {side} of {plain(touch)}, outside your band of "
        f"{plain(band)} % (risk.price_band_percent); {remedy}",
        {"price": plain(price), side: plain(touch), "band_percent": plain(band), "bound": bound},
    )
