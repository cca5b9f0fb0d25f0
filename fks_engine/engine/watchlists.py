"""The named choices of markets that all desks share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import DenialReason, Denied, Watchlist

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from fks_engine.api import SaveWatchlist
    from fks_engine.model import InstrumentId

FIRST: Final = "Main"
"""The list that the settings begin with."""
MOST_LISTS: Final = 20
MOST_MARKETS: Final = 400
LONGEST_NAME: Final = 20


class Watchlists:
    """Every list in the order it was made. `changed` is called after each change."""

    def __init__(
        self,
        lists: Iterable[Watchlist],
        first: tuple[InstrumentId, ...],
        listed: Collection[InstrumentId],
        changed: Callable[[], None],
    ) -> None:
        kept = {each.name: Watchlist(each.name, _known(each.instrument_ids, listed)) for each in lists}
        self._lists = {name: each for name, each in kept.items() if each.instrument_ids}
        self._lists = self._lists or {FIRST: Watchlist(FIRST, first)}
        self._listed = listed
        self._changed = changed

    def all(self) -> tuple[Watchlist, ...]:
        """Every list."""
        return tuple(self._lists.values())

    def markets(self) -> tuple[InstrumentId, ...]:
        """Every market of every list, each once, in the order of the lists."""
        return tuple(dict.fromkeys(each for chosen in self._lists.values() for each in chosen.instrument_ids))

    def save(self, wanted: SaveWatchlist) -> Denied | None:
        """Make or replace a list; the reason where it cannot be."""
        name = " ".join(wanted.name.split())
        chosen = tuple(dict.fromkeys(wanted.instrument_ids))
        unknown = [each for each in chosen if each not in self._listed]
        others = set(self.markets()) - set(self._lists.get(name, Watchlist(name, ())).instrument_ids)
        fault = ""
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            fault = f"a watchlist needs a name of 1 to {LONGEST_NAME} characters"
        elif not chosen:
            fault = f"{name} would be empty; delete the list instead"
        elif unknown:
            fault = f"not listed: {', '.join(each.partition(':')[2][:40] for each in unknown[:5])}"
        elif name not in self._lists and len(self._lists) >= MOST_LISTS:
            fault = f"there are {MOST_LISTS} watchlists already; delete one first"
        elif len(others | set(chosen)) > MOST_MARKETS:
            fault = f"the lists together may hold {MOST_MARKETS} markets, and would hold {len(others | set(chosen))}"
        if fault:
            return Denied(DenialReason.INVALID_WATCHLIST, fault)
        self._lists[name] = Watchlist(name, chosen)
        self._changed()
        return None

    def delete(self, name: str) -> Denied | None:
        """Drop a list; the reason where it must stay."""
        if name not in self._lists:
            return Denied(DenialReason.INVALID_WATCHLIST, f"there is no watchlist {name[:40]!r}")
        if len(self._lists) == 1:
            return Denied(DenialReason.INVALID_WATCHLIST, f"{name} is the last watchlist; it stays")
        del self._lists[name]
        self._changed()
        return None


def _known(chosen: Iterable[InstrumentId], listed: Collection[InstrumentId]) -> tuple[InstrumentId, ...]:
    return tuple(dict.fromkeys(each for each in chosen if each in listed))
