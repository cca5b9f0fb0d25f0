"""Runs the app in the terminal, leaves it on signals, and puts the terminal back in any case."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import sys
import termios
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from fks_tui.screens.quit import Farewell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from anyio.abc import TaskStatus

    from fks_tui.app import DeskApp

TERMINAL_GONE = {errno.EIO, errno.EBADF, errno.EPIPE}
LEAVE_S = 3.0
"""How long the app may take to leave after a signal."""
RESET = (
    "\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1004l\x1b[?2004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Mouse, focus and paste reports off, keyboard and screen as they were, cursor on, no colours."""


@dataclass(frozen=True, slots=True)
class Left:
    """How the desk was left."""

    code: int
    """The exit code."""
    engine_stops: bool
    terminal_gone: bool


async def shown(app: DeskApp) -> Left:
    """Run the app until it is left by its user or by a signal."""
    leaving = Leaving(app)
    async with anyio.create_task_group() as tasks:
        await tasks.start(leaving.watch)
        with leaving.scope, leaving.on_hangup():
            await app.run_async()
        tasks.cancel_scope.cancel()
    return Left(app.return_code or leaving.code, app.return_value is Farewell.STOPPED, leaving.hung_up)


class Leaving:
    """Leaves the app on SIGTERM, SIGINT and SIGHUP (the terminal was closed); the engine goes on."""

    def __init__(self, app: DeskApp) -> None:
        self._app = app
        self.code = 0
        """What the signal that came makes of the exit code."""
        self.hung_up = False
        self.scope = anyio.CancelScope()
        """Around the app, to end one that does not leave when it is asked."""

    async def watch(self, *, task_status: TaskStatus[None]) -> None:
        """Wait for a signal, ask the app to leave, and insist."""
        with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
            task_status.started()
            async for number in signals:
                self.code = self.code or 128 + number
                self._app.exit()
                await anyio.sleep(LEAVE_S)
                self.scope.cancel()

    @contextmanager
    def on_hangup(self) -> Iterator[None]:
        """Leave when the terminal has gone, for certain: writing to it can block or fail in the middle of the app.

        There is nothing to put back then, and what was asked of the engine is the engine's.
        """
        loop = asyncio.get_running_loop()
        previous_hook = threading.excepthook

        def leave(*_: object) -> None:
            self.hung_up = True
            last_resort = threading.Timer(LEAVE_S, os._exit, (0,))
            last_resort.daemon = True
            last_resort.start()
            loop.call_soon_threadsafe(self._app.exit)

        def thread_failed(failure: threading.ExceptHookArgs) -> None:
            if isinstance(failure.exc_value, OSError) and failure.exc_value.errno in TERMINAL_GONE:
                leave()
            else:
                previous_hook(failure)

        threading.excepthook = thread_failed
        previous = signal.signal(signal.SIGHUP, leave)
        try:
            yield
        finally:
            signal.signal(signal.SIGHUP, previous)
            threading.excepthook = previous_hook


@contextmanager
def restored_terminal() -> Iterator[None]:
    """Put the terminal's modes back after the block, and where it failed the screen and the cursor, too."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        yield
    except BaseException:
        _written(RESET)
        raise
    finally:
        try:
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
        except (termios.error, OSError):
            _written("")  # the terminal is gone


def _written(text: str) -> None:
    try:
        os.write(sys.__stdout__.fileno() if sys.__stdout__ else 1, text.encode())
    except OSError:
        return
