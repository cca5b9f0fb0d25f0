"""The terminal around the app: put back in any case, and no desk left hanging where it has gone."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
import termios
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from fks_tui.quiet_collection import collect_in_pauses, old_objects_left_alone
from fks_tui.screens.quit import Farewell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fks_tui.app import DeskApp

GONE = {errno.EIO, errno.EBADF, errno.EPIPE}
LEAVE_S = 3.0
"""How long the app may take to leave once its terminal has gone."""
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
    """Run the app until it is left."""
    with leaving_with_the_terminal(app.exit), old_objects_left_alone():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect_in_pauses, app.busy_until)
            await app.run_async()
            tasks.cancel_scope.cancel()
    return Left(app.return_code or 0, app.return_value is Farewell.STOPPED, not is_there())


def is_there() -> bool:
    """Whether there is still a terminal at standard input."""
    try:
        termios.tcgetattr(sys.stdin.fileno())
    except (termios.error, OSError):
        return False
    return True


@contextmanager
def leaving_with_the_terminal(leave: Callable[[], None]) -> Iterator[None]:
    """Leave the app when its terminal has gone, for certain.

    The thread that writes to the terminal fails then, and the app blocks as soon as what it writes is taken by nobody.
    Nothing is to be put back in that case, and what was asked of the engine is the engine's.
    """
    loop = asyncio.get_running_loop()
    previous = threading.excepthook

    def failed(failure: threading.ExceptHookArgs) -> None:
        if not (isinstance(failure.exc_value, OSError) and failure.exc_value.errno in GONE):
            previous(failure)
            return
        last_resort = threading.Timer(LEAVE_S, os._exit, (0,))
        last_resort.daemon = True
        last_resort.start()
        loop.call_soon_threadsafe(leave)

    threading.excepthook = failed
    try:
        yield
    finally:
        threading.excepthook = previous


@contextmanager
def restored_terminal() -> Iterator[None]:
    """Put the terminal's modes back after the block, and where it failed the screen and the cursor, too."""
    descriptor = sys.stdin.fileno()
    before = termios.tcgetattr(descriptor)
    try:
        yield
    except BaseException:
        _write(RESET)
        raise
    finally:
        if is_there():
            termios.tcsetattr(descriptor, termios.TCSANOW, before)


def _write(text: str) -> None:
    try:
        os.write(sys.stdin.fileno(), text.encode())
    except OSError:
        return  # the terminal has gone
