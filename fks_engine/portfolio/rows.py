"""One position as a desk shows it, valued at its mark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import PositionRow
from fks_engine.model import EXACT

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.model import Position
    from fks_engine.ports import MarketState


def position_row(position: Position, market: MarketState, external_quantity: Decimal) -> PositionRow:
    """The position with its profit; figures that need a price are None without one, except that nothing held is 0."""
    mark = market.mark(position.instrument_id)
    price = mark if mark is not None or position.quantity else EXACT.create_decimal(0)
    return PositionRow(
        instrument_id=position.instrument_id,
        side=position.side,
        quantity=position.quantity,
        average_price=position.average_price,
        mark=mark,
        mark_stale=market.is_stale(position.instrument_id),
        notional=None if price is None else EXACT.multiply(abs(position.quantity), price),
        realised=position.realised,
        unrealised=None if price is None else position.unrealised(price),
        fees=position.fees,
        external_quantity=external_quantity,
    )
