"""One WebSocket connection: a bounded send queue with its writer, pings, and the end of slow readers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_MESSAGE = 256 * 1024
QUEUED_MESSAGES = 20_000
QUEUED_BYTES = 16 * 1024 * 1024
PING_SECONDS = 20.0
PONG_SECONDS = 60.0
CLOSE_SECONDS = 2.0


class Connection:
    """A WebSocket that is written by a queue: whoever reads too slowly is disconnected."""

    def __init__(self, combined: bool = False) -> None:
        self._socket = web.WebSocketResponse(
            compress=False, autoping=False, max_msg_size=LARGEST_MESSAGE, timeout=CLOSE_SECONDS
        )
        self._combined = combined
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._heard = time.monotonic()
        self._is_closing = False
        self._transport: asyncio.Transport | None = None

    @property
    def combined(self) -> bool:
        """Whether stream messages are wrapped with the stream's name."""
        return self._combined

    def offer(self, data: bytes) -> None:
        """Queue a text message; a full queue ends the connection."""
        if self._is_closing:
            return

        self._queue.append(data)
        self._queued_bytes += len(data)
        if len(self._queue) > QUEUED_MESSAGES or self._queued_bytes > QUEUED_BYTES:
            self._cut()
        self._wake.set()

    def _cut(self) -> None:
        """Drop a reader that is too slow; a close frame could not reach it."""
        self.end()
        if self._transport is not None:
            self._transport.abort()

    def end(self) -> None:
        """Drop what is queued and close."""
        self._is_closing = True
        self._queue.clear()
        self._wake.set()

    async def serve(self, request: web.Request, on_text: Callable[[str | bytes], None]) -> web.StreamResponse:
        """Run the connection until either side closes it."""
        await self._socket.prepare(request)
        self._transport = request.transport
        tasks = [asyncio.create_task(self._write()), asyncio.create_task(self._ping())]
        try:
            await self._read(on_text)
        finally:
            self.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._socket

    async def _read(self, on_text: Callable[[str | bytes], None]) -> None:
        async for message in self._socket:
            self._heard = time.monotonic()
            if message.type is WSMsgType.TEXT or message.type is WSMsgType.BINARY:
                on_text(message.data)
            elif message.type is WSMsgType.PING:
                await self._socket.pong(message.data)

    async def _write(self) -> None:
        socket, queue = self._socket, self._queue
        try:
            while not self._is_closing:
                await self._wake.wait()
                self._wake.clear()
                while queue and not self._is_closing:
                    data = queue.popleft()
                    self._queued_bytes -= len(data)
                    await socket.send_frame(data, WSMsgType.TEXT)
        except (ConnectionError, RuntimeError):
            self.end()
        await self._shut()

    async def _shut(self) -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(code=WSCloseCode.GOING_AWAY, drain=False)
        except (TimeoutError, ConnectionError, RuntimeError):
            return

    async def _ping(self) -> None:
        while not self._is_closing:
            await asyncio.sleep(PING_SECONDS)
            if time.monotonic() - self._heard > PING_SECONDS + PONG_SECONDS:
                self.end()
                return
            try:
                await self._socket.ping(str(time.time_ns() // 1_000_000).encode())
            except (ConnectionError, RuntimeError):
                return
