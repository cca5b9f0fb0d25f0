"""One WebSocket connection: a bounded send queue with its writer, pings, and the end of slow readers."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import TYPE_CHECKING

from aiohttp import WSCloseCode, WSMsgType, web

from fks_engine.simulator.frames import take_frames
from fks_engine.simulator.limits import BINANCE, Limits, Recent
from fks_engine.simulator.transports import cut

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiohttp.abc import AbstractStreamWriter

LARGEST_MESSAGE = 256 * 1024
QUEUED_MESSAGES = 20_000
QUEUED_BYTES = 16 * 1024 * 1024
CLOSE_SECONDS = 2.0


def no_pause() -> float:
    """Frames are read as they come."""
    return 0.0


class Connection:
    """A WebSocket that is written by a queue: whoever reads too slowly is disconnected."""

    def __init__(self, combined: bool = False, limits: Limits = BINANCE, most_messages: int | None = None) -> None:
        self._socket = web.WebSocketResponse(
            compress=False, autoping=False, max_msg_size=LARGEST_MESSAGE, timeout=CLOSE_SECONDS
        )
        self.combined = combined
        """Whether stream messages are wrapped with the stream's name."""
        self._queue: deque[bytes] = deque()
        self._queued_bytes = 0
        self._wake = asyncio.Event()
        self._limits = limits
        self._most_messages = most_messages
        self._heard = Recent(1.0)
        self._unanswered: float | None = None
        self._is_closing = False
        self._is_last = False
        self._transport: asyncio.Transport | None = None

    def offer(self, data: bytes) -> None:
        """Queue a text message; a full queue ends the connection."""
        if self._is_closing:
            return

        self._queue.append(data)
        self._queued_bytes += len(data)
        if len(self._queue) > QUEUED_MESSAGES or self._queued_bytes > QUEUED_BYTES:
            self.cut()
        self._wake.set()

    def cut(self, by_reset: bool = False) -> None:
        """Drop the client without a close frame, which could not reach one that reads too slowly."""
        self.end()
        cut(self._transport, by_reset)

    def finish(self, last: bytes) -> None:
        """Drop what is queued, send one last message and close."""
        if not self._is_closing:
            self._queue.clear()
            self._queued_bytes = 0
            self._is_last = True
            self.offer(last)

    def end(self) -> None:
        """Drop what is queued and close."""
        self._is_closing = True
        self._queue.clear()
        self._wake.set()

    async def serve(
        self, request: web.Request, on_text: Callable[[str | bytes], None], pause_s: Callable[[], float] = no_pause
    ) -> web.StreamResponse:
        """Run the connection until either side closes it; `pause_s` is asked before each frame is taken."""
        writer = await self._socket.prepare(request)
        self._transport = request.transport
        tasks = [asyncio.create_task(self._write(writer)), asyncio.create_task(self._ping())]
        old = asyncio.get_running_loop().call_later(self._limits.life, self.end)
        try:
            await self._read(on_text, pause_s)
        finally:
            old.cancel()
            self.end()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return self._socket

    async def _read(self, on_text: Callable[[str | bytes], None], pause_s: Callable[[], float]) -> None:
        async for message in self._socket:
            if self._most_messages is not None and self._heard.add(time.monotonic()) > self._most_messages:
                await self._shut(WSCloseCode.POLICY_VIOLATION, b"Too many requests")
                return
            pause = pause_s()
            if pause:
                await asyncio.sleep(pause)
            if message.type is WSMsgType.TEXT or message.type is WSMsgType.BINARY:
                on_text(message.data)
            elif message.type is WSMsgType.PING:
                await self._socket.pong(message.data)
            elif message.type is WSMsgType.PONG:
                self._unanswered = None

    async def _write(self, writer: AbstractStreamWriter) -> None:
        queue, transport = self._queue, self._transport
        try:
            while not self._is_closing:
                await self._wake.wait()
                self._wake.clear()
                while queue and not self._is_closing:
                    if transport is None or transport.is_closing() or self._socket.closed:
                        raise ConnectionResetError

                    frames, taken = take_frames(queue)
                    self._queued_bytes -= taken
                    transport.write(frames)
                    await writer.drain()
                if self._is_last:
                    self.end()
        except (ConnectionError, RuntimeError):
            self.end()
        await self._shut()

    async def _shut(self, code: int = WSCloseCode.GOING_AWAY, reason: bytes = b"") -> None:
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self._socket.close(code=code, message=reason, drain=False)
        except (TimeoutError, ConnectionError, RuntimeError):
            return

    async def _ping(self) -> None:
        """Ping on and on; a client whose pong is too late is disconnected."""
        while not self._is_closing:
            await asyncio.sleep(self._limits.ping)
            now = time.monotonic()
            if self._unanswered is not None and now - self._unanswered >= self._limits.pong:
                self.end()
                return
            try:
                await self._socket.ping(str(time.time_ns() // 1_000_000).encode())
            except (ConnectionError, RuntimeError):
                return
            if self._unanswered is None:
                self._unanswered = now
