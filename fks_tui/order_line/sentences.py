"""What a line will do, in one sentence with every number in it."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

from fks_engine.api import Exits, Side, SubmitOco, SubmitOrder
from fks_tui.formatting import decimals_of, fixed, money, quantity, worth
from fks_tui.order_words import TRIGGER_WORDS

if TYPE_CHECKING:
    from fks_engine.api import Instrument, Order, OrderCommand, ReplaceOrder


def order_sentence(command: OrderCommand, instrument: Instrument, near: Decimal | None) -> str:
    """`BUY 0.10000 BTC/USDT limit 64,000.00 GTC post-only = 6,400.00 USDT, then ...`.

    `near` is the price that a market order would trade near, where there is one.
    """
    size = fixed(command.quantity, decimals_of(instrument.step_size))
    head = f"{command.side.upper()} {size} {instrument.market}"
    if isinstance(command, SubmitOco):
        limit = (
            f" with limit {_price(command.stop_limit_price, instrument)}" if command.stop_limit_price else " at market"
        )
        return (
            f"{head} at {_price(command.take_profit_price, instrument)}, or{limit} once "
            f"{_price(command.stop_price, instrument)} trades: one cancels the other"
        )
    words = [head, _terms(command, instrument)]
    if command.post_only:
        words.append("post-only")
    if command.reduce_only:
        words.append("reduce-only")
    price = command.limit_price or command.stop_price or near
    if price is not None:
        with localcontext(prec=64):
            sign = "=" if command.limit_price else "≈"
            words.append(f"{sign} {worth(price * command.quantity, instrument.quote)}")
    sentence = " ".join(words)
    return sentence if command.exits is None else f"{sentence}, then {_exits(command.exits, instrument)} when filled"


def _terms(command: SubmitOrder, instrument: Instrument) -> str:
    kind = command.order_type
    if kind.has_stop:
        once = f"once {_price(command.stop_price, instrument)} trades"
        word = TRIGGER_WORDS[kind]
        if not kind.has_limit:
            return f"{word} at market {once}"
        return f"{word} limit {_price(command.limit_price, instrument)} {command.time_in_force.upper()} {once}"
    if not kind.has_limit:
        return "at market"
    return f"limit {_price(command.limit_price, instrument)} {command.time_in_force.upper()}"


def _exits(exits: Exits, instrument: Instrument) -> str:
    parts = []
    if exits.take_profit_price is not None:
        parts.append(f"TP {_price(exits.take_profit_price, instrument)}")
    if exits.stop_price is not None:
        limit = f" limit {_price(exits.stop_limit_price, instrument)}" if exits.stop_limit_price else ""
        parts.append(f"SL {_price(exits.stop_price, instrument)}{limit}")
    return " / ".join(parts)


def cancel_sentence(count: int, market: str, side: Side | None) -> str:
    """`Cancel 2 working bids of BTC/USDT`."""
    what = {Side.BUY: "bid", Side.SELL: "ask", None: "order"}[side]
    return f"Cancel {count} working {what}{'' if count == 1 else 's'}{f' of {market}' if market else ''}"


def move_sentence(order: Order, command: ReplaceOrder, instrument: Instrument) -> str:
    """`Move BUY 0.1 BTC/USDT from 63,900.00 to 64,100.00`."""
    is_stop = command.stop_price is not None
    old = order.stop_price if is_stop else order.limit_price
    new = command.stop_price if is_stop else command.limit_price
    head = f"Move {order.side.upper()} {quantity(order.leaves_quantity)} {instrument.market}"
    return f"{head} from {_price(old, instrument)} to {_price(new, instrument)}: canceled, then sent anew"


def _price(value: Decimal | None, instrument: Instrument) -> str:
    return money(value, decimals_of(instrument.tick_size))
