"""Which terms of a typed order go together, and the questions where two orders could be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import Side, TimeInForce
from fks_tui.order_line.words import Slot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fks_tui.order_line.lines import OrderLine
    from fks_tui.order_line.words import Words


def check(words: Words, line: OrderLine) -> None:
    """Raises Doubted where the terms of `line` contradict each other or leave open what is meant."""
    _check_kind(words, line)
    for message in _contradictions(line):
        raise words.unfinished(message, Slot.TERMS)


def _check_kind(words: Words, line: OrderLine) -> None:
    """What kind of order it is has been said, once."""
    has_exits = line.take_profit is not None or line.stop_loss is not None
    if line.price is not None and line.stop is not None:
        raise words.unfinished(
            "a stop and an entry price: a stop order with a limit is written `stop 63000 limit 62900`, an entry "
            "with a protecting stop `@ 64000 sl 63000`",
            Slot.TERMS,
        )
    if line.price is not None or line.is_market or line.stop is not None or line.is_oco:
        return
    if not has_exits:
        raise words.unfinished("limit or market? Nothing is sent at market unless you say so", Slot.TERMS, *_ways(line))
    if line.side is Side.BUY:
        both = line.take_profit is not None and line.stop_loss is not None
        entry = ("@ bid", "oco") if both else ("@ bid",)
        raise words.unfinished("tp and sl are exits: at which price does it enter?", Slot.TERMS, *entry)


def _ways(line: OrderLine) -> tuple[str, str]:
    return ("@ bid" if line.side is Side.BUY else "@ ask", "market")


def _contradictions(line: OrderLine) -> Iterator[str]:
    """What does not go together, in words."""
    has_exits = line.take_profit is not None or line.stop_loss is not None
    if line.is_market and line.price is not None:
        yield "market and a price: write one of them"
    if line.is_market and line.stop is not None:
        yield "a stop order takes at market by itself: leave market out"
    if line.is_market and has_exits:
        yield "exits need an entry that can rest: write a limit price instead of market"
    if line.stop is not None and has_exits:
        yield "a stop order takes no tp and no sl"
    if line.is_oco and not (line.take_profit is not None and line.stop_loss is not None):
        yield "oco needs both: tp with a price and sl with a price"
    if line.is_oco and (line.price is not None or line.is_market or line.stop is not None):
        yield "oco has no entry: write tp and sl only"
    if line.take_profit_limit is not None and (line.takes_oco or line.price is not None):
        yield "the take profit rests as a limit order already: leave its limit out"
    yield from _duration_contradictions(line, has_exits=has_exits)


def _duration_contradictions(line: OrderLine, *, has_exits: bool) -> Iterator[str]:
    rests = line.price is not None
    has_limit = rests or line.stop_limit is not None or line.take_profit_limit is not None
    has_limit = has_limit or (line.stop_loss_limit is not None and not line.takes_oco)
    if line.post_only and not rests:
        yield "post-only needs a limit price"
    if line.post_only and line.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        yield f"post-only rests and {line.time_in_force.upper()} never does: write one of them"
    if line.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        if not has_limit:
            yield f"{line.time_in_force.upper()} needs a limit price"
        elif has_exits and rests:
            yield f"exits need an entry that can rest, and {line.time_in_force.upper()} never does"
    if line.reduce_only and line.takes_oco:
        yield "an oco takes no reduce: a sale of what is held reduces anyway"
    if line.reduce_only and has_exits and rests:
        yield "an entry with exits opens a position: leave reduce out"
