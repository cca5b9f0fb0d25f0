"""Every order of the session: found by either id, fed by reports and fills, bounded once the orders are over."""

from __future__ import annotations

from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from fks_engine.model import Order, OrderMoved, OrderStatus, ReportTaken, external_id
from fks_engine.orders.endings import entry_of, why_ended
from fks_engine.orders.ids import is_ours
from fks_engine.orders.life import Effect, TrackedOrder, reported_status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fks_engine.clock import Clock
    from fks_engine.model import Fill, InstrumentId, JournalEntry, OrderReport

    OrderChanged = Callable[[Order | None, Order], None]

FORGOTTEN_KEPT = 20_000
"""Ids of orders that were dropped for age; a late report must not bring them back as someone else's."""
STRAY_FILLS_KEPT = 1_000
"""Fills that wait for the report that says which order they are of."""


@dataclass(slots=True)
class LedgerCounts:
    """What events did to the orders, since the start."""

    late: int = 0
    duplicates: int = 0
    illegal: int = 0
    adopted: int = 0


class OrderLedger:
    """Orders by id. `changed` is called after each change, with the order before (None for a new one) and after.

    `keep` is given what made the change, for the journal.
    """

    def __init__(
        self,
        clock: Clock,
        kept: int,
        changed: OrderChanged,
        illegal: Callable[[Order, str], None],
        keep: Callable[[JournalEntry], None] = lambda entry: None,
    ) -> None:
        self._clock = clock
        self._kept = kept
        self._changed = changed
        self._illegal = illegal
        self._keep = keep
        self._replayed_ts: int | None = None
        """When that happened which is told again from the journal; None while things happen now."""
        self._tracked: dict[str, TrackedOrder] = {}
        self._by_exchange_id: dict[tuple[InstrumentId, str], str] = {}
        self._working: dict[str, TrackedOrder] = {}
        self._over: dict[str, None] = {}
        self._forgotten: deque[str] = deque(maxlen=FORGOTTEN_KEPT)
        self._forgotten_set: set[str] = set()
        self._stray: deque[Fill] = deque(maxlen=STRAY_FILLS_KEPT)
        self._replacements: dict[str, str] = {}
        """The order that was to take the place of another, by the other's id."""
        self.counts = LedgerCounts()

    def get(self, client_order_id: str) -> Order | None:
        """The order as it stands; None when it is not known."""
        tracked = self._tracked.get(client_order_id)
        return tracked.order if tracked else None

    def working(self) -> tuple[Order, ...]:
        """Orders of which the exchange may hold something, oldest first."""
        return tuple(tracked.order for tracked in self._working.values())

    def recent(self, limit: int) -> tuple[Order, ...]:
        """Orders that are over, the last to end first."""
        return tuple(self._tracked[order_id].order for order_id in islice(reversed(self._over), limit))

    def page(self, limit: int, offset: int) -> tuple[tuple[Order, ...], int]:
        """All orders, newest first, and how many there are."""
        chosen = islice(reversed(self._tracked.values()), offset, offset + limit)
        return tuple(tracked.order for tracked in chosen), len(self._tracked)

    def lacking_fills(self) -> tuple[Order, ...]:
        """Orders of which more was filled, since they are followed here, than the fills received so far tell."""
        return tuple(tracked.order for tracked in self._tracked.values() if tracked.lacks_fills)

    def misses(self, fill: Fill) -> bool:
        """Whether the fill is of an order that is known here and was not booked to it."""
        tracked = self._find(fill.instrument_id, fill.exchange_order_id, fill.client_order_id)
        return tracked is not None and not tracked.has(fill)

    def add(self, order: Order) -> None:
        """Begin to follow an order."""
        tracked = TrackedOrder(order)
        self._tracked[order.client_order_id] = tracked
        if order.replaces is not None:
            self._replacements[order.replaces] = order.client_order_id
        self._note(None, tracked)

    def begin(self, order: Order, status: OrderStatus, reason: str | None = None) -> Order:
        """Begin to follow an order of ours and take its first step; the intent tells the journal of both."""
        self.add(order)
        return self._move(order.client_order_id, status, self._now(), reason)

    def move(self, client_order_id: str, status: OrderStatus, reason: str | None = None) -> Order:
        """Take a step that we decide. Raises InvalidTransition where the table of lives does not allow it."""
        now = self._now()
        order = self._move(client_order_id, status, now, reason)
        self._keep(OrderMoved(ts=now, client_order_id=client_order_id, status=status, reason=reason))
        return order

    def _move(self, client_order_id: str, status: OrderStatus, now: int, reason: str | None) -> Order:
        tracked = self._tracked[client_order_id]
        before = tracked.order
        tracked.move(status, now, reason)
        self._note(before, tracked)
        return tracked.order

    def note(self, client_order_id: str, reason: str) -> None:
        """Say something of an order that stays as it is."""
        tracked = self._tracked[client_order_id]
        before = tracked.order
        if before.reason != reason:
            tracked.note(reason, self._now())
            self._note(before, tracked)

    def replacement_of(self, client_order_id: str) -> str:
        """The order that was to take the place of this one; empty where none was."""
        return self._replacements.get(client_order_id, "")

    def siblings(self, order: Order) -> tuple[Order, ...]:
        """The other orders of its list that may still work."""
        if order.order_list_id is None:
            return ()
        return tuple(
            other
            for other in self.working()
            if other.order_list_id == order.order_list_id and other.client_order_id != order.client_order_id
        )

    def sent(self, client_order_id: str) -> Order:
        """Note that the order leaves now."""
        tracked = self._tracked[client_order_id]
        tracked.sent(self._now())
        return tracked.order

    def take_report(self, report: OrderReport) -> None:
        """Let the exchange's word on an order count; an order that is not known is adopted."""
        tracked = self._find(report.instrument_id, report.exchange_order_id, report.client_order_id)
        if tracked is None:
            if report.client_order_id not in self._forgotten_set:
                self._keep(ReportTaken(ts=self._now(), report=report))
                self._adopt(report)
            return
        before = tracked.order
        effect = tracked.take_report(report, self._now(), why_ended(self, before, report.status))
        if effect is not Effect.UNCHANGED:
            self._keep(ReportTaken(ts=self._now(), report=report))
        self._count(effect, tracked.order, f"a report of {report.status}")
        self._note(before, tracked)

    def take_fill(self, fill: Fill) -> None:
        """Book a fill to its order; one whose order is not known yet waits for the order's report."""
        tracked = self._find(fill.instrument_id, fill.exchange_order_id, fill.client_order_id)
        if tracked is None:
            if fill.client_order_id not in self._forgotten_set:
                self._stray.append(fill)
            return
        before = tracked.order
        effect = tracked.take_fill(fill, self._now())
        self._count(effect, tracked.order, f"a fill of {fill.quantity}")
        self._note(before, tracked)

    def _find(
        self, instrument_id: InstrumentId, exchange_order_id: str | None, client_order_id: str
    ) -> TrackedOrder | None:
        """The order by the exchange's id, else by the client's, which other programs may give out again and again."""
        by_exchange = self._by_exchange_id.get((instrument_id, exchange_order_id)) if exchange_order_id else None
        if by_exchange is not None:
            return self._tracked.get(by_exchange)
        tracked = self._tracked.get(client_order_id)
        if tracked is None or is_ours(client_order_id):
            return tracked
        return None if exchange_order_id and tracked.order.exchange_order_id else tracked

    @contextmanager
    def replaying(self) -> Iterator[Callable[[int], None]]:
        """What is told within the block happened before: nobody hears of it and nothing is kept.

        Gives the function that sets when it happened, before each telling.
        """
        changed, keep, illegal = self._changed, self._keep, self._illegal

        def happened(ts: int) -> None:
            self._replayed_ts = ts

        self._changed = self._illegal = _unheard
        self._keep = _unheard
        try:
            yield happened
        finally:
            self._changed, self._keep, self._illegal, self._replayed_ts = changed, keep, illegal, None

    def _now(self) -> int:
        return self._clock.now_ns() if self._replayed_ts is None else self._replayed_ts

    def _adopt(self, report: OrderReport) -> None:
        """Follow an order that was found at the exchange. Other programs may give one id to several orders."""
        now = self._now()
        order_id = report.client_order_id
        if not order_id or order_id in self._tracked:
            order_id = external_id(report.instrument_id, report.exchange_order_id)
        order = Order(
            client_order_id=order_id,
            instrument_id=report.instrument_id,
            side=report.side,
            order_type=report.order_type,
            quantity=report.quantity,
            limit_price=report.limit_price,
            stop_price=report.stop_price,
            order_list_id=report.order_list_id,
            waits_for=entry_of(self, report),
            is_triggered=report.is_triggered,
            time_in_force=report.time_in_force,
            post_only=report.post_only,
            status=reported_status(report),
            filled_quantity=report.filled_quantity,
            average_price=report.average_price,
            exchange_order_id=report.exchange_order_id or None,
            reason=report.reason,
            external=not is_ours(report.client_order_id),
            ts_created=report.ts_event,
            ts_updated=now,
        )
        self.counts.adopted += 1
        self.add(order)

    def _count(self, effect: Effect, order: Order, event: str) -> None:
        if effect is Effect.LATE:
            self.counts.late += 1
        elif effect is Effect.DUPLICATE:
            self.counts.duplicates += 1
        elif effect is Effect.ILLEGAL:
            self.counts.illegal += 1
            self._illegal(order, event)

    def _note(self, before: Order | None, tracked: TrackedOrder) -> None:
        """Keep the indexes true after a change, and tell of it."""
        order = tracked.order
        if order is before:
            return
        order_id = order.client_order_id
        if order.status.is_working:
            self._working[order_id] = tracked
        else:
            self._working.pop(order_id, None)
        if order.status.is_terminal:
            self._over.setdefault(order_id)
        else:
            self._over.pop(order_id, None)
        newly_known = order.exchange_order_id is not None and (before is None or before.exchange_order_id is None)
        if newly_known and order.exchange_order_id is not None:
            self._by_exchange_id[(order.instrument_id, order.exchange_order_id)] = order_id
        self._changed(before, order)
        if newly_known and self._stray:
            self._claim_stray_fills()
        while len(self._over) > self._kept:
            self._forget(next(iter(self._over)))

    def _claim_stray_fills(self) -> None:
        """Book the waiting fills whose order has become known."""
        waiting, self._stray = self._stray, deque(maxlen=STRAY_FILLS_KEPT)
        for fill in waiting:
            self.take_fill(fill)

    def _forget(self, order_id: str) -> None:
        """Drop the order that ended longest ago, and remember that it was here if it was ours."""
        tracked = self._tracked.pop(order_id, None)
        self._working.pop(order_id, None)
        self._over.pop(order_id, None)
        self._replacements.pop(order_id, None)
        if tracked is not None and tracked.order.exchange_order_id is not None:
            self._by_exchange_id.pop((tracked.order.instrument_id, tracked.order.exchange_order_id), None)
        if not is_ours(order_id):
            return
        if len(self._forgotten) == FORGOTTEN_KEPT:
            self._forgotten_set.discard(self._forgotten[0])
        self._forgotten.append(order_id)
        self._forgotten_set.add(order_id)


def _unheard(*_: object) -> None:
    """Nobody hears of it."""
