"""Every way into one exchange on one port: REST, streams and the WebSocket API."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import orjson
from aiohttp import web

from fks_engine.simulator import errors
from fks_engine.simulator.endpoints import Endpoints
from fks_engine.simulator.listen_keys import ListenKeys
from fks_engine.simulator.rest import LARGEST_BODY, Rest
from fks_engine.simulator.signing import Keyring
from fks_engine.simulator.stream_sources import SpoiltSources, StreamSources
from fks_engine.simulator.streams import MarketStreams
from fks_engine.simulator.transports import cut
from fks_engine.simulator.ws_api import WebSocketApi

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fks_engine.simulator.conditions import Conditions
    from fks_engine.simulator.exchange import Exchange


class Doors:
    """Every way into one exchange, on one port."""

    def __init__(
        self, exchange: Exchange, secrets: Mapping[str, str], conditions: Conditions, has_control: bool = False
    ) -> None:
        self.exchange = exchange
        self._conditions = conditions
        self.listen_keys = ListenKeys(exchange, conditions.limits.listen_key)
        keyring = Keyring(secrets)
        endpoints = Endpoints(exchange, keyring, conditions, self.listen_keys)
        sources = (
            SpoiltSources(exchange, self.listen_keys, conditions)
            if has_control
            else StreamSources(exchange, self.listen_keys)
        )
        self._rest = Rest(exchange, endpoints, conditions)
        self._streams = MarketStreams(sources, conditions)
        self._api = WebSocketApi(exchange, keyring, endpoints, conditions)
        self._runner: web.AppRunner | None = None
        self._site: web.TCPSite | None = None
        self._reopening: asyncio.Task[None] | None = None

    async def open(self, host: str, port: int) -> int:
        """Listen; the port. Raises OSError when it cannot be taken."""
        app = web.Application(client_max_size=LARGEST_BODY)
        app.router.add_route("*", "/{path:.*}", self._route)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        self._site = web.TCPSite(self._runner, host, port)
        await self._site.start()
        return int(self._runner.addresses[0][1])

    async def _route(self, request: web.Request) -> web.StreamResponse:
        is_socket = request.headers.get("Upgrade", "").lower() == "websocket" and request.method == "GET"
        if is_socket and request.path.split("/")[1] in ("ws", "stream", "ws-api"):
            return await self._socket(request)
        return await self._rest.handle(request)

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        try:
            self._conditions.limiter.connect(request.remote or "", self.exchange.clock.now_ms())
            handler = self._api if request.path.startswith("/ws-api") else self._streams
            return await handler.handle(request)
        except errors.ApiError as refusal:
            body = orjson.dumps(refusal.payload())
            return web.Response(body=body, status=refusal.status, content_type="application/json")

    def cut(self, scope: str) -> int:
        """Drop the WebSockets of a scope; how many."""
        count = 0
        if scope != "ws-api":
            count += self._streams.cut(only_user=scope == "user")
        if scope != "market":
            count += self._api.cut(only_user=scope == "user")
        return count

    def shut_down(self) -> int:
        """Say serverShutdown on every WebSocket and close it; how many."""
        event = {"e": "serverShutdown", "E": self.exchange.clock.now_ms()}
        return self._streams.end(orjson.dumps(event)) + self._api.end(orjson.dumps({"event": event}))

    def terminate(self) -> int:
        """End every user data stream; how many."""
        return self.listen_keys.terminate() + self._api.terminate()

    async def refuse(self, seconds: float) -> None:
        """Close the port and every connection for that long."""
        if self._site is None or self._runner is None or self._reopening is not None:
            return
        port = int(self._runner.addresses[0][1])
        host = str(self._runner.addresses[0][0])
        await self._site.stop()
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            cut(connection.transport)
        self._reopening = asyncio.create_task(self._reopen(host, port, seconds))

    async def _reopen(self, host: str, port: int, seconds: float) -> None:
        await asyncio.sleep(seconds)
        assert self._runner is not None
        self._site = web.TCPSite(self._runner, host, port, reuse_address=True)
        await self._site.start()
        self._reopening = None

    async def close(self) -> None:
        """Close every connection and the port."""
        if self._reopening is not None:
            self._reopening.cancel()
            await asyncio.gather(self._reopening, return_exceptions=True)
        self.shut_down()
        if self._runner is not None:
            await self._runner.cleanup()
