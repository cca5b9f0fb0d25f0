"""The doubt in a list of markets that lacks one which an order, a position or the watchlist needs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import NoticeLevel
from fks_engine.errors import MalformedData
from fks_engine.model import Checkpoint, market_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from fks_engine.model import InstrumentId, JournalEntry

AGREEING_REFUSED: Final = 3
"""So many lists in a row that lack the same markets are asked for again; the next one is believed."""


class ListingDoubt:
    """Refuses a list of markets that lacks what is needed, until as many lists agree as are news of a delisting."""

    def __init__(self, notify: Callable[[NoticeLevel, str, str], None]) -> None:
        self._notify = notify
        self._missing: frozenset[InstrumentId] = frozenset()
        self._agreeing = 0

    def examine(
        self, listed: Collection[InstrumentId], needed: Iterable[InstrumentId], held: Iterable[InstrumentId]
    ) -> None:
        """Let the list pass, or doubt it. `held` are those of the needed markets that have an order or a position.

        Raises MalformedData where the list is to be asked for again.
        """
        owned = frozenset(held)
        missing = (owned | frozenset(needed)).difference(listed)
        self._agreeing = self._agreeing + 1 if missing == self._missing else 1
        self._missing = missing
        if missing and self._agreeing <= AGREEING_REFUSED:
            raise MalformedData(f"the list of markets lacks {_names(missing)}; it is asked for again")
        if missing & owned:
            words = (
                f"{_names(missing & owned)}: {AGREEING_REFUSED + 1} lists lack it, though an order or a position of "
                "ours is there. Delisted? See what the exchange says of it; start the engine again once it is listed"
            )
            self._notify(NoticeLevel.ERROR, "Market not listed", words)


def markets_held(entries: Iterable[JournalEntry]) -> set[InstrumentId]:
    """The markets of the positions in a journal's last checkpoint."""
    held: set[InstrumentId] = set()
    for entry in entries:
        if isinstance(entry, Checkpoint) and entry.positions:
            held = {position.instrument_id for position in entry.positions if position.quantity}
    return held


def _names(markets: Iterable[InstrumentId]) -> str:
    return ", ".join(sorted(market_of(each) for each in markets))
