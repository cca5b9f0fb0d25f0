"""A journal in memory, whose lights can go out at any moment."""

from __future__ import annotations

from collections.abc import Sequence

from fks_engine.model import JournalEntry


class KeptJournal:
    """A journal in memory: what is recorded is durable, and what is noted once something is recorded after it."""

    fault = ""

    def __init__(self, durable: Sequence[JournalEntry] = ()) -> None:
        self.durable = list(durable)
        self._noted: list[JournalEntry] = []

    async def record(self, *entries: JournalEntry) -> None:
        self.durable += [*self._noted, *entries]
        self._noted = []

    def note(self, *entries: JournalEntry) -> None:
        self._noted += entries

    def flush(self, count: int) -> None:
        """Let the disk have some of what was noted before the lights go out."""
        self.durable += self._noted[:count]
