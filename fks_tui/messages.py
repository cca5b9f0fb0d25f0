"""Messages that cross screens; a widget's own messages are declared on the widget."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.api import InstrumentId, Side


@dataclass
class TicketRequested(Message):
    """Someone wants an order ticket; the app opens it."""

    instrument_id: InstrumentId
    side: Side
    quantity: Decimal | None = None
    """The quantity to begin with; None leaves it to the ticket."""
    limit_price: Decimal | None = None
    """The limit price to begin with; None leaves it to the ticket."""
    reduce_only: bool = False


@dataclass
class MarketRequested(Message):
    """Someone wants to see this market on the Quotes screen."""

    instrument_id: InstrumentId
