"""A process that sends the recorded frames of Binance, as fast as they are read, to whoever subscribes."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Any

import orjson
import polars as pl
from aiohttp import WSMsgType, web

from tests.engine.exchange.stub import listed

MARKET_DATA = Path(os.environ.get("FKS_MARKET_DATA", Path(__file__).parents[3] / "shared" / "market-data"))
RECORDING = MARKET_DATA / "binance-spot-ws-frames-BTCUSDT-20240808-09.parquet"
STREAMS = ("btcusdt@bookTicker", "btcusdt@trade", "btcusdt@depth@100ms")


def frames() -> tuple[dict[str, list[str]], dict[str, Any]]:
    """The frames by stream, depth from the snapshot on, and the snapshot."""
    table = pl.read_parquet(RECORDING)
    found = {stream: table.filter(pl.col("stream") == stream)["msg"].to_list() for stream in STREAMS}
    snapshot = orjson.loads(table.filter(pl.col("stream").str.starts_with("REST"))["msg"][0])
    depth = STREAMS[2]
    found[depth] = [text for text in found[depth] if orjson.loads(text)["u"] > snapshot["lastUpdateId"]]
    return found, snapshot


async def serve() -> None:
    """Listen on a free port, print it, and serve until standard input ends."""
    recorded, snapshot = frames()
    asked = asyncio.Event()

    async def exchange_info(request: web.Request) -> web.Response:
        return web.json_response({"symbols": [listed("BTCUSDT", "BTC", "USDT")]})

    async def nothing(request: web.Request) -> web.Response:
        return web.json_response([])

    async def depth(request: web.Request) -> web.Response:
        asked.set()
        return web.json_response(snapshot)

    async def stream(request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(compress=False)
        await socket.prepare(request)
        async for message in socket:
            if message.type is not WSMsgType.TEXT:
                break
            wanted = message.json()
            await socket.send_json({"result": None, "id": wanted["id"]})
            if STREAMS[2] in wanted["params"]:
                await asked.wait()
                asked.clear()
                await asyncio.sleep(0.2)
            for name in wanted["params"]:
                for text in recorded[name]:
                    await socket.send_str(text)
        return socket

    app = web.Application()
    app.router.add_get("/api/v3/exchangeInfo", exchange_info)
    app.router.add_get("/api/v3/depth", depth)
    app.router.add_get("/api/v3/{path:.*}", nothing)
    app.router.add_get("/stream/ws/{number}", stream)
    runner = web.AppRunner(app, shutdown_timeout=0.2)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    sys.stdout.write(f"{runner.addresses[0][1]}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    await runner.cleanup()


if __name__ == "__main__":
    asyncio.run(serve())
