"""The order thread on real parts: simulator process, adapter, streams, market, portfolio, gate, order manager."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import anyio

from fks_engine.api import Accepted, SubmitOrder
from fks_engine.clock import SystemClock
from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions, build_exchange
from fks_engine.model import Instrument, Order, OrderStatus, OrderType, Quote, Side
from fks_engine.orders import Flattener, OrderManager, OrderSettings
from fks_engine.portfolio import Portfolio
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience import Backoff
from fks_engine.risk import RiskGate, RiskLimits
from fks_engine.state import LatestMarket
from fks_engine.streams import AccountStream, MarketStream
from fks_engine.topics import Bus
from tests.engine.builders import BTC
from tests.engine.orders.desk import OpenGate
from tests.engine.simulator.process import simulator

DEADLINE_S = 20.0
RECV_WINDOW_MS = 1_000
LIMITS = RiskLimits(
    reporting_currency="USDT",
    max_order_notional=Decimal(50_000),
    max_open_orders=20,
    max_slippage_percent=Decimal(1),
)
ORDERS = OrderSettings(recv_window_ms=RECV_WINDOW_MS)


class Trading:
    """The stages from the market to the orders, introduced to each other."""

    def __init__(
        self,
        endpoints: ExchangeEndpoints,
        key: str,
        secret: str,
        limits: RiskLimits,
        open_gate: bool,
        rest_timeout_s: float,
        orders: OrderSettings,
    ) -> None:
        self.faults: list[str] = []
        self.notices, clock = list[tuple[object, ...]](), SystemClock()
        options = ExchangeOptions(
            environment=Environment.SIMULATOR,
            endpoints=endpoints,
            api_key=key,
            api_secret=secret,
            recv_window_ms=orders.recv_window_ms,
            rest_timeout_s=rest_timeout_s,
        )
        self.exchange = build_exchange(options, clock, self.faults.append)
        self.bus = Bus()
        self.market = LatestMarket(clock)
        self.market.attach(self.bus)
        self.portfolio = Portfolio(self.market, self.bus, clock, "USDT", exchange_name=self.exchange.name)
        self.resync = anyio.Event()
        quotes = MarketChannel(ChannelKind.QUOTES, (BTC,))
        self.quotes = MarketStream(self.exchange, quotes, self.bus, clock, Backoff(0.1, 1))
        self.account = AccountStream(
            self.exchange, self.bus, clock, Backoff(0.1, 1), on_resync=lambda: self.resync.set()
        )
        self.gate = RiskGate(
            limits,
            self.market,
            self.portfolio,
            connected=lambda: self.account.subscribed and self.manager.is_synchronised,
            read_only=lambda: self.exchange.read_only,
        )
        self.manager = OrderManager(
            self.exchange,
            OpenGate() if open_gate else self.gate,
            self.market,
            self.bus,
            clock,
            notify=self._tell,
            settings=orders,
        )
        self.flattener = Flattener(
            self.manager,
            self.gate,
            self.market,
            self.portfolio,
            self.bus,
            positions=self.portfolio.positions,
            notify=self._tell,
        )
        self._moved = anyio.Event()
        for topic in (self.bus.quotes, self.bus.orders, self.bus.fills, self.bus.balances):
            topic.tap(self._wake)

    @property
    def instrument(self) -> Instrument:
        return self.market.instruments[BTC]

    @property
    def quote(self) -> Quote:
        quote = self.market.quote(BTC)
        assert quote is not None
        return quote

    def order(self, client_order_id: str) -> Order:
        order = self.manager.order(client_order_id)
        assert order is not None
        return order

    async def submit(self, side: Side, quantity: str, limit_price: Decimal | None = None, **changes: object) -> str:
        """Submit an order for BTC/USDT; its id."""
        command = SubmitOrder(
            instrument_id=BTC,
            side=side,
            order_type=OrderType.MARKET if limit_price is None else OrderType.LIMIT,
            quantity=Decimal(quantity),
            limit_price=limit_price,
            **changes,  # type: ignore[arg-type]
        )
        answer = await self.manager.submit(command)
        assert isinstance(answer, Accepted), answer
        return answer.client_order_ids[0]

    async def becomes(self, client_order_id: str, *statuses: OrderStatus) -> Order:
        """Wait until the order has one of these statuses and all of its fills are here."""
        await self.until(lambda: self.order(client_order_id).status in statuses, f"{client_order_id} {statuses}")
        return self.order(client_order_id)

    async def until(self, condition: Callable[[], bool], what: str) -> None:
        """Wait for a condition that holds after some quote, order, fill or balance."""
        try:
            with anyio.fail_after(DEADLINE_S):
                while not condition():
                    await self._moved.wait()
        except TimeoutError as error:
            raise AssertionError(f"{what} did not come about: {self.manager.page(20, 0)} {self.notices}") from error

    def _tell(self, *notice: object) -> None:
        self.notices.append(notice)

    def _wake(self, item: object) -> None:
        self._moved.set()
        self._moved = anyio.Event()

    async def keep_synchronised(self) -> None:
        """Read orders and balances anew whenever the account's stream asks for it."""
        while True:
            await self.resync.wait()
            self.resync = anyio.Event()
            self.bus.balances.publish(await self.exchange.fetch_balances())
            await self.manager.synchronise()


@asynccontextmanager
async def trading(
    endpoints: ExchangeEndpoints,
    key: str,
    secret: str,
    limits: RiskLimits = LIMITS,
    open_gate: bool = False,
    rest_timeout_s: float = 10.0,
    orders: OrderSettings = ORDERS,
) -> AsyncIterator[Trading]:
    """Everything connected and running for the length of the block; an open gate asks nothing."""
    parts = Trading(endpoints, key, secret, limits, open_gate, rest_timeout_s, orders)
    parts.market.load(await parts.exchange.open())
    try:
        async with anyio.create_task_group() as tasks:
            manager, closing = parts.manager.run, parts.flattener.run
            for stage in (parts.quotes.run, parts.account.run, manager, closing, parts.keep_synchronised):
                tasks.start_soon(stage)
            await parts.until(
                lambda: (
                    parts.manager.is_synchronised and parts.account.subscribed and parts.market.quote(BTC) is not None
                ),
                "the connection",
            )
            yield parts
            tasks.cancel_scope.cancel()
    finally:
        await parts.exchange.close()


@asynccontextmanager
async def trading_at_a_simulator(
    limits: RiskLimits = LIMITS, open_gate: bool = False, **options: object
) -> AsyncIterator[Trading]:
    """A simulator of its own, and everything connected to it."""
    settings = {"symbols": 2, "seed": 7, "balance": "USDT=100000,BTC=2"} | options
    async with simulator(**settings) as process:
        endpoints = ExchangeEndpoints(process.rest, process.ws, process.ws_api)
        async with trading(endpoints, process.key, process.secret, limits, open_gate) as parts:
            yield parts
