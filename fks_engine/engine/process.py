"""The engine as a process: one per data folder, behind its socket, until a signal or a desk stops it."""

from __future__ import annotations

import logging
import signal
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import SetTradingState
from fks_engine.engine.collection import put_aside_what_stays, seldom_full
from fks_engine.engine.engine import Engine
from fks_engine.model import TradingState
from fks_engine.resilience.supervisor import fault_of
from fks_engine.wire import claimed, serve

if TYPE_CHECKING:
    from fks_engine.config import Folders, Settings

_log = logging.getLogger(__name__)


async def run_engine(settings: Settings, folders: Folders, halted: str | None = None) -> None:
    """Serve desks and trade until SIGINT, SIGTERM or StopEngine.

    Raises EngineAlreadyRunning when another engine owns the data folder, and SocketRefused when the socket's place is
    not ours. `halted` says why it is to begin with a halt.
    """
    halt = None if halted is None else SetTradingState(TradingState.HALTED, halted, origin="fks halt")
    with claimed(folders.socket) as claim, seldom_full():
        engine = Engine(settings, folders, halted=halt)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_stop_on_signal, engine)
            tasks.start_soon(_settle, engine)
            await tasks.start(
                lambda *, task_status: serve(claim, engine.open_desk, contain=fault_of, task_status=task_status)
            )
            _log.info("engine up: mode %s, socket %s", settings.mode.value, folders.socket)
            await engine.run()
            tasks.cancel_scope.cancel()
    _log.info("engine stopped")


async def _settle(engine: Engine) -> None:
    """Once the exchange's markets are known, leave behind what the start has cost."""
    await put_aside_what_stays(lambda: engine.parts is not None and engine.parts.link.opened.is_set())
    engine.lag.forget()


async def _stop_on_signal(engine: Engine) -> None:
    with anyio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async for _ in signals:
            engine.request_stop()
