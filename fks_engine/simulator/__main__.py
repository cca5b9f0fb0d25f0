"""The simulator's command line."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from typing import TYPE_CHECKING

import orjson

from fks_engine.simulator.clock import WallClock
from fks_engine.simulator.exchange import Exchange
from fks_engine.simulator.market import DriveOptions
from fks_engine.simulator.options import Options, UsageError, read_options
from fks_engine.simulator.server import serving
from fks_engine.simulator.state import StateError, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.simulator.market import Drive


def open_drive(options: Options, store: Store) -> Drive:
    """The drive the options name; raises ValueError when its recording cannot be used."""
    drive_options = DriveOptions(
        seed=options.seed,
        symbols=options.symbols,
        file=options.file,
        speed=options.speed,
        clock=WallClock(),
        sequences=store,
        last_prices=store.prices(),
    )
    if options.drive == "replay":
        from fks_engine.simulator.replay import open_replay

        return open_replay(drive_options)

    from fks_engine.simulator.synthetic import SyntheticDrive

    return SyntheticDrive(drive_options)


async def run(options: Options, store: Store) -> None:
    """Serve until a signal comes or the parent has gone."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if options.exit_with_parent:
        _watch_parent(loop, stop)

    exchange = Exchange(open_drive(options, store), WallClock(), store, {options.key: options.balances})
    async with serving(exchange, {options.key: options.secret}, options.host, options.port) as server:
        sys.stdout.write(orjson.dumps(server.addresses()).decode() + "\n")
        sys.stdout.flush()
        stopped = asyncio.create_task(stop.wait())
        failed = asyncio.create_task(server.failed())
        await asyncio.wait([stopped, failed], return_when=asyncio.FIRST_COMPLETED)
        stopped.cancel()
        failed.cancel()
        if failed.done() and not failed.cancelled():
            failed.result()
    exchange.save_prices()


def _watch_parent(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """Stop when standard input ends."""

    descriptor = sys.stdin.fileno()

    def readable() -> None:
        if not os.read(descriptor, 4096):
            loop.remove_reader(descriptor)
            stop.set()

    try:
        loop.add_reader(descriptor, readable)
    except OSError:
        stop.set()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the simulator; the exit code is 0 after a clean stop, 2 for arguments it cannot use."""
    try:
        options = read_options(sys.argv[1:] if arguments is None else arguments)
    except UsageError as error:
        return _refuse(str(error))

    try:
        store = Store(options.state)
        try:
            asyncio.run(run(options, store))
        finally:
            store.close()
    except (StateError, ValueError) as error:
        return _refuse(str(error))
    except OSError as error:
        return _refuse(f"{options.host}:{options.port} cannot be served: {error}")
    return 0


def _refuse(reason: str) -> int:
    sys.stderr.write(f"fks sim: {reason}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
