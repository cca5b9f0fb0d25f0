"""A holding whose stops are watched: a real gate and manager at a scripted exchange, in virtual time."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal

import anyio

from fks_engine.api import Accepted, OrderCommand, SubmitOrder
from fks_engine.model import Order, OrderStatus, OrderType, Position, Side
from fks_engine.orders import OrderManager
from fks_engine.orders.protection import Protector
from fks_engine.risk import RiskGate, RiskLimits
from fks_engine.topics import Bus
from tests.engine.builders import BTC, a_fill, a_submit, an_instrument
from tests.engine.kept_journal import KeptJournal
from tests.engine.scripted_exchange import ScriptedExchange
from tests.engine.still_market import StillAccount, StillMarket
from tests.engine.virtual_time import VirtualTime, settled

AUDIT_S = 10.0
LIMITS = RiskLimits(reporting_currency="USDT", max_slippage_percent=Decimal(1))


class Guarded:
    """Half a bitcoin at 60,000, and the protector of its stops."""

    def __init__(self, before: Guarded | None = None, limits: RiskLimits = LIMITS) -> None:
        """`before` is one that died: time, exchange and holding went on, and its journal is told again."""
        self.time: VirtualTime = before.time if before else VirtualTime()
        self.exchange: ScriptedExchange = before.exchange if before else ScriptedExchange()
        self.held: Decimal = before.held if before else Decimal("0.5")
        self.depth = Decimal(10**6)
        """So much a sale at market finds in the book at most."""
        self.journal: KeptJournal = KeptJournal(before.journal.durable if before else ())
        self.market, self.account, self.bus = StillMarket(), StillAccount(), Bus()
        self.market.instruments[BTC] = an_instrument(takes_order_lists=True)
        self.notices: list[tuple[object, ...]] = []
        self.connected = True
        self.closing = False
        self.trades = 0
        self.gate = RiskGate(
            limits, self.market, self.account, connected=lambda: self.connected, read_only=lambda: False
        )
        notify = lambda *notice: self.notices.append(notice)  # noqa: E731
        self.manager = OrderManager(
            self.exchange,
            self.gate,
            self.market,
            self.bus,
            self.time,
            notify=notify,
            sleep=self.time.sleep,
            journal=self.journal,
        )
        self.protector = Protector(
            self.manager,
            self.gate,
            self.market,
            self.account,
            self.bus,
            self.time,
            is_closing=lambda instrument: self.closing,
            notify=notify,
            audit_s=AUDIT_S,
            sleep=self.time.sleep,
        )
        if before is not None:
            self.manager.restore(self.journal.durable)
            self.protector.restore(self.journal.durable)
        self.exchange.on_arrival = self._arrived
        self.settle()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.manager.run)
            tasks.start_soon(self.manager.synchronise)
            tasks.start_soon(self.protector.run)
            await settled()
            yield
            tasks.cancel_scope.cancel()

    def settle(self) -> None:
        """Let the balance be what is held, less what resting sales lock."""
        reports = self.exchange.orders.values()
        locked = {
            report.order_list_id or report.client_order_id: report.quantity - report.filled_quantity
            for report in reports
            if report.side is Side.SELL and report.status.is_working and not report.is_pending
        }
        lock = sum(locked.values(), Decimal(0))
        self.account.hold("BTC", str(self.held - lock), str(lock))
        self.account.positions[BTC] = Position(instrument_id=BTC, quantity=self.held)

    async def sends(self, command: OrderCommand) -> tuple[str, ...]:
        answer = await self.manager.submit(command)
        assert isinstance(answer, Accepted), answer
        await settled()
        self.settle()
        return answer.client_order_ids

    async def stopped(self, quantity: str = "0.5", stop_price: str = "58000") -> str:
        """Let a stop rest; its id."""
        return (await self.sends(a_stop(quantity, stop_price)))[0]

    def trade(self, order_id: str, quantity: str | Decimal, status: OrderStatus | None = None) -> None:
        """Let so much of an order trade, and the order end with `status` where one is given."""
        report, self.trades, much = self.exchange.orders[order_id], self.trades + 1, Decimal(quantity)
        filled = report.filled_quantity + much
        self.held += much if report.side is Side.BUY else -much
        if much:
            known = report.exchange_order_id
            self.bus.fills.publish(
                a_fill(
                    report.side, much, client_order_id=order_id, exchange_order_id=known, trade_id=f"{known}-{filled}"
                )
            )
        status = status or (OrderStatus.FILLED if filled == report.quantity else OrderStatus.PARTIALLY_FILLED)
        changed = self.exchange.set_status(order_id, status, filled)
        self.settle()
        self.bus.order_reports.publish(changed)

    def _arrived(self, order: Order) -> None:
        if order.order_type is OrderType.MARKET:
            much = min(order.quantity, self.depth)
            self.trade(order.client_order_id, much, None if much == order.quantity else OrderStatus.EXPIRED)
        self.settle()

    async def audit(self, audits: float = 1.0) -> None:
        """Let so many audits' time pass."""
        await self.time.passes(audits * AUDIT_S + 0.1)

    def order(self, order_id: str) -> Order:
        order = self.manager.order(order_id)
        assert order is not None
        return order

    def guards(self) -> list[Order]:
        """Every order that was sent to protect, oldest first."""
        return [order for order in self.exchange.sent if order.restores is not None]

    def protected(self) -> Decimal:
        """What the exchange's resting stops would sell."""
        reports = self.exchange.orders.values()
        stops = (each for each in reports if each.order_type is OrderType.STOP and each.status.is_working)
        return sum((each.quantity - each.filled_quantity for each in stops if not each.is_pending), Decimal(0))

    def told(self, title: str) -> list[str]:
        return [str(notice[2]) for notice in self.notices if notice[1] == title]


def a_stop(quantity: str = "0.5", stop_price: str = "58000") -> SubmitOrder:
    return a_submit(Side.SELL, quantity, None, order_type=OrderType.STOP, stop_price=Decimal(stop_price))
