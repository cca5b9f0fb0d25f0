"""WebSocket clients of a served exchange: market streams, and the WebSocket API with signed requests."""

from __future__ import annotations

import itertools
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import aiohttp
import orjson

from fks_engine.simulator.signing import canonical, signature
from tests.engine.simulator.builders import KEY, SECRET

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.engine.simulator.builders import ApiClient

GONE = (aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.ERROR)


class Socket:
    """One open socket."""

    def __init__(self, raw: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = raw
        self._ids = itertools.count(1)

    async def receive(self) -> Any:
        """The next message, which must be text."""
        message = await self.raw.receive(timeout=5)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return orjson.loads(message.data)

    async def ended(self) -> bool:
        """Read until the other side closes."""
        while True:
            message = await self.raw.receive(timeout=5)
            if message.type in GONE:
                return True

    async def ask(self, method: str, **params: object) -> Any:
        """Send a request of the WebSocket API; its answer."""
        await self.raw.send_json({"id": next(self._ids), "method": method, "params": params})
        return await self.receive()

    async def subscribe(self, *streams: str) -> None:
        """Listen to market streams."""
        await self.raw.send_json({"method": "SUBSCRIBE", "params": list(streams), "id": 1})
        assert await self.receive() == {"result": None, "id": 1}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def signed(now_ms: int, **params: object) -> dict[str, object]:
    """Parameters of a signed request."""
    given: dict[str, Any] = {**params, "apiKey": KEY, "timestamp": now_ms}
    return given | {"signature": signature(SECRET, canonical({name: _text(value) for name, value in given.items()}))}


@asynccontextmanager
async def socket(api: ApiClient, path: str, **options: Any) -> AsyncIterator[Socket]:
    """A socket to a path of the exchange."""
    async with api.session.ws_connect(api.base + path, **options) as opened:
        yield Socket(opened)


@asynccontextmanager
async def user_socket(api: ApiClient) -> AsyncIterator[Socket]:
    """A socket to the WebSocket API that follows the account."""
    async with socket(api, "/ws-api/v3") as opened:
        answer = await opened.ask("userDataStream.subscribe.signature", **signed(api.clock.now_ms()))
        assert answer["result"] == {"subscriptionId": 0}
        yield opened
