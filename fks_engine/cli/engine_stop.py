"""`fks engine stop`: an ordered stop, with a word about the working orders."""

from __future__ import annotations

import os
import signal
import sys
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import Denied, StopEngine
from fks_engine.cli.engine_process import wait_until_gone
from fks_engine.errors import ConnectionLost, EngineError, EngineNotRunning, ProtocolMismatch, WireError
from fks_engine.wire import claim_holder, connect

if TYPE_CHECKING:
    from fks_engine.api import Desk, DeskView
    from fks_engine.config import Folders

READ_S = 10.0
"""How long an engine that has just started is given to read its working orders."""


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
        if cancel_orders is None:
            orders = left_working(await read(desk, READ_S))
            cancel_orders = _choice(orders) if orders else False
        elif cancel_orders:
            await read(desk, READ_S)
        if cancel_orders is None:
            return False
        try:
            answer = await desk.submit(StopEngine(cancel_orders=cancel_orders))
        except ConnectionLost:
            return True  # it went before it answered; whether it is gone is looked at next
        if isinstance(answer, Denied):
            raise EngineError(f"{answer.message} (--leave-orders)")
        return True


async def read(desk: Desk, wait_s: float) -> DeskView:
    """A picture in which the working orders have been read, or the last one there is after `wait_s` seconds."""
    view = desk.view()
    with anyio.move_on_after(wait_s):
        while view.number == 0 or not (view.engine.orders_known or view.engine.read_only):
            view = await desk.changed(view.number)
    return view


def left_working(view: DeskView) -> str:
    """What would be left at the exchange, in words; empty where nothing would."""
    count = len(view.working_orders)
    if view.engine.orders_known or view.engine.read_only:
        return f"{count} order{'s' * (count > 1)} still working" if count else ""
    return f"the working orders are not read yet ({view.engine.detail or 'the account is not there yet'})"


def _choice(orders: str) -> bool | None:
    """What becomes of the working orders, by the user's word; None to go back."""
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
