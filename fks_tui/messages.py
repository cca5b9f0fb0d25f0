"""Messages that cross screens; a widget's own messages are declared on the widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from fks_engine.api import InstrumentId


@dataclass
class MarketRequested(Message):
    """Someone wants to see this market on the Quotes screen."""

    instrument_id: InstrumentId
