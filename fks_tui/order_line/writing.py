"""Lines written down: what is read again says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_tui.formatting import quantity as digits
from fks_tui.order_line.lines import (
    AlertLine,
    CancelLine,
    CloseLine,
    Distance,
    GateLine,
    GoLine,
    HelpLine,
    MoveLine,
    OrderLine,
    Price,
    Size,
    SizeKind,
    WatchLine,
)

if TYPE_CHECKING:
    from fks_tui.order_line.lines import Line

SIDE_ORDERS = {"buy": "bids", "sell": "asks"}


def written(line: Line) -> str:
    """`line` in its shortest full form."""
    match line:
        case OrderLine():
            return " ".join(_order(line))
        case CancelLine(target=target, side=side):
            words = ["cancel", SIDE_ORDERS[side] if side else "", target or ("" if side else "all")]
            return " ".join(each for each in words if each)
        case CloseLine(market=market):
            return f"close {market or 'all'}"
        case MoveLine(target=target, price=price):
            return f"move {target} @ {_price(price)}"
        case WatchLine(market=market):
            return f"watch {market}"
        case AlertLine(market=market, condition=condition, level=level):
            mark = "%" if condition == "moves" else ""
            return f"alert {market} {condition} {digits(level)}{mark}"
        case GoLine(market=market):
            return f"go {market}"
        case HelpLine():
            return "help"
        case GateLine(verb=verb):
            return verb.value


def _order(line: OrderLine) -> list[str]:
    words = [line.side.value, _size(line.size), line.market]
    if line.is_market:
        words.append("market")
    for name, each in (
        ("@", line.price),
        ("stop", line.stop),
        ("limit", line.stop_limit),
        ("tp", line.take_profit),
        ("limit", line.take_profit_limit),
        ("sl", line.stop_loss),
        ("limit", line.stop_loss_limit),
    ):
        if each is not None:
            words += [name, _price(each) if isinstance(each, Price) else _distance(each)]
    if line.time_in_force is not None:
        words.append(line.time_in_force.value)
    words += [
        word
        for word, is_said in (("po", line.post_only), ("reduce", line.reduce_only), ("oco", line.is_oco))
        if is_said
    ]
    return words


def _size(size: Size) -> str:
    match size.kind:
        case SizeKind.ALL:
            return "all"
        case SizeKind.PERCENT:
            return f"{digits(size.number)}%"
        case SizeKind.QUOTE:
            return f"{digits(size.number)} {size.currency}" if size.currency else f"${digits(size.number)}"
        case SizeKind.BASE:
            return digits(size.number)


def _price(price: Price) -> str:
    if price.number is not None:
        return digits(price.number)
    return f"{price.anchor}{_offset(price.offset) if price.offset else ''}"


def _offset(offset: Distance) -> str:
    return f"{'+' if offset.number > 0 else ''}{_distance(offset)}"


def _distance(distance: Distance) -> str:
    return f"{digits(distance.number)}{distance.unit}"
