"""Our orders held against the exchange's: strangers adopted, missing ones asked for by name, lost fills fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.clock import NANOS
from fks_engine.errors import OrderNotFound
from fks_engine.model import OrderStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.clock import Clock
    from fks_engine.model import Fill, InstrumentId, Order
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.orders.settings import OrderSettings
    from fks_engine.ports import Exchange

VANISHED = "the exchange no longer knows this order"
_LOST_FILL_ATTEMPTS = 3


class Reconciler:
    """Compares the ledger with the exchange. Raises what the exchange raises; nothing is concluded from a failure."""

    def __init__(
        self,
        exchange: Exchange,
        ledger: OrderLedger,
        clock: Clock,
        settings: OrderSettings,
        *,
        publish_fill: Callable[[Fill], None],
    ) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._publish_fill = publish_fill
        self._missed_at: dict[str, int] = {}
        self._fill_requests: dict[str, int] = {}

    async def compare_orders(self) -> None:
        """Take the exchange's list of resting orders; ask one by one for those of ours that are not in it.

        Absence from the list proves nothing: the order may have ended, or the list may be older than the order.
        """
        expected = [order for order in self._ledger.working() if order.exchange_order_id is not None]
        listed: set[tuple[InstrumentId, str | None]] = set()
        for report in await self._exchange.fetch_open_orders():
            self._ledger.take_report(report)
            listed.add((report.instrument_id, report.exchange_order_id))
        for order in expected:
            if (order.instrument_id, order.exchange_order_id) in listed:
                self._missed_at.pop(order.client_order_id, None)
            else:
                await self._ask(order)

    async def fetch_lost_fills(self) -> None:
        """Fetch executions that reports speak of and that no stream brought, and publish them."""
        wanted: dict[InstrumentId, list[Order]] = {}
        now = self._clock.now_ns()
        lacking = self._ledger.lacking_fills()
        self._fill_requests = {order.client_order_id: self._asked_for(order) for order in lacking}
        for order in lacking:
            overdue = now - order.ts_updated > self._settings.fills_due_s * NANOS
            if overdue and self._asked_for(order) < _LOST_FILL_ATTEMPTS:
                wanted.setdefault(order.instrument_id, []).append(order)
        for instrument_id, orders in wanted.items():
            # Our clock may be ahead of the exchange's, by which fills are dated.
            since_ts = min(order.ts_created for order in orders) - self._settings.arrival_window_ns
            fills = await self._exchange.fetch_fills(instrument_id, since_ts)
            for order in orders:
                self._fill_requests[order.client_order_id] += 1  # a question without an answer does not count
            for fill in fills:
                if self._ledger.misses(fill):
                    self._publish_fill(fill)

    async def _ask(self, order: Order) -> None:
        """Ask for one order that should rest and is not listed."""
        order_id = order.client_order_id
        current = self._ledger.get(order_id)
        if current is None or current.status.is_terminal:
            return
        try:
            report = await self._exchange.fetch_order(order.instrument_id, order_id)
        except OrderNotFound:
            self._conclude_vanished(order_id)
        else:
            self._missed_at.pop(order_id, None)
            self._ledger.take_report(report)

    def _conclude_vanished(self, order_id: str) -> None:
        """An order that was accepted and that the exchange denies knowing, twice and long enough apart, is over."""
        now = self._clock.monotonic_ns()
        first = self._missed_at.setdefault(order_id, now)
        current = self._ledger.get(order_id)
        if now - first < self._settings.arrival_window_ns or current is None or current.status.is_terminal:
            return
        del self._missed_at[order_id]
        self._ledger.move(order_id, OrderStatus.CANCELED, VANISHED)

    def _asked_for(self, order: Order) -> int:
        return self._fill_requests.get(order.client_order_id, 0)
