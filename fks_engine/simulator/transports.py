"""Ends of a TCP connection that are no goodbye: closed in mid-air, or reset."""

from __future__ import annotations

import socket
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio

_AT_ONCE = struct.pack("ii", 1, 0)


def cut(transport: asyncio.BaseTransport | None, by_reset: bool = False) -> None:
    """Drop what is unsent and close; `by_reset` sends the client a reset instead of an end."""
    if transport is None or transport.is_closing():
        return
    if by_reset:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    if hasattr(transport, "abort"):
        transport.abort()
    else:
        transport.close()
