"""Length-prefixed frames over a unix socket, bounded in size both ways."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import anyio
from anyio.lowlevel import checkpoint

from fks_engine.errors import ConnectionLost, WireError

if TYPE_CHECKING:
    import socket

HEADER = struct.Struct(">I")
LARGEST_FRAME = 8 * 1024 * 1024
"""Bytes of body that either side may send to a desk."""
LARGEST_CALL = 1024 * 1024
"""Bytes of body that a desk may send to the engine."""
CHUNK = 64 * 1024


class Frames:
    """Whole frames in and out of one connected, non-blocking socket. One task may receive while another sends."""

    def __init__(
        self, sock: socket.socket, *, largest_in: int = LARGEST_FRAME, largest_out: int = LARGEST_FRAME
    ) -> None:
        self.socket = sock
        self.largest_in = largest_in
        self.largest_out = largest_out
        self._buffer = bytearray()
        self._sending = False

    @property
    def is_mid_frame(self) -> bool:
        """True where a send was cut off: what is sent after it cannot be read by the other side."""
        return self._sending

    async def receive(self) -> bytes:
        """The body of the next frame.

        Raises ConnectionLost at the end of the stream, and WireError for a frame that is empty, too large or cut off.
        """
        await checkpoint()
        header = await self._exactly(HEADER.size, at_start=True)
        (size,) = HEADER.unpack(header)
        if not 0 < size <= self.largest_in:
            raise WireError(f"a frame of {size:,} bytes came; frames hold 1 to {self.largest_in:,} bytes")
        return await self._exactly(size, at_start=False)

    async def _exactly(self, size: int, *, at_start: bool) -> bytes:
        buffer = self._buffer
        while len(buffer) < size:
            try:
                chunk = self.socket.recv(CHUNK)
            except BlockingIOError:
                await anyio.wait_readable(self.socket)
                continue
            except OSError as error:
                raise ConnectionLost(f"the connection broke: {error.strerror}") from error
            if not chunk:
                if at_start and not buffer:
                    raise ConnectionLost("the other side closed the connection")
                raise WireError("the stream ended in the middle of a frame")
            buffer += chunk
        body = bytes(memoryview(buffer)[:size])
        del buffer[:size]
        return body

    async def send(self, body: bytes) -> None:
        """Send one frame. Raises ConnectionLost, and WireError where `body` is too large to send."""
        if not 0 < len(body) <= self.largest_out:
            raise WireError(f"a frame of {len(body):,} bytes cannot be sent; the most is {self.largest_out:,}")
        rest = memoryview(HEADER.pack(len(body)) + body)
        self._sending = True
        while rest:
            try:
                rest = rest[self.socket.send(rest) :]
            except BlockingIOError:
                await anyio.wait_writable(self.socket)
            except OSError as error:
                raise ConnectionLost(f"the connection broke: {error.strerror}") from error
        self._sending = False

    def close(self) -> None:
        """Close the socket; waiting tasks have to be cancelled before."""
        self.socket.close()
