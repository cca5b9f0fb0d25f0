"""From the socket to the screen: a quote leaves the simulator, its price is written to the terminal."""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from pathlib import Path

import aiohttp
import orjson

from tests.bench import recording
from tests.bench.home import free_port, home
from tests.bench.measured import Measured, against_goal
from tests.bench.terminal import Terminal, fks, percentiles

SECONDS = 25
QUOTES_PER_SECOND = 40
GOAL_MS = 150.0
_NUMBER = re.compile(r"\d[\d,]*\.\d\d(?!\d)")


async def _arrivals(port: int, seconds: float) -> dict[str, int]:
    """When each ask reached a bare WebSocket reader on the same machine, by the ask's text."""
    seen: dict[str, int] = {}
    deadline = time.monotonic() + seconds
    url = f"ws://127.0.0.1:{port}/ws/btcusdt@bookTicker"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as socket:
        while (left := deadline - time.monotonic()) > 0:
            try:
                message = await asyncio.wait_for(socket.receive(), left)
            except TimeoutError:
                break
            if message.type is not aiohttp.WSMsgType.TEXT:
                break
            seen.setdefault(f"{float(orjson.loads(message.data)['a']):.2f}", time.monotonic_ns())
    return seen


def run() -> list[Measured]:
    """Milliseconds from the arrival of a quote at the socket to the terminal's bytes with its ask."""
    port = free_port()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "BTCUSDT-timing.parquet"
        recording.write(file, SECONDS + 45, QUOTES_PER_SECOND)
        settings = {"simulator.port": port, "simulator.drive": "replay", "simulator.file": file}
        with home(**settings) as environment, Terminal(fks(), environment) as terminal:
            terminal.wait_for("LIVE")
            arrived = asyncio.run(_arrivals(port, SECONDS))
            written: dict[str, int] = {}
            for chunk in terminal.chunks:
                for number in _NUMBER.findall(chunk.text):
                    written.setdefault(number.replace(",", ""), chunk.ts_ns)
    delays = [(written[ask] - ts) / 1e6 for ask, ts in arrived.items() if ask in written and written[ask] >= ts]
    half, worst = percentiles(delays)
    against = "the view interval: a quote waits up to 100 ms for the next picture, 50 ms on average"
    return [
        Measured("socket read to terminal write, p50", f"{half:.0f} ms", "50 ms", against, half / 50),
        against_goal(f"socket read to terminal write, p99 of {len(delays)}", worst, GOAL_MS, "ms", digits=0),
    ]
