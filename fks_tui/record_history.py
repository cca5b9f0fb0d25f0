"""Records that a screen has seen, from pictures and from pages, newest first and bounded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

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
        """Whether there is nothing older to ask for."""
        return len(self._records) >= MOST or (self.total is not None and self.asked >= self.total)

    def add(self, records: Iterable[V]) -> None:
        """Take records in, new ones and newer forms of known ones."""
        for record in records:
            key = self._key(record)
            known = self._records.get(key)
            if known is None or (record != known and self._age(record) >= self._age(known)):
                self._records[key] = record
                self._sorted = None

    def add_page(self, records: Iterable[V], total: int) -> None:
        """Take in the page after the ones asked for."""
        self.asked += PAGE
        self.total = total
        self.add(records)

    def clear(self) -> None:
        """Forget everything: another session has begun."""
        self._records.clear()
        self._sorted = ()
        self.asked = 0
        self.total = None
