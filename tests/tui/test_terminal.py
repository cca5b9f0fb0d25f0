"""The desk in a real pseudo-terminal: it leaves the terminal as it found it, whatever happens to it."""

from __future__ import annotations

import codecs
import os
import pty
import select
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.terminal_grid import TerminalGrid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

ROOT = Path(__file__).resolve().parents[2]
ALTERNATE_SCREEN, NORMAL_SCREEN = b"\x1b[?1049h", b"\x1b[?1049l"
_DESK = """
import asyncio
from fks_tui.app import DeskApp
from fks_tui.options import DeskOptions
from tests.fake_desk import FakeDesk

class Desk(FakeDesk):
    async def changed(self, number):
        if {crashes}:
            raise RuntimeError("the desk broke")
        return await super().changed(number)

print("left as", asyncio.run(DeskApp(Desk(), options=DeskOptions()).run_async()))
"""


class Terminal:
    """A desk that runs in a pseudo-terminal of 100 x 30."""

    def __init__(self, environment: Mapping[str, str], *, crashes: bool) -> None:
        self.seen = b""
        self._grid, self._decoder = TerminalGrid(100, 30), codecs.getincrementaldecoder("utf-8")("replace")
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _DESK.format(crashes=crashes)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            start_new_session=True,
            env={**os.environ, "COLUMNS": "100", "LINES": "30", **environment},
        )
        os.close(theirs)

    def read_until(self, wanted: bytes, within_s: float = 30.0) -> None:
        """Read what the desk writes until `wanted` is among it, or stands on the screen."""
        deadline = time.monotonic() + within_s
        while not self._has(wanted):
            assert time.monotonic() < deadline, f"{wanted!r} was not written; the end is {self.seen[-600:]!r}"
            if select.select([self._ours], [], [], 0.2)[0]:
                try:
                    part = os.read(self._ours, 65_536)
                except OSError:
                    assert self._has(wanted), self.seen[-600:]
                    continue
                self.seen += part
                self._grid.feed(self._decoder.decode(part))

    def _has(self, wanted: bytes) -> bool:
        return wanted in self.seen or any(wanted.decode() in self._grid.line(y) for y in range(30))

    def garble(self) -> None:
        """Let another program have written over the whole screen."""
        self.seen, self._grid = b"", TerminalGrid(100, 30)

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._ours, keys)

    def hang_up(self) -> None:
        """Take the terminal away."""
        os.close(self._ours)
        self._ours = -1

    def close(self) -> None:
        """End what is left."""
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        if self._ours >= 0:
            self.hang_up()


@pytest.fixture
def terminals() -> Iterator[list[Terminal]]:
    """A list to put terminals into; they are closed at the end."""
    opened: list[Terminal] = []
    yield opened
    for each in opened:
        each.close()


def opened(
    terminals: list[Terminal], environment: Mapping[str, str] | None = None, *, crashes: bool = False
) -> Terminal:
    terminal = Terminal(environment or {}, crashes=crashes)
    terminals.append(terminal)
    terminal.read_until(ALTERNATE_SCREEN)
    return terminal


class TestTheTerminalIsRestored:
    @pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
    def test_when_a_signal_ends_the_desk(self, terminals: list[Terminal], number: signal.Signals) -> None:
        terminal = opened(terminals)
        terminal.read_until(b"BOOK")
        terminal.process.send_signal(number)
        terminal.read_until(NORMAL_SCREEN)
        terminal.read_until(b"left as left_running")
        assert terminal.process.wait(10) == 0

    def test_when_control_c_is_pressed_twice(self, terminals: list[Terminal]) -> None:
        terminal = opened(terminals)
        terminal.read_until(b"BOOK")
        terminal.press(b"\x03")
        terminal.read_until(b"Leave the desk")
        terminal.press(b"\x03")
        terminal.read_until(NORMAL_SCREEN)
        terminal.read_until(b"left as left_running")
        assert terminal.process.wait(10) == 0

    def test_when_the_desk_breaks(self, terminals: list[Terminal]) -> None:
        terminal = opened(terminals, crashes=True)
        terminal.read_until(NORMAL_SCREEN)
        terminal.read_until(b"the desk broke")


def test_a_desk_leaves_when_its_terminal_is_gone_without_a_signal(terminals: list[Terminal]) -> None:
    terminal = opened(terminals)
    terminal.read_until(b"BOOK")
    terminal.hang_up()
    terminal.process.wait(30)


def test_a_garbled_terminal_is_written_anew_on_a_key(terminals: list[Terminal]) -> None:
    terminal = opened(terminals)
    for text in (b"LIVE", b"BOOK", b"spread"):
        terminal.read_until(text)
    terminal.garble()
    terminal.press(b"\x0c")
    for text in (b"SIM", b"BOOK", b"spread"):
        terminal.read_until(text)


class TestPoorTerminals:
    @pytest.mark.parametrize(
        "environment",
        [
            {"NO_COLOR": "1"},
            {"TERM": "xterm-16color", "COLORTERM": ""},
            {"TERM": "xterm-16color", "COLORTERM": "", "NO_COLOR": "1"},
            {"TERM": "screen", "COLORTERM": ""},
            {"TERM": "linux", "COLORTERM": ""},
        ],
        ids=lambda each: "-".join(f"{name}={value}" for name, value in each.items() if value),
    )
    def test_the_desk_opens_and_says_how_things_stand(
        self, terminals: list[Terminal], environment: dict[str, str]
    ) -> None:
        terminal = opened(terminals, environment)
        terminal.read_until(b"LIVE")
        terminal.read_until(b"BTC/USDT")
        terminal.read_until(b"spread")
