"""An engine that kills itself: `python -m tests.chaos.engine POINT PASSAGE engine run ...`, armed by SIGUSR1."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import wraps
from typing import TYPE_CHECKING, Any

from fks_engine.cli.arguments import parse
from fks_engine.cli.dispatch import run
from fks_engine.exchange.binance import BinanceExchange
from fks_engine.journal import segment
from fks_engine.orders.reconciler import Reconciler
from fks_engine.orders.sender import Sender
from fks_engine.portfolio import Portfolio

if TYPE_CHECKING:
    from collections.abc import Callable

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


def _after_flush(crash: Crash) -> None:
    append = segment.Segment.append

    def appended(self: segment.Segment, data: bytes) -> None:
        append(self, data)
        crash.here()

    segment.Segment.append = appended  # type: ignore[method-assign]


POINTS: dict[str, Callable[[Crash], None]] = {
    "torn write": _torn,
    "before fsync": lambda crash: _before(segment, "_flush", crash),
    "after fsync": _after_flush,
    "after send": lambda crash: _on_the_wire(BinanceExchange, "submit_order", crash),
    "before the reply is recorded": lambda crash: _after(Sender, "_request", crash),
    "mid-fill": lambda crash: _before(Portfolio, "take_fill", crash),
    "mid-replace": lambda crash: _on_the_wire(BinanceExchange, "replace_order", crash),
    "mid-cancel": lambda crash: _on_the_wire(BinanceExchange, "cancel_order", crash),
    "mid-reconcile": lambda crash: _after(Reconciler, "compare_orders", crash),
    "at random": lambda crash: None,
}
AT_START = "mid-reconcile"
"""This one is armed from the start."""


def main() -> int:
    """Put the crash in its place and run the engine."""
    point, passage, *arguments = sys.argv[1:]
    crash = Crash(int(passage), is_armed=point == AT_START)
    signal.signal(signal.SIGUSR1, crash.arm)
    POINTS[point](crash)
    return run(parse(arguments))


if __name__ == "__main__":
    sys.exit(main())
