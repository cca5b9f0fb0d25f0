"""`fks engine stop`: an ordered stop, with a word about the working orders."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import StopEngine
from fks_engine.cli.engine_process import wait_until_gone
from fks_engine.errors import ConnectionLost, EngineError, EngineNotRunning, ProtocolMismatch, WireError
from fks_engine.wire import claim_holder, connect

if TYPE_CHECKING:
    from fks_engine.config import Folders


def run(folders: Folders, cancel_orders: bool | None) -> int:
    """Stop the engine and wait until it is gone. It is no error if none runs."""
    try:
        if not anyio.run(_asked, folders, cancel_orders):
            print("the engine runs on")
            return 1
    except EngineNotRunning:
        if claim_holder(folders.socket) is None:
            print("no engine runs")
            return 0
    except (ProtocolMismatch, WireError) as error:
        _signalled(folders, error, cancel_orders)
    wait_until_gone(folders)
    print("the engine has stopped")
    return 0


async def _asked(folders: Folders, cancel_orders: bool | None) -> bool:
    """Ask the engine to stop; False where the user would rather not."""
    async with connect(folders.socket) as desk:
        working = len(desk.view().working_orders)
        if cancel_orders is None:
            cancel_orders = _choice(working) if working else False
        if cancel_orders is None:
            return False
        try:
            await desk.submit(StopEngine(cancel_orders=cancel_orders))
        except ConnectionLost:
            return True  # it went before it answered; whether it is gone is looked at next
        return True


def _choice(working: int) -> bool | None:
    """What becomes of the working orders, by the user's word; None to go back."""
    orders = f"{working} order{'s' if working > 1 else ''} still working"
    if not sys.stdin.isatty():
        raise EngineError(f"{orders}: say --cancel-orders or --leave-orders")
    answer = input(f"{orders}: [c]ancel, [l]eave at the exchange, or [Enter] to go back? ").strip().lower()
    return {"c": True, "cancel": True, "l": False, "leave": False}.get(answer)


def _signalled(folders: Folders, error: EngineError, cancel_orders: bool | None) -> None:
    """Stop an engine that cannot be spoken to. Raises EngineError where that would not do what was asked."""
    pid = claim_holder(folders.socket)
    if not pid:
        raise error
    if cancel_orders:
        raise EngineError(f"{error}; it cannot be told to cancel orders: `fks engine stop --leave-orders` stops it")
    print(f"fks: {error}; sending it SIGTERM", file=sys.stderr)
    os.kill(pid, signal.SIGTERM)
