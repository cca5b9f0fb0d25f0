"""The simulator as a server: every address of the exchange on one port, and its background work."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from aiohttp import web

from fks_engine.simulator.rest import LARGEST_BODY, Rest
from fks_engine.simulator.signing import Keyring
from fks_engine.simulator.streams import MarketStreams
from fks_engine.simulator.user_stream import UserStreams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fks_engine.simulator.exchange import Exchange

PRICES_SECONDS = 1.0


class Server:
    """Where a running exchange is reached, and the tasks that keep it running."""

    def __init__(self, host: str, port: int, tasks: list[asyncio.Task[None]]) -> None:
        self._address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._tasks = tasks

    def addresses(self) -> dict[str, str]:
        """The addresses of the REST API, the streams and the WebSocket API."""
        base = self._address
        return {"rest": f"http://{base}", "ws": f"ws://{base}", "ws_api": f"ws://{base}/ws-api/v3"}

    async def failed(self) -> None:
        """Wait until a background task fails, and raise what it failed with."""
        pending: set[asyncio.Task[None]] = set(self._tasks)
        while pending:
            done, pending = await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        await asyncio.Event().wait()


@asynccontextmanager
async def serving(exchange: Exchange, secrets: Mapping[str, str], host: str, port: int) -> AsyncIterator[Server]:
    """Serve the exchange until the block ends; raises OSError when the address cannot be taken."""
    keyring = Keyring(secrets)
    rest = Rest(exchange, keyring)
    streams = MarketStreams(exchange.hub, exchange.publisher)
    users = UserStreams(exchange, keyring)

    async def route(request: web.Request) -> web.StreamResponse:
        path = request.path
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket" and request.method == "GET"
        if is_socket and path.startswith("/ws-api"):
            return await users.handle(request)
        if is_socket and path.split("/")[1] in ("ws", "stream"):
            return await streams.handle(request)
        return await rest.handle(request)

    app = web.Application(client_max_size=LARGEST_BODY)
    app.router.add_route("*", "/{path:.*}", route)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    tasks: list[asyncio.Task[None]] = []
    try:
        site = web.TCPSite(runner, host, port)
        await site.start()
        tasks += [
            asyncio.create_task(exchange.drive.run(exchange)),
            asyncio.create_task(exchange.publisher.run()),
            asyncio.create_task(_remember_prices(exchange)),
        ]
        yield Server(host, _port(runner), tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        streams.end()
        users.end()
        await runner.cleanup()


def _port(runner: web.AppRunner) -> int:
    address = runner.addresses[0]
    return int(address[1])


async def _remember_prices(exchange: Exchange) -> None:
    while True:
        await asyncio.sleep(PRICES_SECONDS)
        exchange.save_prices()
