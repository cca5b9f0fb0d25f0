"""Records that a screen has seen, from pictures and from pages, newest first and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence

K = TypeVar("K", bound="Hashable")
V = TypeVar("V")
PAGE = 100
"""Records asked for at once."""
MOST = 5_000
"""Records kept; older ones are not loaded."""


class RecordHistory(Generic[K, V]):
    """The newest records of a kind; each key once, in its latest form."""

    def __init__(self, key: Callable[[V], K], age: Callable[[V], int]) -> None:
        self._key = key
        self._age = age
        self._records: dict[K, V] = {}
        self._sorted: tuple[V, ...] | None = ()
        self.asked = 0
        """How many records, counted from the newest, pages have been asked for."""
        self.total: int | None = None
        """How many there are in all, as the last page said; None before the first page."""
        self._reach = 0
        """How many records must have been asked for before nothing lacks between the records; 0 where nothing does."""

    @property
    def newest_first(self) -> tuple[V, ...]:
        """All records."""
        if self._sorted is None:
            self._sorted = tuple(sorted(self._records.values(), key=self._age, reverse=True)[:MOST])
            if len(self._records) > MOST:
                self._records = {self._key(record): record for record in self._sorted}
        return self._sorted

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing older, or in between, to ask for."""
        if self.has_gap:
            return False
        return len(self._records) >= MOST or (self.total is not None and self.asked >= self.total)

    @property
    def has_gap(self) -> bool:
        """Whether records came and went between two pictures, so that pages have to be asked for anew."""
        return self._reach > 0

    def add(self, records: Iterable[V]) -> None:
        """Take records in, new ones and newer forms of known ones."""
        for record in records:
            key = self._key(record)
            known = self._records.get(key)
            if known is None or (record != known and self._age(record) >= self._age(known)):
                self._records[key] = record
                self._sorted = None

    def add_newest(self, records: Sequence[V]) -> bool:
        """Take in the newest records, as a picture holds them; whether they begin a gap.

        Where none of them is known, others may have come and gone before them: the pages begin again at the newest.
        """
        is_known = any(self._key(each) in self._records for each in records)
        begins = self.total is not None and bool(records) and not is_known
        if begins:
            self._reach, self.asked = max(self._reach, self.asked), 0
        self.add(records)
        return begins

    def add_page(self, offset: int, records: Iterable[V], total: int) -> None:
        """Take in the page that begins at `offset`; one that is not the next is no step ahead."""
        self.add(records)
        if offset != self.asked:
            return
        self.asked += PAGE
        if self._reach:
            self._reach += max(0, total - (self.total or 0))
            if self.asked >= min(self._reach, total):
                self._reach = 0
        self.total = total

    def clear(self) -> None:
        """Forget everything: another session has begun."""
        self._records.clear()
        self._sorted = ()
        self.asked = self._reach = 0
        self.total = None
