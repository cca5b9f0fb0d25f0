"""One execution of one of our orders."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from fks_engine.model.instrument import InstrumentId
from fks_engine.model.order_types import Side


@dataclass(frozen=True, slots=True, kw_only=True)
class Fill:
    """One execution of one of our orders. Unique by (account, instrument_id, trade_id)."""

    instrument_id: InstrumentId
    trade_id: str
    client_order_id: str
    """Empty where the exchange's record of trades does not carry it."""
    exchange_order_id: str
    side: Side
    price: Decimal
    quantity: Decimal
    fee: Decimal
    """What the exchange took, in units of fee_asset; negative for a rebate."""
    fee_asset: str
    is_maker: bool
    ts_event: int
    ts_received: int

    @property
    def notional(self) -> Decimal:
        """Price times quantity, in the quote asset."""
        return self.price * self.quantity
