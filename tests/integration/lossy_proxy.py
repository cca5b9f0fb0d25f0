"""A TCP proxy before the exchange that loses an order on its way there, or the answer on its way back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from urllib.parse import urlsplit

NEW_ORDER = b"POST /api/v3/order"
CHUNK = 65_536


class Loss(Enum):
    """What the proxy does with the next new order."""

    NONE = "none"
    REQUEST = "request"
    ANSWER = "answer"


class LossyProxy:
    """Forwards bytes both ways; `loss` holds for one new order and is then NONE again."""

    def __init__(self, upstream: str) -> None:
        address = urlsplit(upstream)
        self._host, self._port = address.hostname, address.port
        self.loss = Loss.NONE
        self.orders_seen = 0
        self.url = ""

    async def handle(self, client_in: asyncio.StreamReader, client_out: asyncio.StreamWriter) -> None:
        """One connection of the client."""
        server_in, server_out = await asyncio.open_connection(self._host, self._port)
        swallowed = asyncio.Event()
        back = asyncio.create_task(self._pump_back(server_in, client_out, swallowed))
        try:
            while data := await client_in.read(CHUNK):
                if data.startswith(NEW_ORDER):
                    self.orders_seen += 1
                    loss, self.loss = self.loss, Loss.NONE
                    if loss is Loss.REQUEST:
                        break
                    if loss is Loss.ANSWER:
                        swallowed.set()
                server_out.write(data)
                await server_out.drain()
        except ConnectionError:
            pass  # either side may hang up at any time
        finally:
            back.cancel()
            with suppress(asyncio.CancelledError, ConnectionError):
                await back
            for writer in (server_out, client_out):
                writer.close()

    async def _pump_back(
        self, server_in: asyncio.StreamReader, client_out: asyncio.StreamWriter, swallowed: asyncio.Event
    ) -> None:
        """Carry answers to the client; hang up in place of the one that is to be lost."""
        while data := await server_in.read(CHUNK):
            if swallowed.is_set():
                client_out.close()
                return
            client_out.write(data)
            await client_out.drain()


@asynccontextmanager
async def lossy_proxy(upstream: str) -> AsyncIterator[LossyProxy]:
    """A proxy that stands before `upstream` for the length of the block."""
    proxy = LossyProxy(upstream)
    server = await asyncio.start_server(proxy.handle, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
