"""One order book from a snapshot and numbered changes: it notices gaps, crossed prices and ghost levels."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fks_engine.exchange.levels import BookSide
from fks_engine.exchange.parsing import Frame, identifier

if TYPE_CHECKING:
    from collections.abc import Mapping

BUFFERED_CHANGES: Final = 1_000
"""Changes kept while the snapshot is on its way; at ten a second, more than a minute of them."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The answer to a request for depth, checked."""

    update_id: int
    bids: BookSide
    asks: BookSide

    @classmethod
    def read(cls, message: Frame, limit: int) -> Snapshot:
        """The snapshot in an answer that has at most `limit` levels a side. Raises any of FRAME_FAULTS."""
        bids, asks = BookSide(is_bids=True), BookSide(is_bids=False)
        bids.load(message["bids"], limit)
        asks.load(message["asks"], limit)
        return cls(identifier(message["lastUpdateId"]), bids, asks)


class DepthBook:
    """A book that collects changes until its snapshot is there, and follows them from then on.

    Each method that takes something in says in words why the book is broken, and None while it is sound; a broken
    book is to be dropped. What cannot be read raises any of FRAME_FAULTS and breaks it too.
    """

    def __init__(self) -> None:
        self.bids = BookSide(is_bids=True)
        self.asks = BookSide(is_bids=False)
        self.update_id: int | None = None
        """The number of the last change; None before the snapshot."""
        self.ts_event_ms: int | None = None
        self._buffer: deque[Frame] = deque(maxlen=BUFFERED_CHANGES)
        self._audits: list[Audit] = []

    def start(self, snapshot: Snapshot) -> str | None:
        """Take the snapshot, and the collected changes that came after it."""
        self.bids, self.asks, self.update_id = snapshot.bids, snapshot.asks, snapshot.update_id
        collected, self._buffer = self._buffer, deque(maxlen=BUFFERED_CHANGES)
        for change in collected:
            broken = self.take(change)
            if broken is not None:
                return broken
        return self._crossed()

    def take(self, change: Frame) -> str | None:
        """Take one change, whose numbers were checked."""
        if self.update_id is None:
            self._buffer.append(change)
            return None
        first, final = change["U"], change["u"]
        if final <= self.update_id:
            return None
        if first > self.update_id + 1:
            return f"changes {self.update_id + 1} to {first - 1} are missing"
        for audit in self._audits:
            audit.changes.append(change)
        self.bids.apply(change["b"])
        self.asks.apply(change["a"])
        self.update_id = final
        self.ts_event_ms = change["E"]
        return self._crossed()

    def audit(self) -> Audit:
        """Begin to hold the book against a snapshot that is asked for after this call."""
        assert self.update_id is not None
        begun = Audit(self.update_id, self.bids.sizes(), self.asks.sizes(), self.bids.covered, self.asks.covered, [])
        self._audits.append(begun)
        return begun

    def end_audit(self, audit: Audit) -> None:
        """Stop collecting for an audit."""
        self._audits.remove(audit)

    def trim(self) -> None:
        """Keep the book within bounds."""
        self.bids.trim()
        self.asks.trim()

    def _crossed(self) -> str | None:
        bids, asks = self.bids.keys, self.asks.keys
        if bids and asks and -bids[0] >= asks[0]:
            return f"it is crossed: bid {-bids[0]:.10g} and ask {asks[0]:.10g}"
        return None


@dataclass(slots=True, eq=False)
class Audit:
    """A book as it stood, and its changes since: brought to a snapshot's number, both have to be the same."""

    update_id: int
    bids: dict[float, str]
    asks: dict[float, str]
    covered_bids: float
    covered_asks: float
    changes: list[Frame]

    def reaches(self, update_id: int) -> bool:
        """Whether the changes up to that number are known."""
        return update_id <= (self.changes[-1]["u"] if self.changes else self.update_id)

    def verdict(self, snapshot: Snapshot) -> str | None:
        """How the book differs from the snapshot, in words; None where it does not, or where that cannot be told.

        The snapshot may stand in the middle of one change: the prices which that one touches are left out, so that a
        difference is certain and never a matter of timing. `reaches` must have been true.
        """
        if snapshot.update_id < self.update_id:
            return None
        bids, asks = BookSide(is_bids=True), BookSide(is_bids=False)
        ours = {True: self.bids, False: self.asks}
        touched: dict[bool, set[float]] = {True: set(), False: set()}
        for change in self.changes:
            if change["u"] > snapshot.update_id:
                if change["U"] <= snapshot.update_id:
                    touched = {True: bids.keys_of(change["b"]), False: asks.keys_of(change["a"])}
                break
            for is_bids, name in ((True, "b"), (False, "a")):
                side = bids if is_bids else asks
                for level, key in ((level, side.key(level[0])) for level in change[name]):
                    ours[is_bids][key] = level[1]
        ghosts = missing = different = 0
        for is_bids, side, covered in (
            (True, snapshot.bids, self.covered_bids),
            (False, snapshot.asks, self.covered_asks),
        ):
            found = compared(ours[is_bids], side.sizes(), min(covered, side.covered), touched[is_bids])
            ghosts, missing, different = ghosts + found[0], missing + found[1], different + found[2]
        if not (ghosts or missing or different):
            return None
        return (
            f"at update {snapshot.update_id} it has {ghosts} levels that the exchange has not, lacks {missing}, "
            f"and {different} have another size"
        )


def compared(
    ours: Mapping[float, str], theirs: Mapping[float, str], end: float, left_out: set[float]
) -> tuple[int, int, int]:
    """How many levels only we have, only they have, and have different sizes, up to the key `end`."""
    ghosts = missing = different = 0
    for key in ours.keys() | theirs.keys():
        if key > end or key in left_out:
            continue
        own, other = float(ours.get(key, "0")), float(theirs.get(key, "0"))
        if own != other:
            ghosts += not other
            missing += not own
            different += bool(own and other)
    return ghosts, missing, different
