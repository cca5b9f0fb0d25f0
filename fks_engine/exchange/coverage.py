"""How far from the top a book is known: what its snapshot left out looks empty without being so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

KEPT_LEVELS: Final = 2_000


@dataclass(slots=True)
class Coverage:
    """The prices within which a book is whole."""

    worst_bid: float = 0.0
    worst_ask: float = float("inf")

    @classmethod
    def of(cls, bids: Sequence[Sequence[Any]], asks: Sequence[Sequence[Any]], limit: int) -> Coverage:
        """What a snapshot of at most `limit` levels a side covers; a side with fewer levels is covered to its end."""
        cover = cls()
        if len(bids) >= limit:
            cover.worst_bid = bids[-1][0]
        if len(asks) >= limit:
            cover.worst_ask = asks[-1][0]
        return cover

    def trim(self, bids: Any, asks: Any) -> None:
        """Cut sides of a running book that have grown too long; what is cut is no longer covered."""
        for side in (bids, asks):
            if len(side) > 2 * KEPT_LEVELS:
                del side[KEPT_LEVELS:], side._index[KEPT_LEVELS:]
                if side is bids:
                    self.worst_bid = max(self.worst_bid, side[-1][0])
                else:
                    self.worst_ask = min(self.worst_ask, side[-1][0])

    def holds(self, bids: Sequence[Sequence[Any]], asks: Sequence[Sequence[Any]], depth: int) -> bool:
        """Whether the best `depth` levels of a book are known without holes, given those that are in it."""
        whole_bids = not self.worst_bid or (len(bids) == depth and bids[-1][0] >= self.worst_bid)
        return whole_bids and (self.worst_ask == float("inf") or (len(asks) == depth and asks[-1][0] <= self.worst_ask))
