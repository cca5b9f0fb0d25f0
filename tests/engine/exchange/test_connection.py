"""One connection: what a server's ping meets on a line that is closing."""

from __future__ import annotations

import asyncio
import gc
from typing import Any

import aiohttp
import anyio.lowlevel
import pytest

from fks_engine.exchange.connection import StreamConnection
from tests.engine.exchange.stub import stub_binance

pytestmark = pytest.mark.anyio


def _ignored(*_: Any) -> None:
    """Nobody asked."""


async def test_a_ping_on_a_line_that_is_closing_is_no_fault_of_ours() -> None:
    told: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: told.append(context))
    async with stub_binance() as stub, aiohttp.ClientSession() as session:
        url = f"{stub.endpoints.ws}/stream/ws/1"
        connection = StreamConnection(url, _ignored, _ignored, _ignored, _ignored)
        connection.asyncio_loop = asyncio.get_running_loop()
        await connection.opened(session)
        connection.connection._response.connection.transport.close()
        connection.handle_message(aiohttp.WSMessage(aiohttp.WSMsgType.PING, b"1", None))
        for _ in range(5):
            await anyio.lowlevel.checkpoint()
        await connection.aiohttp_close()
    gc.collect()
    assert told == []
