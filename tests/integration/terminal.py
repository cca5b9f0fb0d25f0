"""A program in a terminal of its own, as a person would run it."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tests.terminal_grid import TerminalGrid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


class Terminal:
    """The user's end of a pseudo-terminal: what was written to it, and a keyboard."""

    def __init__(
        self, process: subprocess.Popen[bytes], descriptor: int, line: int, columns: int = 120, lines: int = 40
    ) -> None:
        self.process = process
        self.written = b""
        self._lines = lines
        self._grid, self._decoder = TerminalGrid(columns, lines), codecs.getincrementaldecoder("utf-8")("replace")
        self._descriptor = descriptor
        self._line = line
        self.modes_before = termios.tcgetattr(line)

    def modes(self) -> object:
        """The terminal's modes now."""
        return termios.tcgetattr(self._line)

    def type(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._descriptor, keys)

    def read_until(self, wanted: bytes, within_s: float = 30.0) -> None:
        """Read what the program writes until `wanted` is among it, or stands on the screen."""
        deadline = time.monotonic() + within_s
        while not self._has(wanted):
            assert self._read(deadline), f"{wanted!r} did not come; the end of what came: {self.written[-2000:]!r}"

    def read_for(self, seconds: float) -> None:
        """Read what the program writes for so long."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self.process.poll() is None:
            self._read(deadline)

    def wait(self, within_s: float = 30.0) -> int:
        """Read on until the program has ended; its exit code."""
        deadline = time.monotonic() + within_s
        while self.process.poll() is None:
            self._read(min(deadline, time.monotonic() + 0.05))
            assert time.monotonic() < deadline, f"it runs on; the end of what came: {self.written[-2000:]!r}"
        while self._read(time.monotonic() + 0.05):
            pass
        return self.process.returncode

    def hang_up(self) -> None:
        """Close the terminal, as when its window is closed or the line is cut."""
        os.close(self._line)
        os.close(self._descriptor)
        self._descriptor = self._line = -1

    def close(self) -> None:
        """Let go of the descriptors."""
        if self._descriptor >= 0:
            self.hang_up()

    def _has(self, wanted: bytes) -> bool:
        """Whether it was ever written in one piece, or can be read on the screen now; a desk writes changed cells."""
        return wanted in self.written or any(wanted.decode() in self._grid.line(y) for y in range(self._lines))

    def _read(self, deadline: float) -> bool:
        """Read once; False where nothing came in time or nothing can come any more."""
        ready, _, _ = select.select([self._descriptor], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            return False
        try:
            piece = os.read(self._descriptor, 65_536)
        except OSError:
            return False
        self.written += piece
        self._grid.feed(self._decoder.decode(piece))
        return bool(piece)


@contextmanager
def in_terminal(
    command: Sequence[str], environment: Mapping[str, str], columns: int = 120, lines: int = 40
) -> Iterator[Terminal]:
    """Run `command` in a new terminal and session; it is killed at the end of the block."""
    descriptor, line = pty.openpty()
    fcntl.ioctl(line, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    process = subprocess.Popen(
        command,
        stdin=line,
        stdout=line,
        stderr=line,
        env={**environment, "TERM": "xterm-256color", "COLORTERM": "truecolor"},
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that closing the terminal is a SIGHUP
    )
    terminal = Terminal(process, descriptor, line, columns, lines)
    try:
        yield terminal
    finally:
        process.kill()
        process.wait()
        terminal.close()
