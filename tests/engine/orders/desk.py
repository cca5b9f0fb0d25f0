"""An order manager at a scripted exchange, in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from decimal import Decimal
from typing import Any

import anyio

from fks_engine.api import (
    Accepted,
    Denied,
    NoticeKind,
    NoticeLevel,
    OrderCommand,
    Preview,
    SubmitOrder,
    blank_preview,
)
from fks_engine.model import Order, OrderStatus, TradingState
from fks_engine.orders import OrderManager, OrderSettings
from fks_engine.ports import Admission
from fks_engine.topics import Bus
from tests.engine.builders import a_fill, a_submit
from tests.engine.kept_journal import KeptJournal
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillMarket
from tests.engine.virtual_time import VirtualTime, settled


class OpenGate:
    """A gate that lets everything through but what it is told to deny."""

    def __init__(self) -> None:
        self.trading_state = TradingState.ACTIVE
        self.denial: Denied | None = None
        self.cap: Decimal | None = None
        self.seen_working: list[int] = []
        self.seen_replaced: list[Order | None] = []

    def verdict(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Denied | None:
        self.seen_working.append(len(working))
        self.seen_replaced.append(replaces)
        return self.denial

    def admit(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Admission:
        return Admission(self.verdict(command, working, replaces))

    def preview(self, command: OrderCommand, working: Sequence[Order], replaces: Order | None = None) -> Preview:
        return blank_preview(command, self.denial)

    def cap_price(self, command: SubmitOrder) -> Decimal | None:
        return command.limit_price or self.cap


class OrderDesk:
    """All that a test of the manager needs, in one place."""

    def __init__(self, settings: OrderSettings | None = None, before: OrderDesk | None = None) -> None:
        """`before` is a desk that died: time and exchange went on, and what its journal had durable is told again."""
        self.time: VirtualTime = before.time if before else VirtualTime()
        self.exchange: ScriptedExchange = before.exchange if before else ScriptedExchange()
        self.journal: KeptJournal = KeptJournal(before.journal.durable if before else ())
        self.gate = OpenGate()
        self.market = StillMarket()
        self.bus = Bus()
        self.notices: list[tuple[NoticeLevel, str, str]] = []
        self.kinds: list[NoticeKind] = []
        self.server_offset_ns = 0
        self.untold: list[str] = []
        self.manager = OrderManager(
            self.exchange,
            self.gate,
            self.market,
            self.bus,
            self.time,
            on_untold=self.untold.append,
            notify=self._tell,
            server_offset_ns=lambda: self.server_offset_ns,
            settings=settings,
            sleep=self.time.sleep,
            journal=self.journal,
        )
        if before is not None:
            self.manager.restore(self.journal.durable)
        self.published = self.bus.orders.subscribe()

    def _tell(self, level: NoticeLevel, title: str, message: str, kind: NoticeKind = NoticeKind.OTHER, /) -> None:
        self.notices.append((level, title, message))
        self.kinds.append(kind)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run the manager for the length of the block."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.manager.run)
            await settled()
            yield
            tasks.cancel_scope.cancel()

    async def submit(self, command: OrderCommand | None = None) -> str:
        """Submit an order that the gate accepts, let all happen that needs no time, and give its id."""
        answer = await self.manager.submit(command or a_submit())
        assert isinstance(answer, Accepted)
        await settled()
        return answer.client_order_ids[0]

    def order(self, client_order_id: str) -> Order:
        order = self.manager.order(client_order_id)
        assert order is not None
        return order

    def status(self, client_order_id: str) -> OrderStatus:
        return self.order(client_order_id).status

    def statuses(self) -> list[OrderStatus]:
        """The statuses that were published since the last call."""
        return [order.status for order in self.published.drain_nowait()]

    def titles(self) -> list[str]:
        return [title for _, title, _ in self.notices]

    def report(self, client_order_id: str, status: OrderStatus, filled: Decimal | str | int = 0) -> None:
        """Let something happen to an order at the exchange, and the account stream tell of it."""
        self.bus.order_reports.publish(self.exchange.set_status(client_order_id, status, filled))

    def fill(self, client_order_id: str, quantity: Decimal | str | int, **changes: Any) -> None:
        """Let the account stream tell of an execution."""
        known = self.exchange.orders[client_order_id]
        fill = a_fill(quantity=quantity, client_order_id=client_order_id, exchange_order_id=known.exchange_order_id)
        self.bus.fills.publish(replace(fill, **changes))
