"""Small worlds for the simulator's tests: a clock by hand, a still drive, books, orders and exchanges."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import aiohttp
import numpy as np

from fks_engine.simulator.clock import SkewedClock
from fks_engine.simulator.exchange import Exchange
from fks_engine.simulator.limits import OFF
from fks_engine.simulator.matching import Book
from fks_engine.simulator.nouns import CROWD, Order, OrderType, Side, SymbolRules, TimeInForce
from fks_engine.simulator.server import serving
from fks_engine.simulator.signing import signature
from fks_engine.simulator.state import Store
from tests.engine.simulator.control_client import ControlClient

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from numpy.typing import NDArray

    from fks_engine.simulator.limits import Limits
    from fks_engine.simulator.market import Feed, Market

START_MS = 1_795_350_600_000
KEY, SECRET = "test-key", "test-secret"
BTC = SymbolRules(
    symbol="BTCUSDT",
    base="BTC",
    quote="USDT",
    tick=Decimal("0.01"),
    step=Decimal("0.00001"),
)


class HandClock:
    """A clock that moves only when told."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class Counter:
    """A sequence without a store."""

    def __init__(self, last: int = 0) -> None:
        self._last = last

    def next(self) -> int:
        self._last += 1
        return self._last

    def last(self) -> int:
        return self._last


def book(rules: SymbolRules = BTC) -> Book:
    """An empty book."""
    return Book(rules, Counter(), Counter())


_ids = Counter()


def order(
    side: str,
    quantity: str,
    price: str = "0",
    *,
    kind: str = "LIMIT",
    duration: str = "GTC",
    owner: str = CROWD,
    quote: str = "0",
    client_id: str = "",
    stop: str = "0",
) -> Order:
    """An order with the next id."""
    number = _ids.next()
    return Order(
        order_id=number,
        symbol="BTCUSDT",
        side=Side(side),
        type=OrderType(kind),
        time_in_force=TimeInForce(duration),
        price=Decimal(price),
        quantity=Decimal(quantity),
        created_ms=START_MS,
        owner=owner,
        client_order_id=client_id or f"client-{number}",
        quote_quantity=Decimal(quote),
        stop_price=Decimal(stop),
    )


class StillDrive:
    """Markets that nothing moves but orders."""

    def __init__(self, markets: Mapping[str, Market], clock: HandClock) -> None:
        self.markets = markets
        self._clock = clock

    def now_ms(self) -> int:
        return self._clock.now_ms()

    def history(self, symbol: str, start_ms: int, end_ms: int) -> NDArray[np.float64]:
        return np.empty((0, 10))

    async def run(self, feed: Feed) -> None:
        return


def quoted_book(bid: str = "60000", ask: str = "60010", size: str = "1") -> Book:
    """A book with one crowd order a side."""
    made = book()
    made.submit(order("BUY", size, bid), START_MS)
    made.submit(order("SELL", size, ask), START_MS)
    made.drain_quote()
    return made


@dataclass
class World:
    """An exchange of one symbol with its parts at hand."""

    exchange: Exchange
    book: Book
    clock: HandClock
    store: Store


def world(folder: Path | None = None, balances: Mapping[str, Mapping[str, str]] | None = None) -> World:
    """An exchange with BTCUSDT at 60,000 and one account with 100,000 USDT and 2 BTC."""
    clock, store, market = HandClock(), Store(folder), quoted_book()
    given = balances or {KEY: {"USDT": "100000", "BTC": "2"}}
    exact = {owner: {asset: Decimal(free) for asset, free in start.items()} for owner, start in given.items()}
    exchange = Exchange(StillDrive({"BTCUSDT": market}, clock), SkewedClock(clock), store, exact)
    return World(exchange, market, clock, store)


class ApiClient:
    """A plain client of a served exchange."""

    def __init__(self, session: aiohttp.ClientSession, base: str, clock: HandClock) -> None:
        self.session = session
        self.base = base
        self.clock = clock

    async def call(self, method: str, path: str, query: str = "", **request: Any) -> tuple[int, Any]:
        """Status and JSON of one request."""
        url = f"{self.base}/api/v3/{path}" + (f"?{query}" if query else "")
        async with self.session.request(method, url, **request) as response:
            assert response.content_type == "application/json"
            return response.status, await response.json()

    async def signed(self, method: str, path: str, **params: object) -> tuple[int, Any]:
        """Status and JSON of one signed request."""
        text = "&".join(f"{name}={value}" for name, value in ({"timestamp": self.clock.now_ms()} | params).items())
        text += "&signature=" + signature(SECRET, text)
        headers = {"X-MBX-APIKEY": KEY}
        if method == "POST":
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            return await self.call(method, path, data=text.encode(), headers=headers)
        return await self.call(method, path, text, headers=headers)

    async def buy(self, quantity: str, price: str, **more: object) -> dict[str, Any]:
        """A GTC limit order to buy BTC; it must be accepted."""
        fields: dict[str, object] = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        status, body = await self.signed("POST", "order", **(fields | {"quantity": quantity, "price": price} | more))
        assert status == 200, body
        result: dict[str, Any] = body
        return result


@asynccontextmanager
async def served(of: World, limits: Limits = OFF) -> AsyncIterator[ApiClient]:
    """The world behind a real socket, without limits unless some are given."""
    secrets = {KEY: SECRET}
    async with (
        serving(of.exchange, secrets, "127.0.0.1", 0, limits) as server,
        aiohttp.ClientSession() as session,
    ):
        yield ApiClient(session, server.addresses()["rest"], of.clock)


@asynccontextmanager
async def controlled(of: World, limits: Limits = OFF) -> AsyncIterator[tuple[ApiClient, ControlClient]]:
    """The same with its control port."""
    async with (
        serving(of.exchange, {KEY: SECRET}, "127.0.0.1", 0, limits, control_port=0) as server,
        aiohttp.ClientSession() as session,
        ControlClient.connect(server.addresses()["control"]) as control,
    ):
        yield ApiClient(session, server.addresses()["rest"], of.clock), control
