"""Markets on their way off a watchlist: shown no longer from the key on, until pictures know of it or it was denied."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from fks_engine.api import DeskView, InstrumentId

_KNOWN_AFTER: Final = 2
"""Pictures after which a drop that was taken shows: a market that is still there has been put back."""


class LeavingMarkets:
    """Which markets were dropped from which list, by its name."""

    def __init__(self) -> None:
        self._taken: dict[tuple[str, InstrumentId], int | None] = {}

    def begin(self, name: str, market: InstrumentId) -> None:
        """The drop is asked for."""
        self._taken[name, market] = None

    def end(self, name: str, market: InstrumentId, *, taken_at: int | None) -> None:
        """The engine took it when the picture `taken_at` was the latest; None where it did not."""
        if taken_at is None:
            self._taken.pop((name, market), None)
        elif (name, market) in self._taken:
            self._taken[name, market] = taken_at

    def learn(self, view: DeskView) -> None:
        """Forget those that are off their list, and those that must have been put back."""
        there = {(each.name, market) for each in view.watchlists for market in each.instrument_ids}
        self._taken = {
            each: taken
            for each, taken in self._taken.items()
            if each in there and (taken is None or view.number <= taken + _KNOWN_AFTER)
        }

    def of(self, name: str) -> frozenset[InstrumentId]:
        """Those that leave one list."""
        return frozenset(market for of, market in self._taken if of == name)
