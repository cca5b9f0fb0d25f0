"""An engine that kills itself: `python -m tests.chaos.engine POINT PASSAGE engine run ...`, armed by SIGUSR1."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
from contextlib import asynccontextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from fks_engine.cli.arguments import parse
from fks_engine.cli.dispatch import run
from fks_engine.engine.simulator_process import SimulatorAddress, SimulatorProcess
from fks_engine.exchange.binance import BinanceExchange
from fks_engine.journal import journal, segment
from fks_engine.orders.sender import Sender
from fks_engine.portfolio import Portfolio

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

EXCHANGE = "CHAOS_EXCHANGE"
"""The variable that holds the address of a simulator which outlives the engine; without it the engine starts one."""
ROTATE_AT = "CHAOS_ROTATE_AT"
"""The variable that holds after how many bytes a file of the journal is full; without it that is as in earnest."""
ON_THE_WIRE_S = 0.002
"""The bytes have left by then, and the answer has not come back or has not been read."""


class Crash:
    """Kills this process at one passage of the place that it is put at."""

    def __init__(self, passage: int, *, is_armed: bool) -> None:
        self._left = passage
        self._is_armed = is_armed

    def arm(self, *_: object) -> None:
        """Count passages from now on."""
        self._is_armed = True

    def passed(self) -> bool:
        """Whether this is the passage to die at."""
        self._left -= self._is_armed
        return self._is_armed and self._left == 0

    def here(self) -> None:
        """Die, if this is the passage."""
        if self.passed():
            os.kill(os.getpid(), signal.SIGKILL)


def _before(owner: Any, name: str, crash: Crash) -> None:
    """Die on the way into a function."""
    function = getattr(owner, name)

    @wraps(function)
    def into(*given: Any, **named: Any) -> Any:
        crash.here()
        return function(*given, **named)

    setattr(owner, name, into)


def _after(owner: Any, name: str, crash: Crash) -> None:
    """Die once a coroutine function has done its work."""
    function = getattr(owner, name)

    @wraps(function)
    async def out_of(*given: Any, **named: Any) -> Any:
        result = await function(*given, **named)
        crash.here()
        return result

    setattr(owner, name, out_of)


def _on_the_wire(owner: Any, name: str, crash: Crash) -> None:
    """Die while a request of this coroutine function is under way."""
    function = getattr(owner, name)

    @wraps(function)
    async def sent(*given: Any, **named: Any) -> Any:
        if crash.passed():
            asyncio.get_running_loop().call_later(ON_THE_WIRE_S, os.kill, os.getpid(), signal.SIGKILL)
        return await function(*given, **named)

    setattr(owner, name, sent)


def _torn(crash: Crash) -> None:
    """Die when half of a group of records is in the file."""
    write = segment.Segment._write

    def half(self: segment.Segment, data: bytes) -> None:
        if crash.passed():
            write(self, data[: len(data) // 2])
            os.kill(os.getpid(), signal.SIGKILL)
        write(self, data)

    segment.Segment._write = half  # type: ignore[method-assign]


def _behind(owner: Any, name: str, crash: Crash) -> None:
    """Die on the way out of a function."""
    function = getattr(owner, name)

    @wraps(function)
    def out_of(*given: Any, **named: Any) -> Any:
        result = function(*given, **named)
        crash.here()
        return result

    setattr(owner, name, out_of)


def _every(names: str, crash: Crash) -> None:
    """Die once one of several questions to the exchange was answered, before the next is asked."""
    for name in names.split():
        _after(BinanceExchange, name, crash)


def _sends(crash: Crash) -> None:
    """Die while a new order, or a list of them, is under way."""
    for name in ("submit_order", "submit_list"):
        _on_the_wire(BinanceExchange, name, crash)


POINTS: dict[str, Callable[[Crash], None]] = {
    "torn write": _torn,
    "before fsync": lambda crash: _behind(segment.Segment, "add", crash),
    "after fsync": lambda crash: _behind(segment.Segment, "flushed", crash),
    "after send": _sends,
    "before the reply is recorded": lambda crash: _after(Sender, "_request", crash),
    "mid-fill": lambda crash: _before(Portfolio, "take_fill", crash),
    "mid-replace": lambda crash: _on_the_wire(BinanceExchange, "replace_order", crash),
    "mid-cancel": lambda crash: _on_the_wire(BinanceExchange, "cancel_order", crash),
    "mid-reconcile": lambda crash: _every("fetch_balances fetch_fills fetch_open_orders fetch_order", crash),
    "at random": lambda crash: None,
}
AT_START = "mid-reconcile"
"""This one is armed from the start."""


class _Elsewhere:
    """Stands for a simulator that is not this engine's child, and does not end with it."""

    returncode: int | None = None

    async def wait(self) -> None:
        """Never end."""
        await asyncio.Event().wait()


@asynccontextmanager
async def _given(self: SimulatorProcess) -> AsyncIterator[tuple[SimulatorAddress, Any]]:
    """The simulator of the rig in the place of a child."""
    told = json.loads(os.environ[EXCHANGE])
    self.pid = told.pop("pid")
    logging.getLogger(__name__).info("the simulator (pid %s) listens at %s", self.pid, told["rest"])
    yield SimulatorAddress(**told), _Elsewhere()


def main() -> int:
    """Put the crash in its place and run the engine."""
    point, passage, *arguments = sys.argv[1:]
    crash = Crash(int(passage), is_armed=point == AT_START)
    signal.signal(signal.SIGUSR1, crash.arm)
    POINTS[point](crash)
    if ROTATE_AT in os.environ:
        journal.ROTATE_AT = int(os.environ[ROTATE_AT])  # type: ignore[misc]
    if EXCHANGE in os.environ:
        SimulatorProcess.running = _given  # type: ignore[method-assign]
    return run(parse(arguments))


if __name__ == "__main__":
    sys.exit(main())
