"""Whatever is pressed while a terminal is resized: in the end it shows what would be written to an empty one."""

from __future__ import annotations

import codecs
import fcntl
import json
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from textual.events import Resize
from textual.geometry import Size

from tests.terminal_grid import Pen, TerminalGrid
from tests.tui.pilots import desk_app, until

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]
DESK = """
import asyncio, json, os, signal, sys
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from tests.fake_desk import FakeDesk

class LateDesk(DeskApp):
    def on_mount(self):
        super().on_mount()
        asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, self.tell_all)

    def tell_all(self):
        compositor = self.screen._compositor
        dirty = set(compositor._dirty_regions)
        update = compositor.render_update(full=True, screen_stack=self._background_screens)
        compositor._dirty_regions.update(dirty)
        said = json.dumps([*compositor.size, update.render_segments(self.console)])
        with open(int(sys.argv[1]), "w", closefd=False) as file:
            file.write(said + chr(10))

    def _check_resize(self):
        if self._dom_ready:
            self.screen._compositor._dirty_regions.add(self.screen._compositor.size.region)
            self.screen._compositor_refresh()
        super()._check_resize()

asyncio.run(LateDesk(FakeDesk(), options=DeskOptions(heartbeat_s=60)).run_async())
"""
"""Once it knows of another size it paints for the old one yet, as a change of screens makes it do now and then.

On a signal it tells what it would write to a terminal that shows nothing yet.
"""
F2, F3, F4, F9, SLASH, ESCAPE = b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[20~", b"/", b"\x1b"
OPENING, LARGER, SMALLER = (80, 24), [(80, 24), (120, 36), (200, 50)], [(40, 10), (57, 17), (70, 24)]


class ResizedTerminal:
    """A desk in a pseudo-terminal that is made larger and smaller."""

    def __init__(self, process: subprocess.Popen[bytes], keyboard: int, told: int) -> None:
        self._process, self._keyboard = process, keyboard
        self._told = os.fdopen(told, encoding="utf-8")
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self.grid, self._size = TerminalGrid(*OPENING), OPENING

    def resize(self, size: tuple[int, int]) -> None:
        """Change the size; what the desk has written by now was for the old one."""
        self.read(0.0)
        self._size = size
        self.grid.resize(*size)
        set_size(self._keyboard, size)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._keyboard, keys)

    def read(self, wait_s: float = 0.05) -> None:
        """Read what has been written."""
        while select.select([self._keyboard], [], [], wait_s)[0]:
            self.grid.feed(self._decoder.decode(os.read(self._keyboard, 65_536)))

    def wait_for(self, text: str, within_s: float = 30.0) -> None:
        """Read until `text` stands on the screen."""
        deadline = time.monotonic() + within_s
        while not any(text in line for line in lines(self.grid)):
            assert time.monotonic() < deadline, "\n".join(lines(self.grid))
            self.read()

    def written_anew(self) -> TerminalGrid | None:
        """A terminal to which the desk wrote everything; None while it believes in another size."""
        self._process.send_signal(signal.SIGUSR1)
        *size, text = json.loads(self._told.readline())
        if tuple(size) != self._size:
            return None
        grid = TerminalGrid(*self._size)
        grid.feed(text)
        return grid

    def close(self) -> None:
        """Let go of what the desk tells."""
        self._told.close()


def lines(grid: TerminalGrid) -> list[str]:
    """What can be read."""
    return ["".join(glyph for glyph, _ in row) for row in grid.cells]


def looks(grid: TerminalGrid) -> list[list[object]]:
    """What is seen of each cell."""
    return [[_seen(cell) for cell in row] for row in grid.cells]


def _seen(cell: tuple[str, Pen]) -> object:
    """What a person sees of a cell: a blank's foreground is not seen, nor that it is bold."""
    glyph, (attributes, foreground, background) = cell
    if glyph == " " and not attributes & {4, 7}:
        return glyph, background
    return glyph, attributes, foreground, background


def set_size(descriptor: int, size: tuple[int, int]) -> None:
    """Tell the line of a terminal its size."""
    columns, rows = size
    fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


@contextmanager
def a_desk() -> Iterator[ResizedTerminal]:
    """A desk of its own session, whose terminal tells it of every new size."""
    ours, theirs = pty.openpty()
    set_size(theirs, OPENING)
    told, tells = os.pipe()
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", DESK, str(tells)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        cwd=ROOT,
        pass_fds=[tells],
        start_new_session=True,
        env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    os.close(tells)
    terminal = ResizedTerminal(process, ours, told)
    try:
        terminal.wait_for("BOOK")
        yield terminal
    finally:
        process.kill()
        process.wait(10)
        os.close(ours)
        terminal.close()


def shows_what_is_written_anew(terminal: ResizedTerminal, said: object, within_s: float = 6.0) -> None:
    """Wait until the terminal shows twice what the desk would write to an empty one."""
    deadline, agreed = time.monotonic() + within_s, 0
    while agreed < 2:
        terminal.read()
        whole = terminal.written_anew()
        agreed = agreed + 1 if whole is not None and looks(whole) == looks(terminal.grid) else 0
        if not agreed and time.monotonic() > deadline:
            wanted = lines(whole) if whole is not None else []
            pytest.fail(f"after {said}:\n" + "\n".join([*lines(terminal.grid), "but it should be", *wanted]))


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_resized_terminal_shows_what_the_desk_would_write_to_an_empty_one(seed: int) -> None:
    chance = random.Random(seed)
    with a_desk() as terminal:
        for turn in range(10):
            steps: list[object] = []
            for _ in range(chance.randint(1, 2)):
                keys = b"".join(chance.choices([F2, F3, F4, F9, SLASH, ESCAPE], k=chance.randint(0, 2)))
                size = chance.choice(SMALLER if turn % 2 else LARGER)
                steps += [keys, size]
                terminal.press(keys)
                terminal.resize(size)
            shows_what_is_written_anew(terminal, steps)


@pytest.mark.anyio
async def test_a_screen_that_was_told_an_overtaken_size_last_is_laid_out_for_the_terminals() -> None:
    app, _ = desk_app()
    async with app.run_test(size=(57, 17)) as pilot:
        compositor = app.screen._compositor
        await until(pilot, lambda: compositor.size == Size(57, 17))
        app.screen.post_message(Resize(Size(80, 24), Size(80, 24)))
        await pilot.pause()
        await until(pilot, lambda: compositor.size == Size(57, 17))
