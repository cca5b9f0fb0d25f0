"""Records raw Binance frames of a server into a Parquet that `fks sim --drive replay` plays; makes data/sample.

Usage: python -m tests.bench.record_sample FILE [--seconds 90] [--symbols 2] [--seed 1]
"""

from __future__ import annotations

import argparse
import asyncio
import time
from pathlib import Path
from typing import Any

import aiohttp
import orjson
import polars as pl

from tests.engine.simulator.process import SimulatorProcess, simulator

DEPTH_LIMIT = 1_000
Row = tuple[int, str, str]


def stream_of(text: str) -> str | None:
    """The stream a raw message came by; None for answers to requests."""
    message = orjson.loads(text)
    kinds = {"trade": "trade", "depthUpdate": "depth@100ms"}
    kind = kinds.get(message.get("e"), "bookTicker" if "B" in message else None)
    return f"{message['s'].lower()}@{kind}" if kind else None


async def record(sim: SimulatorProcess, seconds: float) -> list[Row]:
    """Every trade, quote and diff of every symbol for so long, and one snapshot each."""
    rows: list[Row] = []
    async with aiohttp.ClientSession() as session, session.ws_connect(f"{sim.ws}/ws") as socket:
        async with session.get(f"{sim.rest}/api/v3/exchangeInfo") as response:
            symbols = [entry["symbol"] for entry in (await response.json())["symbols"]]
        names = [f"{symbol.lower()}@{kind}" for symbol in symbols for kind in ("trade", "bookTicker", "depth@100ms")]
        await socket.send_json({"method": "SUBSCRIBE", "params": names, "id": 1})
        snapshots = asyncio.create_task(take_snapshots(session, sim, symbols, rows))
        try:
            async with asyncio.timeout(seconds):
                async for message in socket:
                    text: Any = message.data
                    stream = stream_of(text)
                    if stream:
                        rows.append((time.time_ns(), stream, text))
        except TimeoutError:
            pass
        await snapshots
    return rows


async def take_snapshots(
    session: aiohttp.ClientSession, sim: SimulatorProcess, symbols: list[str], rows: list[Row]
) -> None:
    """One REST snapshot of each symbol, shortly after the streams began."""
    await asyncio.sleep(0.5)
    for symbol in symbols:
        path = f"/api/v3/depth?symbol={symbol}&limit={DEPTH_LIMIT}"
        async with session.get(sim.rest + path) as response:
            text = await response.text()
            rows.append((time.time_ns(), f"REST {path}", text))


async def main() -> None:
    """Start a simulator, record it, write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file", type=Path)
    parser.add_argument("--seconds", type=float, default=90.0)
    parser.add_argument("--symbols", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    async with simulator(symbols=given.symbols, seed=given.seed) as sim:
        rows = await record(sim, given.seconds)
    schema = {"ts_ns": pl.Int64, "stream": pl.String, "msg": pl.String}
    frames = pl.DataFrame(rows, schema=schema, orient="row")
    frames.write_parquet(given.file, compression="zstd", compression_level=19)
    print(f"{given.file}: {len(frames):,} frames, {given.file.stat().st_size:,} bytes")
    print(frames["stream"].value_counts(sort=True))


if __name__ == "__main__":
    asyncio.run(main())
