"""The verdict on a whole command: each of its orders is asked about, and whether they go together."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from fks_engine.api import DenialReason, Denied, SubmitOco, SubmitOrder, exits_quantity, legs
from fks_engine.model import OrderType, TimeInForce, plain
from fks_engine.risk.checks import first_denial

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.api import OrderCommand
    from fks_engine.risk.situation import Situation

    Around = Callable[[SubmitOrder], Situation]
    """Makes the situation of one order."""
    Asked = list[tuple[str, Situation]]
    """The orders that were asked about, each with the words that tell it from the first."""

PROFIT: Final = "the take profit: "
STOP: Final = "the stop: "


def judge(command: OrderCommand, around: Around, asked: Asked | None = None) -> Denied | None:
    """The first reason not to send any order of the command, if there is one; `asked` is told of what was asked."""
    asked = [] if asked is None else asked
    if isinstance(command, SubmitOrder) and command.exits is None:
        return _ask("", around(command), asked)
    first = around(lone(command))
    if isinstance(command, SubmitOco):
        return _judge_oco(command, first, asked)
    return _judge_exits(command, first, asked)


def lone(command: OrderCommand) -> SubmitOrder:
    """The order of a command that meets the market first: its entry, or the one that takes the profit."""
    return legs(command, None)[0] if isinstance(command, SubmitOco) else replace(command, exits=None)


def _ask(words: str, situation: Situation, asked: Asked) -> Denied | None:
    asked.append((words, situation))
    return first_denial(situation)


def _judge_oco(command: SubmitOco, first: Situation, asked: Asked) -> Denied | None:
    profit, stop = legs(command, first.listed)
    first = replace(first, command=profit, order_count=2, stop_count=1)
    denied = _ask("", first, asked)
    if denied is not None:
        return _of(PROFIT, denied) if _is_of_one_order(denied) else denied
    if not first.instrument.takes_order_lists:
        return _no_lists(first)
    denied = _ask(STOP, replace(first, command=stop), asked)
    return None if denied is None else _of(STOP, denied)


def _judge_exits(command: SubmitOrder, first: Situation, asked: Asked) -> Denied | None:
    exits = command.exits
    assert exits is not None
    count = 1 + (exits.take_profit_price is not None) + (exits.stop_price is not None)
    first = replace(first, order_count=count, stop_count=int(exits.stop_price is not None))
    denied = _ask("", first, asked) or _exits_fault(command)
    if denied is not None:
        return denied
    if not first.instrument.takes_order_lists:
        return _no_lists(first)
    quantity = exits_quantity(command, first.instrument)
    if not quantity:
        base = first.instrument.base
        message = f"once the fee is off it, {plain(command.quantity)} {base} leaves nothing that exits could sell"
        return Denied(DenialReason.QUANTITY_UNDER_MINIMUM, message)
    entry, *others = legs(command, first.listed)
    for leg in others:
        words = STOP if leg.order_type.has_stop else PROFIT
        denied = _ask(words, replace(first, command=leg, entry=entry), asked)
        if denied is not None:
            return _of(words, denied)
    return None


def _exits_fault(command: SubmitOrder) -> Denied | None:
    """Why exits cannot be bound to this order; None where they can."""
    exits, message = command.exits, None
    assert exits is not None
    if exits.take_profit_price is None and exits.stop_price is None:
        message = "exits need a take profit price, a stop price, or both"
    elif exits.stop_limit_price is not None and exits.stop_price is None:
        message = "the exits have a limit for a stop and no stop price; give one or leave the limit out"
    elif command.order_type is not OrderType.LIMIT or command.time_in_force is not TimeInForce.GTC:
        message = "exits are bound to a limit order that may rest; send a GTC limit order, or the exits once it filled"
    elif command.reduce_only:
        message = "an order that only reduces opens nothing that exits could protect"
    return None if message is None else Denied(DenialReason.INVALID_COMBINATION, message)


def _no_lists(situation: Situation) -> Denied:
    market = situation.instrument.market
    message = f"the exchange binds no orders of {market} to each other; send them one by one"
    return Denied(DenialReason.UNSUPPORTED_ORDER, message)


def _is_of_one_order(denied: Denied) -> bool:
    """Whether the denial is about one order's own figures and not about the command as a whole."""
    return bool({"limit_price", "stop_price", "price"} & denied.numbers.keys()) or (
        denied.reason is DenialReason.INVALID_PRICE
    )


def _of(prefix: str, denied: Denied) -> Denied:
    return Denied(denied.reason, f"{prefix}{denied.message}", denied.numbers)
