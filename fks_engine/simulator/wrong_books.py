"""Depth and quote messages that tell a wrong book: crossed, or with a level that is not there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.simulator.market import Market

GHOST_SIZE = "123.45600000"
SEEN_LEVELS = 50


def crossed(data: bytes, market: Market) -> bytes:
    """The message with a bid above the best ask; a quote or partial book has its sides exchanged."""
    message, inner = _opened(data)
    if "A" in inner:
        inner["b"], inner["a"] = inner["a"], inner["b"]
        inner["B"], inner["A"] = inner["A"], inner["B"]
    elif "bids" in inner:
        inner["bids"], inner["asks"] = inner["asks"], inner["bids"]
    else:
        price = market.best().ask + market.rules.tick
        inner["b"] = [_level(price), *inner["b"]]
    return orjson.dumps(message)


def ghosted(data: bytes, market: Market) -> bytes:
    """The diff with a bid just below the best one that no book has."""
    message, inner = _opened(data)
    _, bids, _ = market.depth(SEEN_LEVELS)
    taken = {price for price, _ in bids}
    price = market.best().bid - market.rules.tick
    while price in taken:
        price -= market.rules.tick
    if price > 0:
        inner["b"] = [*(level for level in inner["b"] if level[0] != f"{price:.8f}"), _level(price)]
    return orjson.dumps(message)


def _level(price: Decimal) -> list[str]:
    return [f"{price:.8f}", GHOST_SIZE]


def _opened(data: bytes) -> tuple[dict[str, Any], dict[str, Any]]:
    """A message, and its payload if it is wrapped with its stream's name."""
    message: dict[str, Any] = orjson.loads(data)
    return message, message["data"] if "stream" in message else message
