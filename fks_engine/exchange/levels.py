"""One side of a running order book: checked levels, best first, each with the texts it came with."""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TYPE_CHECKING, Any, Final

from fks_engine.errors import MalformedData
from fks_engine.exchange.parsing import items

if TYPE_CHECKING:
    from collections.abc import Sequence

LEAST: Final = 1e-12
MOST: Final = 1e18
"""No price and no size lies outside of these, but for the size zero."""
KEPT_LEVELS: Final = 2_000
NO_END: Final = float("inf")


class BookSide:
    """The bids or the asks of one book.

    `keys` sorts the levels best first: the price for asks, its negative for bids. A level is the size's text, the
    price's text, and a place for the Level made of them. What lies beyond `covered` may be known only in part.
    """

    __slots__ = ("_sign", "covered", "keys", "levels")

    def __init__(self, *, is_bids: bool) -> None:
        self._sign = -1.0 if is_bids else 1.0
        self.keys: list[float] = []
        self.levels: dict[float, list[Any]] = {}
        self.covered = NO_END

    def load(self, levels: object, limit: int) -> None:
        """Take the levels of a snapshot that has at most `limit`; with fewer, the side is known to its end.

        Raises like `apply`.
        """
        self.keys, self.levels, self.covered = [], {}, NO_END
        self.apply(levels)
        if len(self.keys) >= limit:
            self.covered = self.keys[-1]

    def apply(self, changes: object) -> None:
        """Put changed levels in; size zero removes one. This loop is most of what a book costs.

        Raises MalformedData, TypeError, ValueError or LookupError for what is no level, the side then half changed.
        """
        keys, levels, sign = self.keys, self.levels, self._sign
        for change in texts(changes):
            price_text, size_text = change[0], change[1]
            price, size = float(price_text), float(size_text)
            if not (LEAST <= price < MOST and (not size or LEAST <= size < MOST)):
                raise MalformedData("a level of a book whose price or size cannot be true")
            key = price * sign
            level = levels.get(key)
            if not size:
                if level is not None:
                    del levels[key]
                    del keys[bisect_left(keys, key)]
            elif level is None:
                insort(keys, key)
                levels[key] = [size_text, price_text, None]
            else:
                level[0] = size_text
                level[2] = None

    def trim(self) -> None:
        """Cut the side where it has grown too long; what is cut is no longer covered."""
        if len(self.keys) > 2 * KEPT_LEVELS:
            for key in self.keys[KEPT_LEVELS:]:
                del self.levels[key]
            del self.keys[KEPT_LEVELS:]
            self.covered = min(self.covered, self.keys[-1])

    def is_whole(self, depth: int) -> bool:
        """Whether the best `depth` levels are known without holes."""
        return self.covered == NO_END or (len(self.keys) >= depth and self.keys[depth - 1] <= self.covered)

    def sizes(self) -> dict[float, str]:
        """Each level's size as it stands now."""
        return {key: level[0] for key, level in self.levels.items()}

    def key(self, price_text: str) -> float:
        """What a price is sorted by."""
        return float(price_text) * self._sign

    def keys_of(self, changes: object) -> set[float]:
        """The keys that changes touch."""
        return {self.key(change[0]) for change in texts(changes)}


def texts(levels: object) -> Sequence[Sequence[str]]:
    """`levels`, once their texts together prove to be digits and points: no sign, exponent or not-a-number."""
    given = items(levels)
    rows = [row for row in given if type(row) is list]
    if len(rows) != len(given):
        raise MalformedData("a level of a book that is no list")
    text = "".join(map("".join, rows))
    if text and not (text.isascii() and text.replace(".", "").isdecimal()):
        raise MalformedData("a level of a book that is not two plain numbers")
    return rows
