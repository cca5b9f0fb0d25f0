"""CPU per market message: socket to bus and state, against bare ccxt subscribed once with a hooked handler."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from statistics import median
from typing import Any

import anyio
import ccxt.pro
import orjson

from fks_engine.clock import SystemClock
from fks_engine.exchange import Environment, ExchangeEndpoints, ExchangeOptions, build_exchange
from fks_engine.model import instrument_id
from fks_engine.ports import ChannelKind, MarketChannel
from fks_engine.resilience import Backoff
from fks_engine.state import LatestMarket
from fks_engine.streams import MarketStreams
from fks_engine.topics import Bus
from tests.bench.frame_server import RECORDING, STREAMS, frames
from tests.bench.measured import Measured, table

BTC = instrument_id("binance", "BTC/USDT")
ROUNDS = 3
KINDS = dict(zip(STREAMS, (ChannelKind.QUOTES, ChannelKind.TRADES, ChannelKind.BOOKS), strict=True))
GOAL = 1.3
MIX = "all three, as recorded"


@contextmanager
def server() -> Iterator[int]:
    """A running frame server; its port."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.frame_server"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdin is not None
    try:
        yield int(process.stdout.readline())
    finally:
        process.stdin.close()
        process.wait(10)
        process.stdout.close()


class HookedCcxt(ccxt.pro.binance):  # type: ignore[misc]
    """ccxt as it is, counting what its handler has parsed."""

    parsed = 0

    def handle_message(self, client: Any, message: Any) -> None:
        super().handle_message(client, message)
        self.parsed += isinstance(message, dict) and "result" not in message


async def bare(port: int, streams: tuple[str, ...], expected: int) -> float:
    """CPU seconds of ccxt for all frames of the streams."""
    client = HookedCcxt({"enableRateLimit": False, "timeout_on_exit": 0})
    api = client.urls["api"]
    api["public"] = f"http://127.0.0.1:{port}/api/v3"
    api["ws"]["spot"] = f"ws://127.0.0.1:{port}/stream/ws"
    client.options.update({"fetchMarkets": {"types": ["spot"]}, "fetchMargins": False, "fetchCurrencies": False})
    client.has["fetchCurrencies"] = False
    watch: dict[str, Callable[[], Awaitable[Any]]] = {
        STREAMS[0]: lambda: client.watch_bids_asks(["BTC/USDT"]),
        STREAMS[1]: lambda: client.watch_trades("BTC/USDT"),
        STREAMS[2]: lambda: client.watch_order_book("BTC/USDT"),
    }
    try:
        await client.load_markets()
        began = time.process_time()
        await asyncio.gather(*(watch[stream]() for stream in streams))
        while client.parsed < expected:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        return time.process_time() - began
    finally:
        await client.close()


async def ours(port: int, streams: tuple[str, ...], finals: dict[str, int]) -> float:
    """CPU seconds of FKS for the same, up to the published event and the state that risk and the desk read."""
    host = f"127.0.0.1:{port}"
    options = ExchangeOptions(
        environment=Environment.SIMULATOR,
        endpoints=ExchangeEndpoints(f"http://{host}", f"ws://{host}", f"ws://{host}/ws-api/v3"),
    )
    clock, bus = SystemClock(), Bus()
    exchange = build_exchange(options, clock, print)
    market = LatestMarket(clock)
    market.attach(bus)
    channels = [MarketChannel(KINDS[stream], (BTC,)) for stream in streams]
    stage = MarketStreams(exchange, channels, bus, clock, lambda: Backoff(1, 1), on_lost=market.mark_disconnected)

    def is_done() -> bool:
        quote, book, tape = market.quote(BTC), market.book(BTC), market.tape(BTC, 1)
        reached = {
            STREAMS[0]: quote.update_id if quote else 0,
            STREAMS[1]: int(tape[0].trade_id) if tape else 0,
            STREAMS[2]: book.update_id if book else 0,
        }
        return all(reached[stream] >= finals[stream] for stream in streams)

    try:
        market.load(await exchange.open())
        began = time.process_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(stage.run)
            while not is_done():  # noqa: ASYNC110
                await anyio.sleep(0.02)
            spent = time.process_time() - began
            tasks.cancel_scope.cancel()
        return spent
    finally:
        await exchange.close()


def run() -> list[Measured]:
    """One row for each kind of frame and one for the recorded mix."""
    if not RECORDING.is_file():
        print(f"no recording at {RECORDING}: set FKS_MARKET_DATA", file=sys.stderr)
        return []
    recorded, _ = frames()
    finals = {
        stream: int(orjson.loads(texts[-1])["t" if stream == STREAMS[1] else "u"]) for stream, texts in recorded.items()
    }
    rows = []
    for name, streams in [*((stream, (stream,)) for stream in STREAMS), (MIX, STREAMS)]:
        count = sum(len(recorded[stream]) for stream in streams)
        spent: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            with server() as port:
                spent[0].append(asyncio.run(ours(port, streams, finals)))
                spent[1].append(asyncio.run(bare(port, streams, count)))
        mine, peer = median(spent[0]) / count * 1e6, median(spent[1]) / count * 1e6
        rows.append(
            Measured(
                f"engine CPU a message, {name}",
                f"{mine:.1f} us",
                f"{peer:.1f} us",
                "ccxt, hooked handler",
                mine / peer,
                GOAL if name == MIX else None,
            )
        )
    return rows


def main() -> None:
    """Measure and print."""
    print(table(run()))


if __name__ == "__main__":
    main()
