"""A scripted Binance on loopback: it answers as it is told, which a real exchange or the simulator never would."""

from __future__ import annotations

import asyncio
import inspect
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from aiohttp import WSMsgType, web

from fks_engine.clock import SystemClock
from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions, build_exchange

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from fks_engine.ports import Exchange

DEADLINE_S = 15.0


def listed(symbol: str, base: str, quote: str, tick: str = "0.01000000", step: str = "0.00001000") -> dict[str, Any]:
    """A market as Binance lists it."""
    return {
        "symbol": symbol,
        "status": "TRADING",
        "baseAsset": base,
        "quoteAsset": quote,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "orderTypes": ["LIMIT", "LIMIT_MAKER", "MARKET"],
        "filters": [
            {"filterType": "PRICE_FILTER", "minPrice": tick, "maxPrice": "1000000.00000000", "tickSize": tick},
            {"filterType": "LOT_SIZE", "minQty": step, "maxQty": "9000.00000000", "stepSize": step},
            {"filterType": "MARKET_LOT_SIZE", "minQty": "0.00000000", "maxQty": "120.5", "stepSize": "0.00000000"},
            {"filterType": "NOTIONAL", "minNotional": "5.00000000", "maxNotional": "9000000.00000000"},
            {
                "filterType": "PERCENT_PRICE_BY_SIDE",
                "bidMultiplierUp": "5",
                "bidMultiplierDown": "0.2",
                "askMultiplierUp": "5",
                "askMultiplierDown": "0.2",
                "avgPriceMins": 5,
            },
        ],
    }


class StubBinance:
    """What a test scripts: answers by (method, path), snapshots by symbol, and frames pushed to every stream."""

    def __init__(self) -> None:
        self.markets = [listed("BTCUSDT", "BTC", "USDT"), listed("ETHUSDT", "ETH", "USDT")]
        self.answers: dict[tuple[str, str], Callable[[web.Request], web.StreamResponse | Any]] = {}
        self.snapshots: dict[str, dict[str, Any]] = {}
        self.requests: list[tuple[str, str]] = []
        self.subscribed: list[list[str]] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.account_answer: dict[str, Any] = {"status": 200, "result": {"subscriptionId": 0}}
        self.port = 0
        self._runner: web.AppRunner | None = None

    @property
    def endpoints(self) -> ExchangeEndpoints:
        """Where it listens."""
        host = f"127.0.0.1:{self.port}"
        return ExchangeEndpoints(f"http://{host}", f"ws://{host}", f"ws://{host}/ws-api/v3")

    async def start(self) -> None:
        """Listen; on the same port as before when it was started before."""
        app = web.Application()
        app.router.add_get("/stream/ws/{number}", self._stream)
        app.router.add_get("/ws-api/v3", self._account)
        app.router.add_route("*", "/api/v3/{path:.*}", self._rest)
        self._runner = web.AppRunner(app, shutdown_timeout=0.2)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self.port, reuse_address=True)
        await site.start()
        self.port = self._runner.addresses[0][1]

    async def stop(self) -> None:
        """Drop every connection and stop listening."""
        sockets, self.sockets = self.sockets, []
        for socket in sockets:
            await socket.close()
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None

    async def push(self, *frames: str | bytes) -> None:
        """Send frames, as text, to every stream that is open."""
        for socket in self.sockets:
            for frame in frames:
                await (socket.send_bytes(frame) if isinstance(frame, bytes) else socket.send_str(frame))

    async def until_subscribed(self, count: int = 1) -> None:
        """Wait for that many subscriptions."""
        await until(lambda: len(self.subscribed) >= count)

    async def _rest(self, request: web.Request) -> web.StreamResponse:
        path = request.match_info["path"]
        self.requests.append((request.method, path))
        scripted = self.answers.get((request.method, path))
        if scripted is not None:
            answer = scripted(request)
            if inspect.isawaitable(answer):
                answer = await answer
            return answer if isinstance(answer, web.StreamResponse) else web.json_response(answer)
        if path == "exchangeInfo":
            return web.json_response({"symbols": self.markets, "serverTime": int(time.time() * 1000)})
        if path == "depth":
            return web.json_response(self.snapshots[request.query["symbol"]])
        if path in ("ticker/bookTicker", "ticker/24hr"):
            return web.json_response([])
        return web.json_response({"code": -1000, "msg": f"{path} is not scripted"}, status=400)

    async def _stream(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                asked = message.json()
                await socket.send_json({"result": None, "id": asked["id"]})
                self.subscribed.append(asked["params"])
                self.sockets.append(socket)
        return socket

    async def _account(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for message in socket:
            if message.type is WSMsgType.TEXT:
                asked = message.json()
                await socket.send_json({"id": asked["id"], **self.account_answer})
                self.subscribed.append([asked["method"]])
                self.sockets.append(socket)
        return socket


@asynccontextmanager
async def stub_binance() -> AsyncIterator[StubBinance]:
    """A running stub."""
    stub = StubBinance()
    await stub.start()
    try:
        yield stub
    finally:
        await stub.stop()


@asynccontextmanager
async def exchange_at(
    endpoints: ExchangeEndpoints, faults: list[str] | None = None, **options: Any
) -> AsyncIterator[Exchange]:
    """The real client, opened against a server on this machine."""
    chosen = ExchangeOptions(
        environment=Environment.SIMULATOR,
        endpoints=endpoints,
        **({"api_key": "test-key", "api_secret": "test-secret"} | options),
    )
    exchange = build_exchange(chosen, SystemClock(), faults.append if faults is not None else _unexpected)
    try:
        await exchange.open()
        yield exchange
    finally:
        await exchange.close()


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; a test fails after a deadline."""
    with anyio.fail_after(DEADLINE_S):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)


def _unexpected(fault: str) -> None:
    raise AssertionError(f"a frame was dropped: {fault}")
