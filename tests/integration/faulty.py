"""A whole engine in this process over a simulator whose faults can be switched, as one desk sees it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from decimal import Decimal
from functools import partial
from typing import Any

import aiohttp
import anyio
import pytest

from fks_engine.api import (
    Accepted,
    CancelAllOrders,
    Connection,
    Denied,
    DeskView,
    Level,
    Notice,
    Order,
    OrderBook,
    OrderStatus,
    OrderType,
    Side,
    StageStatus,
    SubmitOrder,
)
from fks_engine.clock import SystemClock
from fks_engine.engine import Engine, account, choices, link, parts
from fks_engine.engine.desk import EngineDesk
from fks_engine.engine.simulator_process import SimulatorAddress, SimulatorProcess
from fks_engine.exchange import (
    Environment,
    ExchangeEndpoints,
    ExchangeOptions,
    books,
    build_exchange,
    connection,
    faults,
)
from fks_engine.model import Fill
from fks_engine.orders import OrderSettings
from fks_engine.orders.wording import KEPT_BACK
from fks_engine.ports import Exchange
from fks_engine.resilience import Backoff
from tests.engine.builders import BTC
from tests.engine.engine.running import home, running
from tests.engine.simulator.control_client import ControlClient

DEADLINE_S = 20.0
QUICK: Mapping[str, str] = {
    "simulator.control": "true",
    "simulator.rate": "100",
    "simulator.seed": "7",
    "market.stale_after_s": "1.0",
    "exchange.recv_window_ms": "1000",
    "exchange.rest_timeout_s": "1.5",
    "engine.restart_backoff_min_s": "0.1",
    "engine.restart_backoff_max_s": "0.4",
    "engine.order_audit_s": "1",
    "engine.book_audit_s": "1",
}
ROOM = "weight=600000,connections=100000,orders-10s=10000"
"""Limits of the exchange that audits every second, and a fault every second, do not reach."""
_command = SimulatorProcess._command
_options = choices.exchange_options
_orders = partial(
    OrderSettings,
    arrival_margin_s=1.0,
    first_pause_s=0.2,
    longest_pause_s=1.0,
    full_audit_interval_s=2.0,
    fills_due_s=0.3,
)


@contextmanager
def hasty() -> Iterator[None]:
    """An engine that waits less where no setting says how long it waits."""

    def options(*chosen: Any) -> ExchangeOptions:
        return replace(_options(*chosen), silent_after_s=0.6)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts, "exchange_options", options)
        patch.setattr(parts, "OrderSettings", lambda **given: _orders(**given))
        patch.setattr(SimulatorProcess, "_command", lambda process: [*_command(process), "--limits", ROOM])
        patch.setattr(link, "MEASURE_EVERY_S", 1.0)
        patch.setattr(account, "COMPARE_EVERY_S", 2.0)
        patch.setattr(connection, "ACKNOWLEDGE_TIMEOUT_S", 0.7)
        patch.setattr(faults, "TOLD_EVERY_NS", 0)
        for module in (books, parts):
            patch.setattr(module, "Backoff", lambda least, most: Backoff(min(least, 0.1), min(most, 0.4)))
        yield


class FaultyDesk:
    """One desk, the switches of the exchange beneath it, and all that was told on the way."""

    def __init__(self, engine: Engine, desk: EngineDesk, control: ControlClient, http: aiohttp.ClientSession) -> None:
        assert engine.parts is not None
        assert engine._address is not None
        self.engine = engine
        self.desk = desk
        self.control = control
        self.parts = engine.parts
        self.address: SimulatorAddress = engine._address
        self.notices: list[Notice] = []
        self.fills: list[Fill] = []
        self.books: dict[int, OrderBook] = {}
        """Every published book of BTC/USDT, by its update."""
        self.quotes: list[int] = []
        """The numbers of the quotes of BTC/USDT, as they were published."""
        self._http = http
        engine.bus.fills.tap(self.fills.append)
        engine.bus.books.tap(self._keep)
        engine.bus.quotes.tap(lambda quote: self.quotes.append(quote.update_id) if quote.instrument_id == BTC else None)
        self.view = desk.view()

    def _keep(self, book: OrderBook) -> None:
        if book.instrument_id == BTC:
            assert not book.bids or not book.asks or book.bids[0].price < book.asks[0].price, book.update_id
            self.books[book.update_id] = book

    async def until(
        self, condition: Callable[[DeskView], bool], what: str = "it", deadline_s: float = DEADLINE_S
    ) -> DeskView:
        """The first picture from now on that meets the condition."""
        with anyio.move_on_after(deadline_s):
            while True:
                self.view = await self.desk.changed(self.view.number)
                self.notices += self.view.notices
                if condition(self.view):
                    return self.view
        engine = self.view.engine
        stages = "; ".join(f"{each.name} {each.connection} {each.detail}" for each in engine.stages)
        told = [f"{notice.title}: {notice.message}" for notice in self.notices[-12:]]
        raise AssertionError(
            f"{what} did not come about: {engine.connection} {engine.detail} [{stages}] {told}"
            f" {self.view.recent_orders[:3]}"
        )

    async def live(self) -> DeskView:
        """Wait until everything is well."""
        return await self.until(is_well, "a live desk")

    async def calm(self) -> None:
        """End every fault and every order, and wait until everything is well."""
        await self.control.clear()
        await self.live()
        await self.desk.submit(CancelAllOrders())
        await self.until(lambda view: not view.working_orders and is_well(view), "a quiet end")
        self.notices.clear()

    async def told(self, *words: str) -> Notice:
        """The first notice since the last call of `calm` that has all these words."""

        def found() -> Notice | None:
            texts = ((notice, f"{notice.title}: {notice.message}") for notice in self.notices)
            return next((notice for notice, text in texts if all(word in text for word in words)), None)

        if found() is None:
            await self.until(lambda view: found() is not None, f"a notice with {words}")
        notice = found()
        assert notice is not None
        return notice

    def stage(self, name: str) -> StageStatus:
        """One stage as the last picture has it."""
        return next(stage for stage in self.view.engine.stages if stage.name == name)

    def far(self, factor: str = "0.97") -> Decimal:
        """A price of BTC/USDT at which a buy rests."""
        instrument, quote = self.parts.market.instrument(BTC), self.parts.market.quote(BTC)
        assert instrument is not None
        assert quote is not None
        return instrument.price_down(quote.bid * Decimal(factor))

    async def ask(
        self, side: Side = Side.BUY, quantity: str = "0.01", limit: Decimal | None = None
    ) -> Accepted | Denied:
        """Submit an order; a market order where there is no limit."""
        kind = OrderType.MARKET if limit is None else OrderType.LIMIT
        return await self.desk.submit(
            SubmitOrder(instrument_id=BTC, side=side, order_type=kind, quantity=Decimal(quantity), limit_price=limit)
        )

    async def send(self, side: Side = Side.BUY, quantity: str = "0.01", limit: Decimal | None = None) -> str:
        """Submit an order that the gate lets pass; its id."""
        answer = await self.ask(side, quantity, limit)
        assert isinstance(answer, Accepted), answer
        return answer.client_order_ids[0]

    async def leave(self, side: Side = Side.BUY, quantity: str = "0.01", limit: Decimal | None = None) -> str:
        """Send an order until it has left: the connection may be lost between the gate's word and the wire; its id."""
        while True:
            await self.live()
            order_id = await self.send(side, quantity, limit)
            await self.until(lambda _, order_id=order_id: self._has_left_or_ended(order_id), "an order on its way")  # type: ignore[misc]
            order = self.parts.orders.order(order_id)
            assert order is not None
            if order.ts_submitted:
                return order_id
            assert order.reason.startswith(KEPT_BACK), order

    def _has_left_or_ended(self, order_id: str) -> bool:
        order = self.parts.orders.order(order_id)
        return order is not None and bool(order.ts_submitted or order.status.is_terminal)

    async def rest(self) -> str:
        """Send an order that rests, and wait until it does; its id."""
        order_id = await self.send(limit=self.far())
        await self.becomes(order_id, OrderStatus.ACCEPTED)
        return order_id

    async def becomes(self, order_id: str, *statuses: OrderStatus) -> Order:
        """Wait until a picture has the order in one of these states."""

        def found(view: DeskView) -> Order | None:
            orders = (*view.working_orders, *view.recent_orders)
            return next((one for one in orders if one.client_order_id == order_id and one.status in statuses), None)

        view = await self.until(lambda view: found(view) is not None, f"{order_id} as {statuses}")
        order = found(view)
        assert order is not None
        return order

    async def book_is_true(self) -> None:
        """Wait until a published book and the exchange's snapshot have the same number, and see that they are equal."""
        self.books.clear()
        with anyio.fail_after(DEADLINE_S):
            told = await self.snapshot()
            while told.update_id not in self.books:
                number = told.update_id
                await self.until(lambda view, number=number: max(self.books, default=0) >= number)  # type: ignore[misc]
                if number not in self.books:
                    told = await self.snapshot()
        ours = self.books[told.update_id]
        differences = set(ours.bids) ^ set(told.bids) | set(ours.asks) ^ set(told.asks)
        assert not differences, f"at update {told.update_id}: {differences}"

    async def snapshot(self) -> OrderBook:
        """The exchange's own book."""
        async with self._http.get(f"{self.address.rest}/api/v3/depth?symbol=BTCUSDT&limit=20") as response:
            told = await response.json()
        bids, asks = (tuple(Level(Decimal(p), Decimal(size)) for p, size in told[side]) for side in ("bids", "asks"))
        return OrderBook(BTC, bids, asks, told["lastUpdateId"], ts_event=0, ts_received=0)

    async def candles(self, interval: str = "1m", limit: int = 20) -> list[list[Any]]:
        """The exchange's own candles."""
        url = f"{self.address.rest}/api/v3/klines?symbol=BTCUSDT&interval={interval}&limit={limit}"
        async with self._http.get(url) as response:
            rows: list[list[Any]] = await response.json()
            return rows

    @asynccontextmanager
    async def elsewhere(self) -> AsyncIterator[Exchange]:
        """Another program that trades on the same account."""
        where = ExchangeEndpoints(self.address.rest, self.address.ws, self.address.ws_api)
        options = ExchangeOptions(
            environment=Environment.SIMULATOR,
            endpoints=where,
            api_key=self.address.key,
            api_secret=self.address.secret,
        )
        exchange = build_exchange(options, SystemClock(), lambda fault: None)
        try:
            await exchange.open()
            yield exchange
        finally:
            await exchange.close()


def is_well(view: DeskView) -> bool:
    """Whether everything that trading needs is live and fresh."""
    focus = view.focus
    return (
        view.engine.connection is Connection.LIVE
        and not any(row.stale for row in view.quotes)
        and focus is not None
        and not focus.book_stale
        and bool(focus.bids and focus.asks)
    )


@asynccontextmanager
async def faulty_desk(overrides: Mapping[str, str] | None = None) -> AsyncIterator[FaultyDesk]:
    """An engine, its simulator with the control port open, and a desk that follows BTC/USDT; live at the beginning."""
    with hasty():
        async with (
            home() as folder,
            running(folder, {**QUICK, **(overrides or {})}) as (engine, desk),
            aiohttp.ClientSession() as http,
        ):
            assert engine._address is not None
            async with ControlClient.connect(engine._address.control) as control:
                faulty = FaultyDesk(engine, desk, control, http)
                await faulty.live()
                yield faulty
