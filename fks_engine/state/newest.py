"""The newest event of each instrument."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from fks_engine.ports import MarketEvent

if TYPE_CHECKING:
    from fks_engine.model import InstrumentId

E = TypeVar("E", bound=MarketEvent)


class Newest(Generic[E]):
    """Keeps only the newest event of each instrument."""

    def __init__(self) -> None:
        self._events: dict[InstrumentId, E] = {}

    def put(self, event: E) -> None:
        """Replace what was known of the event's instrument."""
        self._events[event.instrument_id] = event

    def get(self, instrument_id: InstrumentId) -> E | None:
        """The newest event; None before the first."""
        return self._events.get(instrument_id)

    def drop(self, instrument_id: InstrumentId) -> None:
        """Forget an instrument."""
        self._events.pop(instrument_id, None)
