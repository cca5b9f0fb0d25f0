"""Pictures that replace one another on their way to a desk, without losing what happened in between."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fks_engine.api import DeskView, Notice

MOST_NOTICES = 100
"""Notices that one picture carries over from those it replaced; older ones are dropped and counted."""
LONGEST_MEMORY = 256


class PictureSlot:
    """The newest picture that has not been sent yet. One that replaces another takes over what that one told."""

    def __init__(self) -> None:
        self._waiting: DeskView | None = None
        self._last_number: int | None = None

    def put(self, view: DeskView) -> None:
        """Take a picture. A gap in the numbers that the picture does not own up to counts as missed, too."""
        gap = 0 if self._last_number is None else view.number - self._last_number - 1
        self._last_number = view.number
        missed_views, missed_notices, notices = max(view.missed_views, gap), view.missed_notices, view.notices
        older = self._waiting
        if older is not None:
            missed_views += older.missed_views + 1
            missed_notices += older.missed_notices
            notices = older.notices + notices
        self._waiting = _telling(view, notices, missed_views, missed_notices)

    def take(self) -> DeskView | None:
        """The picture that waits, if one does."""
        view, self._waiting = self._waiting, None
        return view


@dataclass(frozen=True, slots=True)
class _Told:
    """What one picture told beyond its state."""

    number: int
    notices: tuple[Notice, ...]
    missed_views: int
    missed_notices: int


class PictureMemory:
    """What recent pictures told, so that a reader who skipped some of them is told all of it."""

    def __init__(self) -> None:
        self._told: deque[_Told] = deque(maxlen=LONGEST_MEMORY)

    def put(self, view: DeskView) -> None:
        """Remember what a picture told."""
        if view.notices or view.missed_views or view.missed_notices:
            self._told.append(_Told(view.number, view.notices, view.missed_views, view.missed_notices))

    def since(self, number: int, view: DeskView) -> DeskView:
        """`view` with all that was told by the pictures after `number`, itself included."""
        told = [each for each in self._told if each.number > number]
        if not told or (len(told) == 1 and told[0].number == view.number):
            return view
        return _telling(
            view,
            tuple(notice for each in told for notice in each.notices),
            sum(each.missed_views for each in told),
            sum(each.missed_notices for each in told),
        )


def _telling(view: DeskView, notices: tuple[Notice, ...], missed_views: int, missed_notices: int) -> DeskView:
    """`view` with these notices, the oldest dropped and counted where there are too many."""
    dropped = max(0, len(notices) - MOST_NOTICES)
    return replace(view, notices=notices[dropped:], missed_views=missed_views, missed_notices=missed_notices + dropped)
