"""The named choices of markets that all desks share."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.api import (
    AddToWatchlist,
    DeleteWatchlist,
    DenialReason,
    Denied,
    DropFromWatchlist,
    MakeWatchlist,
    MoveInWatchlist,
    RenameWatchlist,
    Watchlist,
    market_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable

    from fks_engine.api import WatchlistCommand
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
        kept = {each.name: _known(each.instrument_ids, listed) for each in lists}
        self._lists = {name: chosen for name, chosen in kept.items() if chosen} or {FIRST: first}
        self._listed = listed
        self._changed = changed

    def all(self) -> tuple[Watchlist, ...]:
        """Every list."""
        return tuple(Watchlist(name, chosen) for name, chosen in self._lists.items())

    def markets(self) -> tuple[InstrumentId, ...]:
        """Every market of every list, each once, in the order of the lists."""
        return tuple(dict.fromkeys(each for chosen in self._lists.values() for each in chosen))

    def change(self, wanted: WatchlistCommand) -> Denied | None:
        """Do to the lists as they are now what is wanted; the reason where it cannot be done."""
        before = dict(self._lists)
        fault = self._fault(wanted)
        if fault:
            return Denied(DenialReason.INVALID_WATCHLIST, fault)
        if [*before.items()] != [*self._lists.items()]:
            self._changed()
        return None

    def _fault(self, wanted: WatchlistCommand) -> str:
        """Do it; what hindered that, empty where nothing did."""
        if isinstance(wanted, MakeWatchlist):
            return self._make(" ".join(wanted.name.split()), tuple(dict.fromkeys(wanted.instrument_ids)))
        if wanted.name not in self._lists:
            return f"there is no watchlist {wanted.name[:40]!r}"
        match wanted:
            case RenameWatchlist(name=name, new_name=new_name):
                return self._rename(name, " ".join(new_name.split()))
            case AddToWatchlist(name=name, instrument_id=market):
                chosen = self._lists[name]
                return "" if market in chosen else self._put(name, (*chosen, market))
            case DropFromWatchlist(name=name, instrument_id=market):
                rest = tuple(each for each in self._lists[name] if each != market)
                if not rest:
                    return f"{market_of(market)} is the last market of {name}; delete the list instead"
                return self._put(name, rest)
            case MoveInWatchlist(name=name, instrument_id=market, lines=lines):
                return self._move(name, market, lines)
            case DeleteWatchlist(name=name):
                return self._delete(name)

    def _make(self, name: str, chosen: tuple[InstrumentId, ...]) -> str:
        if fault := self._name_fault(name):
            return fault
        if not chosen:
            return f"{name} would be empty; a watchlist begins with a market"
        if len(self._lists) >= MOST_LISTS:
            return f"there are {MOST_LISTS} watchlists already; delete one first"
        return self._put(name, chosen)

    def _name_fault(self, name: str) -> str:
        if not name or len(name) > LONGEST_NAME or not name.isprintable():
            return f"a watchlist needs a name of 1 to {LONGEST_NAME} characters"
        return f"there is a watchlist {name} already; choose another name" if name in self._lists else ""

    def _put(self, name: str, chosen: tuple[InstrumentId, ...]) -> str:
        unknown = [each for each in chosen if each not in self._listed]
        if unknown:
            return f"not listed: {', '.join(market_of(each)[:40] for each in unknown[:5])}"
        every = {each for other, listed in self._lists.items() if other != name for each in listed} | set(chosen)
        if len(every) > MOST_MARKETS:
            return f"the lists together may hold {MOST_MARKETS} markets, and would hold {len(every)}"
        self._lists[name] = chosen
        return ""

    def _rename(self, name: str, new_name: str) -> str:
        if new_name == name:
            return ""
        if fault := self._name_fault(new_name):
            return fault
        self._lists = {new_name if each == name else each: chosen for each, chosen in self._lists.items()}
        return ""

    def _move(self, name: str, market: InstrumentId, lines: int) -> str:
        order = list(self._lists[name])
        if market not in order:
            return f"{market_of(market)} is not on {name} any more"
        at = order.index(market)
        order.insert(max(0, min(len(order) - 1, at + lines)), order.pop(at))
        self._lists[name] = tuple(order)
        return ""

    def _delete(self, name: str) -> str:
        if len(self._lists) == 1:
            return f"{name} is the last watchlist; it stays"
        del self._lists[name]
        return ""


def _known(chosen: Iterable[InstrumentId], listed: Collection[InstrumentId]) -> tuple[InstrumentId, ...]:
    return tuple(dict.fromkeys(each for each in chosen if each in listed))
