"""Clearing the exchange of our orders: which ones may work still, their cancels, and a look at what is open there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.errors import OrderNotFound
from fks_engine.model import Order
from fks_engine.orders.ids import is_ours

if TYPE_CHECKING:
    from fks_engine.model import OrderReport
    from fks_engine.orders.cancels import Cancels
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.orders.reconciler import Reconciler
    from fks_engine.ports import Exchange


@dataclass(frozen=True, slots=True)
class OpenThere:
    """What the exchange has said is open."""

    ours: int
    elsewhere: tuple[str, ...]
    """The orders that no FKS sent, by the exchange's id."""


class Clearing:
    """Cancels every order of ours and none from elsewhere, and asks the exchange what is left."""

    def __init__(self, exchange: Exchange, ledger: OrderLedger, cancels: Cancels, reconciler: Reconciler) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._cancels = cancels
        self._reconciler = reconciler

    def ours(self) -> tuple[Order, ...]:
        """Our orders of which the exchange may hold something, those without an answer included."""
        return tuple(order for order in self._ledger.working() if not order.external)

    def begin(self) -> None:
        """Take back what has not left yet and cancel all else of ours; what is wanted already is tried again now.

        Nothing is waited for: when it returns no order that waited for its turn or for the journal leaves any more.
        """
        self._cancels.begin(self.ours())

    async def look(self) -> OpenThere:
        """Ask for all open orders. One of ours that was not known to work is canceled.

        Raises what the exchange raises.
        """
        reports = await self._reconciler.compare_orders()
        ours = [report for report in reports if is_ours(report.client_order_id)]
        for report in ours:
            known = self._ledger.get(report.client_order_id)
            if known is None or known.status.is_terminal:
                await self._cancel_stray(report)
        elsewhere = tuple(str(each.exchange_order_id) for each in reports if not is_ours(each.client_order_id))
        return OpenThere(len(ours), elsewhere)

    async def _cancel_stray(self, report: OrderReport) -> None:
        """Cancel an order that the exchange lists though our records have it as over."""
        stray = Order(
            client_order_id=report.client_order_id,
            instrument_id=report.instrument_id,
            side=report.side,
            order_type=report.order_type,
            quantity=report.quantity,
            ts_created=report.ts_event,
            ts_updated=report.ts_event,
        )
        try:
            await self._exchange.cancel_order(stray)
        except OrderNotFound:
            return
