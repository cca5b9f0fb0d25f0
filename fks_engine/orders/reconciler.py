"""Our orders held against the exchange's: strangers adopted, missing ones asked for by name, lost fills fetched."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from fks_engine.api import DifferenceKind
from fks_engine.clock import NANOS
from fks_engine.errors import OrderNotFound
from fks_engine.model import OrderStatus, market_of, plain
from fks_engine.ports import Unnoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from fks_engine.bus import Topic
    from fks_engine.clock import Clock
    from fks_engine.model import Fill, InstrumentId, Order, OrderReport
    from fks_engine.orders.ledger import OrderLedger
    from fks_engine.orders.settings import OrderSettings
    from fks_engine.ports import Exchange, Findings

VANISHED = "the exchange no longer knows this order"
_LOST_FILL_ATTEMPTS = 3
TOLD_KEPT = 20_000
"""Fills that are remembered as told."""


def told_status(order: Order) -> str:
    """An order's status and what of it was filled, in words."""
    filled = f", {plain(order.filled_quantity)} of {plain(order.quantity)} filled" if order.filled_quantity else ""
    return f"{order.status.value.replace('_', ' ')}{filled}"


class Reconciler:
    """Compares the ledger with the exchange. Raises what the exchange raises; nothing is concluded from a failure."""

    def __init__(
        self,
        exchange: Exchange,
        ledger: OrderLedger,
        clock: Clock,
        settings: OrderSettings,
        fills: Topic[Fill],
        *,
        server_offset_ns: Callable[[], int] = lambda: 0,
        findings: Findings | None = None,
    ) -> None:
        self._exchange = exchange
        self._ledger = ledger
        self._clock = clock
        self._settings = settings
        self._fills = fills
        self._server_offset_ns = server_offset_ns
        self.findings: Findings = findings or Unnoted()
        self._read_until: dict[InstrumentId, int] = {}
        """Up to when, by the exchange's clock, a market's fills are known to be here."""
        self._started_ts = clock.now_ns()
        self._told: deque[tuple[InstrumentId, str]] = deque()
        self._told_keys: set[tuple[InstrumentId, str]] = set()
        self._missed_at: dict[str, int] = {}
        self._fill_requests: dict[str, int] = {}
        fills.tap(self._note_told)
        self.untold = 0
        """Fills and ends of orders that were found by asking, and that no stream had told."""

    async def compare_orders(self, instrument_id: InstrumentId | None = None) -> tuple[OrderReport, ...]:
        """Take the exchange's list of resting orders, of one market or of all; ask one by one for those of ours that
        are not in it.

        Absence from the list proves nothing: the order may have ended, or the list may be older than the order.
        Gives the list.
        """
        expected = [
            order
            for order in self._ledger.working()
            if order.exchange_order_id is not None and instrument_id in {None, order.instrument_id}
        ]
        listed: set[tuple[InstrumentId, str | None]] = set()
        reports = await self._exchange.fetch_open_orders(instrument_id)
        for report in reports:
            self._ledger.take_report(report)
            listed.add((report.instrument_id, report.exchange_order_id))
        for order in expected:
            if (order.instrument_id, order.exchange_order_id) in listed:
                self._missed_at.pop(order.client_order_id, None)
            else:
                await self._ask(order)
        return tuple(reports)

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
                    self._tell_untold(fill)

    async def fetch_missed_fills(self, instrument_id: InstrumentId) -> None:
        """Read a market's executions since the last time, and publish those that no stream brought."""
        asked_at = self._clock.now_ns() + self._server_offset_ns()
        since_ts = self._read_until.get(instrument_id, self._started_ts) - self._settings.arrival_window_ns
        for fill in await self._exchange.fetch_fills(instrument_id, since_ts):
            if fill.ts_event >= self._started_ts - self._settings.arrival_window_ns and self._is_missed(fill):
                self._tell_untold(fill)
        self._read_until[instrument_id] = asked_at

    def _tell_untold(self, fill: Fill) -> None:
        """Let a fill count that no stream had told."""
        self.untold += 1
        self.findings.found(
            DifferenceKind.FILL,
            f"{market_of(fill.instrument_id)} trade {fill.trade_id}",
            "not told",
            f"{fill.side.value} {plain(fill.quantity)} at {plain(fill.price)}",
            "the stream had not told it; it was found by asking and booked once",
            ((fill.instrument_id, fill.trade_id),),
        )
        self._fills.publish(fill)

    def tell_adopted(self, order: Order) -> None:
        """Note that an order of the account was found which no FKS had sent."""
        self.findings.found(
            DifferenceKind.ORDER,
            f"{market_of(order.instrument_id)} {order.client_order_id}",
            "not known",
            told_status(order),
            "it was not sent from here: followed from now on as EXTERNAL",
            (order.client_order_id, "external"),
        )

    def _is_missed(self, fill: Fill) -> bool:
        return (fill.instrument_id, fill.trade_id) not in self._told_keys

    def _note_told(self, fill: Fill) -> None:
        """Remember a fill that was published, by whomever."""
        key = (fill.instrument_id, fill.trade_id)
        if key in self._told_keys:
            return
        self._told_keys.add(key)
        self._told.append(key)
        if len(self._told) > TOLD_KEPT:
            self._told_keys.discard(self._told.popleft())

    async def _ask(self, order: Order) -> None:
        """Ask for one order that should rest and is not listed."""
        order_id = order.client_order_id
        current = self._ledger.get(order_id)
        if current is None or current.status.is_terminal:
            return
        try:
            self.findings.orders_compared(1, 0)
            report = await self._exchange.fetch_order(order.instrument_id, order_id)
        except OrderNotFound:
            self._conclude_vanished(order_id)
        else:
            self._missed_at.pop(order_id, None)
            self._ledger.take_report(report)
            after = self._ledger.get(order_id)
            if after is not None and after.status.is_terminal:
                self.untold += 1
                self._tell_ended(current, after, "it had ended without our hearing of it; it was asked for by name")

    def _conclude_vanished(self, order_id: str) -> None:
        """An order that was accepted and that the exchange denies knowing, twice and long enough apart, is over."""
        now = self._clock.monotonic_ns()
        first = self._missed_at.setdefault(order_id, now)
        current = self._ledger.get(order_id)
        if now - first < self._settings.arrival_window_ns or current is None or current.status.is_terminal:
            return
        del self._missed_at[order_id]
        self._tell_ended(current, self._ledger.move(order_id, OrderStatus.CANCELED, VANISHED), VANISHED)

    def _tell_ended(self, before: Order, after: Order, explanation: str) -> None:
        self.findings.orders_compared(0, 1)
        subject, theirs = f"{market_of(after.instrument_id)} {after.client_order_id}", told_status(after)
        self.findings.found(
            DifferenceKind.ORDER, subject, told_status(before), theirs, explanation, (after.client_order_id,)
        )

    def _asked_for(self, order: Order) -> int:
        return self._fill_requests.get(order.client_order_id, 0)
