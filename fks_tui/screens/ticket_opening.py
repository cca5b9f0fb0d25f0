"""An order ticket opened over a screen, ready for what is typed on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_tui.screens.order_ticket import OrderTicket

if TYPE_CHECKING:
    from decimal import Decimal

    from fks_engine.api import InstrumentId, Side
    from fks_tui.screens.base import DeskScreen


async def open_ticket(
    screen: DeskScreen,
    instrument_id: InstrumentId,
    side: Side,
    *,
    quantity: Decimal | None = None,
    limit_price: Decimal | None = None,
    reduce_only: bool = False,
) -> None:
    """Open a ticket over a screen; returns once it takes the keys, so that what is typed on goes into it."""
    await screen.app.push_screen(
        OrderTicket(
            screen.desk,
            instrument_id,
            side,
            confirm=screen.options.confirm_orders,
            quantity=quantity,
            limit_price=limit_price,
            reduce_only=reduce_only,
        )
    )
