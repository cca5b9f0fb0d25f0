"""Whether an order that waits for a stop price is well formed and would wait at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import DenialReason, Denied
from fks_engine.model import OrderType, Side, plain
from fks_engine.risk.order_rules import number_fault, off_tick

if TYPE_CHECKING:
    from fks_engine.api import SubmitOrder
    from fks_engine.model import Instrument
    from fks_engine.risk.situation import Situation

_STOPS = frozenset({OrderType.STOP, OrderType.STOP_LIMIT})


def check_stop_price(situation: Situation) -> Denied | None:
    """An order that waits has a stop price, and the price is a number that can be traded at all."""
    price, kind = situation.command.stop_price, situation.command.order_type
    if price is None:
        if not kind.has_stop:
            return None
        name = kind.value.replace("_", " ")
        return Denied(DenialReason.INVALID_PRICE, f"a {name} order needs a stop price, at which it begins to work")
    fault = number_fault(price)
    if fault is None:
        return None
    return Denied(DenialReason.INVALID_PRICE, f"the stop price must be a number above 0; {plain(price)[:40]} {fault}")


def check_stop_tick(situation: Situation) -> Denied | None:
    """The stop price stands on a tick."""
    return off_tick(situation.instrument, situation.command.stop_price, "stop_price")


def check_stop_orders(situation: Situation) -> Denied | None:
    """The market has room for one more order that waits for a stop price."""
    command, most = situation.command, situation.instrument.max_stop_orders
    asked = int(command.order_type.has_stop) if situation.stop_count is None else situation.stop_count
    if not asked or most is None:
        return None
    # The exchange counts before it cancels: an order that is to be replaced still takes its place.
    there = situation.working if situation.replaced is None else (*situation.working, situation.replaced)
    waiting = sum(
        order.instrument_id == command.instrument_id and order.order_type.has_stop and not order.is_triggered
        for order in there
    )
    if waiting + asked <= most:
        return None
    return Denied(
        DenialReason.STOP_ORDERS_OVER_LIMIT,
        f"{waiting} orders of {situation.instrument.market} wait for a stop price already and the exchange takes "
        f"{most}; cancel one first",
        {"stop_orders": str(waiting), "limit": str(most)},
    )


def check_stop_trigger(situation: Situation) -> Denied | None:
    """The stop price lies beyond the market, so that the order waits. For an exit the entry's price is the market."""
    command = situation.command
    stop = command.stop_price
    if stop is None or not command.order_type.has_stop:
        return None
    rises = rises_to_stop(command)
    if situation.entry is not None:
        market, word = situation.entry.limit_price, "entry"
    else:
        quote = situation.quote
        market, word = (None, "") if quote is None else (quote.ask, "ask") if rises else (quote.bid, "bid")
    if market is None or (stop > market if rises else stop < market):
        return None
    tick, where = situation.instrument.tick_size, "over" if rises else "under"
    passing = market + tick if rises else market - tick
    least = "at least" if rises else "at most"
    return Denied(
        DenialReason.STOP_WOULD_TRIGGER,
        f"a stop price of {plain(stop)} is reached already: it has to lie {where} the {word} of {plain(market)}; "
        f"{least} {plain(passing)} would wait",
        {"stop_price": plain(stop), word: plain(market), "bound": plain(passing)},
    )


def check_exit_side(situation: Situation) -> Denied | None:
    """The limit order that takes the profit of an entry lies on its far side."""
    command, entry = situation.command, situation.entry
    price = command.limit_price
    if entry is None or entry.limit_price is None or price is None or command.order_type.has_stop:
        return None
    sells = command.side is Side.SELL
    if price > entry.limit_price if sells else price < entry.limit_price:
        return None
    where = "over" if sells else "under"
    message = f"{plain(price)} takes no profit from an entry at {plain(entry.limit_price)}; it has to lie {where} it"
    return Denied(DenialReason.INVALID_PRICE, message, {"limit_price": plain(price), "entry": plain(entry.limit_price)})


def rests_beyond(command: SubmitOrder, instrument: Instrument) -> str | None:
    """What is wrong with a stop limit whose limit lies on the wrong side of its stop price; None where it does not."""
    stop, limit = command.stop_price, command.limit_price
    if command.order_type is not OrderType.STOP_LIMIT or stop is None or limit is None:
        return None
    if number_fault(stop) is not None or number_fault(limit) is not None:
        return None
    sells = command.side is Side.SELL
    if limit <= stop if sells else limit >= stop:
        return None
    where, most, verb = ("over", "at most", "sell") if sells else ("under", "at least", "buy")
    return (
        f"the limit of {plain(limit)} lies {where} the stop price of {plain(stop)}: once that is reached the order "
        f"rests {where} the market of {instrument.market} and protects nothing; a limit of {most} {plain(stop)} would "
        f"{verb}"
    )


def rises_to_stop(command: SubmitOrder) -> bool:
    """Whether the order's stop price is reached from below."""
    return (command.order_type in _STOPS) is (command.side is Side.BUY)
