"""The peer of bench_start: the least a script does from nothing to its first quote."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import orjson

from tests.bench.home import KEY, SECRET


async def first_quote(port: int) -> None:
    """Load ccxt and its markets, wait for one quote."""
    from tests.bench.bare_ccxt import bare_ccxt  # ccxt loads once the simulator is up, as in the engine

    async with bare_ccxt(port) as exchange:
        await exchange.load_markets()
        print(await exchange.watch_bids_asks(["BTC/USDT"]))


def main() -> None:
    """Start a simulator, then get one quote from it."""
    command = [sys.executable, "-m", "fks_engine.simulator", "--exit-with-parent", "--key", KEY, "--secret", SECRET]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as simulator:
        assert simulator.stdout is not None
        port = int(orjson.loads(simulator.stdout.readline())["rest"].rpartition(":")[2])
        asyncio.run(first_quote(port))
        simulator.terminate()


if __name__ == "__main__":
    main()
