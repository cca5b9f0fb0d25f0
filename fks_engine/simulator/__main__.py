"""The simulator's command line."""

from __future__ import annotations

import asyncio
import errno
import gc
import os
import signal
import sqlite3
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import orjson

from fks_engine.simulator.clock import SkewedClock, WallClock
from fks_engine.simulator.exchange import Exchange
from fks_engine.simulator.market import DriveOptions
from fks_engine.simulator.options import Options, UsageError, read_options
from fks_engine.simulator.server import serving
from fks_engine.simulator.state import StateError, Store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fks_engine.simulator.market import Drive

SELDOM_FULL = 100
"""Collections of young objects until Python considers a full one, for which every stream would stand still."""


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
        rate=options.rate,
        burst=options.burst,
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

    clock = SkewedClock(WallClock())
    exchange = Exchange(open_drive(options, store), clock, store, {options.key: options.balances})
    gc.collect()
    gc.freeze()
    gc.set_threshold(*gc.get_threshold()[:2], SELDOM_FULL)
    secrets = {options.key: options.secret}
    async with serving(exchange, secrets, options.host, options.port, options.limits, options.control_port) as server:
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
    """Run the simulator; 0 after a clean stop, 1 when its memory fails, 2 for arguments or a folder it cannot use."""
    try:
        options = read_options(sys.argv[1:] if arguments is None else arguments)
    except UsageError as error:
        return _refuse(str(error))

    try:
        store = Store(options.state)
    except StateError as error:
        return _refuse(f"{error}; choose another folder with --state, or move this one away to begin anew")
    try:
        try:
            asyncio.run(run(options, store))
        except BaseException:
            with suppress(sqlite3.Error):
                store.close()
            raise
        store.close()
    except (sqlite3.Error, ArithmeticError) as error:
        return _die(f"the state folder {options.state} cannot be written or read any more: {error}", _remedy(error))
    except (StateError, ValueError) as error:
        return _refuse(str(error))
    except OSError as error:
        if error.errno == errno.ENOSPC:
            return _die(f"no space is left on the disk: {error}", _remedy(error))
        return _refuse(
            f"{options.host}:{options.port} cannot be served: {error}; free the port or choose another --port"
        )
    return 0


def _remedy(error: Exception) -> str:
    if isinstance(error, sqlite3.OperationalError | OSError):
        return "free space on the disk and start again; every order it acknowledged is kept"
    return "restore the folder from a copy, or move it away to begin anew"


def _refuse(reason: str) -> int:
    sys.stderr.write(f"fks simulator: {reason}\n")
    return 2


def _die(reason: str, remedy: str) -> int:
    sys.stderr.write(f"fks simulator: {reason}; {remedy}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
