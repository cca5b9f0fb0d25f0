"""Checked price levels into one side of ccxt's running book, each with the texts it came with."""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, Any, Final

from fks_engine.errors import MalformedData
from fks_engine.exchange.parsing import items

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST: Final = 1e-12
MOST: Final = 1e18
"""No price and no size lies outside of these, but for the size zero."""


def entries(levels: object) -> list[list[Any]]:
    """The levels of a snapshot as a book keeps them, best first. Raises like `apply`."""
    found = []
    for level in _texts(levels):
        price_text, size_text = level[0], level[1]
        price, size = float(price_text), float(size_text)
        if not (LEAST <= price < MOST and (not size or LEAST <= size < MOST)):
            raise MalformedData("a level of a book whose price or size cannot be true")
        if size:
            found.append([price, size_text, price_text, None])
    return found


def apply(side: Any, changes: object) -> None:
    """Put changed levels into one side of a book; size zero removes one.

    An entry of the book is the price to sort by, the size's text, the price's text, and a place for the level made of
    them. Does what ccxt's `storeArray` does for each level, without its calls: this loop is most of what a book
    costs. Raises MalformedData, TypeError, ValueError or LookupError for what is no level, the book then half changed.
    """
    keys = side._index
    sign = -1.0 if side.side else 1.0
    for change in _texts(changes):
        price_text, size_text = change[0], change[1]
        price, size = float(price_text), float(size_text)
        if not (LEAST <= price < MOST and (not size or LEAST <= size < MOST)):
            raise MalformedData("a level of a book whose price or size cannot be true")
        key = price * sign
        index = bisect_left(keys, key)
        is_known = index < len(keys) and keys[index] == key
        if not size:
            if is_known:
                del keys[index], side[index]
        elif is_known:
            side[index][1] = size_text
        else:
            keys.insert(index, key)
            side.insert(index, [price, size_text, price_text, None])


def _texts(levels: object) -> Sequence[Sequence[str]]:
    """`levels`, once their texts together prove to be digits and points: no sign, exponent or not-a-number."""
    rows = [row for row in items(levels) if type(row) is list]
    if len(rows) != len(items(levels)):
        raise MalformedData("a level of a book that is no list")
    text = "".join(map("".join, rows))
    if text and not (text.isascii() and text.replace(".", "").isdecimal()):
        raise MalformedData("a level of a book that is not two plain numbers")
    return rows
