"""The audit of orders while all seems well: which markets are compared with the exchange, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from fks_engine.clock import NANOS

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.clock import Clock
    from fks_engine.model import InstrumentId, Order
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.orders.reconciler import Reconciler
    from fks_engine.orders.settings import OrderSettings

FEW_MARKETS: Final = 8
"""So many markets are asked for one by one more cheaply than all at once."""


class Auditor:
    """Asks for the markets that have working orders often, and for the whole account and its fills now and then."""

    def __init__(
        self,
        reconciler: Reconciler,
        ledger: OrderLedger,
        clock: Clock,
        settings: OrderSettings,
        on_untold: Callable[[str], None],
    ) -> None:
        """`on_untold` hears, in words, that the account's stream did not tell what a round has found."""
        self._reconciler = reconciler
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._on_untold = on_untold
        self._active: set[InstrumentId] = set()
        """Markets in which an order changed since their fills were last read."""
        started_ns = clock.monotonic_ns()
        self._next_ns = started_ns + int(settings.audit_interval_s * NANOS)
        self._next_full_ns = started_ns + int(settings.full_audit_interval_s * NANOS)

    def noted(self, order: Order) -> None:
        """An order changed: its market's fills are read with the next full audit."""
        self._active.add(order.instrument_id)

    async def round(self) -> None:
        """Do what is due. Raises what the exchange raises; it is then due again."""
        before = self._reconciler.untold
        await self._do_what_is_due()
        found = self._reconciler.untold - before
        if found:
            self._on_untold(f"{found} events of our orders were found that the stream had not told")

    async def _do_what_is_due(self) -> None:
        await self._reconciler.fetch_lost_fills()
        now = self._clock.monotonic_ns()
        if now >= self._next_full_ns:
            await self._reconciler.compare_orders()
            await self._compare_fills()
            self._next_full_ns = self._clock.monotonic_ns() + int(self._settings.full_audit_interval_s * NANOS)
            self._reconciler.findings.orders_audited()
            self._put_off()
        elif now >= self._next_ns:
            await self._compare_working()
            self._reconciler.findings.orders_audited()
            self._put_off()

    def _put_off(self) -> None:
        self._next_ns = self._clock.monotonic_ns() + int(self._settings.audit_interval_s * NANOS)

    async def _compare_working(self) -> None:
        markets = {order.instrument_id for order in self._ledger.working()}
        if len(markets) > FEW_MARKETS:
            await self._reconciler.compare_orders()
            return
        for market in sorted(markets):
            await self._reconciler.compare_orders(market)

    async def _compare_fills(self) -> None:
        for market in sorted(self._active | {order.instrument_id for order in self._ledger.working()}):
            await self._reconciler.fetch_missed_fills(market)
            self._active.discard(market)
