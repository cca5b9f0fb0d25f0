"""What the engine says of itself during a soak: fills, unsettled orders, notices, latencies."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Connection, ConnectionLost, FillsPage, FillsRequest, NoticeLevel, OrdersPage, OrdersRequest
from fks_engine.model import OrderStatus

if TYPE_CHECKING:
    from fks_engine.api import Desk, DeskView
    from fks_engine.model import Fill, InstrumentId, Order

UNSETTLED = frozenset({OrderStatus.SUBMITTED, OrderStatus.UNKNOWN, OrderStatus.PENDING_CANCEL})
"""An order may stay so only while somebody is being asked."""
PAGE = 200
EVERY_S = 1.0
ALL_EVERY_S = 60.0


@dataclass
class Watch:
    """Looks at one desk's pictures and asks for its records."""

    desk: Desk
    trouble: str = "calm"
    """The fault in force, by name."""
    fills: dict[tuple[InstrumentId, str], Fill] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    """The last known state of every order the engine has shown."""
    twice: list[str] = field(default_factory=list)
    """Fills that the engine listed more than once, or changed."""
    notices: Counter[str] = field(default_factory=Counter)
    round_trips_ms: list[float] = field(default_factory=list)
    loop_lags_ms: list[float] = field(default_factory=list)
    door_ms: list[float] = field(default_factory=list)
    """From asking the engine for a page of one order to having it."""
    longest_unsettled_s: float = 0.0
    longest_unsettled: str = ""
    lost: int = 0
    """How often the door was shut."""
    pids: set[int] = field(default_factory=set)
    restarts: dict[str, int] = field(default_factory=dict)
    """By stage of the engine."""
    _since: dict[str, tuple[OrderStatus, float]] = field(default_factory=dict)

    async def run(self) -> None:
        """Look until canceled."""
        number, all_at = -1, 0.0
        while True:
            view = await self.desk.changed(number)
            number = view.number
            self._look(view)
            try:
                await self.ask()
                if anyio.current_time() - all_at > ALL_EVERY_S:  # the engine forgets the oldest
                    await self.take_orders()
                    all_at = anyio.current_time()
            except ConnectionLost:
                self.lost += 1
            await anyio.sleep(EVERY_S)

    async def is_live(self) -> None:
        """Wait until the engine calls itself live."""
        view = self.desk.view()
        while view.engine.connection is not Connection.LIVE:
            view = await self.desk.changed(view.number)

    async def ask(self) -> None:
        """Take over every fill and order that is new."""
        began = anyio.current_time()
        await self.desk.query(OrdersRequest(1))
        self.door_ms.append((anyio.current_time() - began) * 1e3)
        await self.take_fills()
        for order in (*self.desk.view().working_orders, *self.desk.view().recent_orders):
            self.orders[order.client_order_id] = order

    async def take_fills(self) -> None:
        """Read the engine's fills back to the first that is known already."""
        offset, met_known = 0, False
        seen: set[tuple[InstrumentId, str]] = set()
        while not met_known:
            page = await self.desk.query(FillsRequest(PAGE, offset))
            assert isinstance(page, FillsPage), page
            for fill in page.items:
                key = (fill.instrument_id, fill.trade_id)
                met_known = met_known or key in self.fills
                if (key in seen and not offset) or self.fills.get(key, fill) != fill:
                    self.twice.append(f"{key}")
                seen.add(key)
            self.fills |= {(fill.instrument_id, fill.trade_id): fill for fill in page.items}
            offset += PAGE
            met_known = met_known or offset >= page.total

    async def take_orders(self) -> None:
        """Read every order the engine still knows."""
        offset, total = 0, 1
        while offset < total:
            page = await self.desk.query(OrdersRequest(PAGE, offset))
            assert isinstance(page, OrdersPage), page
            self.orders |= {order.client_order_id: order for order in page.items}
            offset, total = offset + PAGE, page.total

    def unsettled(self) -> list[Order]:
        """The orders of which it is not known how they stand."""
        return [order for order in self.desk.view().working_orders if order.status in UNSETTLED]

    def _look(self, view: DeskView) -> None:
        now = anyio.current_time()
        engine = view.engine
        if engine.connection is not Connection.DISCONNECTED:
            self.pids.add(engine.pid)
        for stage in engine.stages:
            self.restarts[stage.name] = max(self.restarts.get(stage.name, 0), stage.restarts)
        last = self.round_trips_ms[-1:]
        if engine.order_round_trip_ms is not None and last != [engine.order_round_trip_ms]:
            self.round_trips_ms.append(engine.order_round_trip_ms)
        if engine.loop_lag_ms is not None:
            self.loop_lags_ms.append(engine.loop_lag_ms)
        for notice in view.notices:
            if notice.level in (NoticeLevel.ERROR, NoticeLevel.WARNING):
                self.notices[f"{notice.level.value}: {notice.title[:50]}"] += 1
        still: dict[str, tuple[OrderStatus, float]] = {}
        for order in view.working_orders:
            if order.status in UNSETTLED:
                before = self._since.get(order.client_order_id)
                since = before if before is not None and before[0] is order.status else (order.status, now)
                still[order.client_order_id] = since
                if now - since[1] > self.longest_unsettled_s:
                    self.longest_unsettled_s = now - since[1]
                    self.longest_unsettled = f"{order.client_order_id} {order.status.value} ({self.trouble})"
        self._since = still
