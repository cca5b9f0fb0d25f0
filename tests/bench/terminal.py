"""A real desk in a real pseudo-terminal, with the time of every byte it writes."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Self

from tests.terminal_grid import TerminalGrid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


PAUSE_NS = 20_000_000
"""Bytes that come this close together were written by one paint."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """What the desk wrote at one moment."""

    ts_ns: int
    """time.monotonic_ns() when it was read from the terminal."""
    text: str
    """The lines that it touched, as they then stood on the screen."""
    size: int
    """Bytes as they were written, escape sequences and all."""


@dataclass
class Terminal:
    """A process behind a pseudo-terminal of `columns` x `rows`; a thread reads and stamps all it writes."""

    command: Sequence[str]
    environment: Mapping[str, str]
    columns: int = 200
    rows: int = 60
    chunks: list[Chunk] = field(default_factory=list)
    pid: int = 0
    started_ns: int = 0
    _descriptor: int = -1

    def __enter__(self) -> Self:
        self.started_ns = time.monotonic_ns()
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            os.execvpe(
                self.command[0], list(self.command), {**os.environ, "TERM": "xterm-256color", **self.environment}
            )
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", self.rows, self.columns, 0, 0))
        threading.Thread(target=self._read, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        for number in (signal.SIGHUP, signal.SIGKILL):
            try:
                os.kill(self.pid, number)
            except ProcessLookupError:
                break
            if self._ended_within(5.0):
                break
        os.close(self._descriptor)

    def press(self, keys: str) -> int:
        """Type `keys`; the time just before, monotonic nanoseconds."""
        now = time.monotonic_ns()
        os.write(self._descriptor, keys.encode())
        return now

    def wait_for(self, text: str, timeout_s: float = 60.0, since: int = 0) -> Chunk:
        """The first chunk from number `since` on that holds `text`. Raises TimeoutError with what was last written."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            before = ""
            for chunk in self.chunks[since:]:
                before = before[-len(text) :] + chunk.text
                if text in before:
                    return chunk
            time.sleep(0.002)
        tail = "".join(chunk.text for chunk in self.chunks[-20:])[-1500:]
        raise TimeoutError(f"{text!r} did not appear within {timeout_s:.0f} s; last written: {tail}")

    def cpu_s(self) -> float:
        """CPU seconds the process has used so far, its own alone."""
        return cpu_s(self.pid)

    def _ended_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if os.waitpid(self.pid, os.WNOHANG)[0]:
                return True
            time.sleep(0.02)
        return False

    def _read(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        grid = TerminalGrid(self.columns, self.rows)
        while True:
            try:
                ready, _, _ = select.select([self._descriptor], [], [], 1.0)
                data = os.read(self._descriptor, 1 << 16) if ready else None
            except (OSError, ValueError):
                return
            if data == b"":
                return
            if data:
                now = time.monotonic_ns()
                grid.touched.clear()
                grid.feed(decoder.decode(data))
                text = "\n".join(grid.line(y) for y in sorted(grid.touched))
                self.chunks.append(Chunk(now, text, len(data)))


def fks(*arguments: str) -> list[str]:
    """The command line of `fks` in this environment."""
    return [sys.executable, "-m", "fks_tui", *arguments]


def cpu_s(pid: int) -> float:
    """CPU seconds a process has used so far, its own alone."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def paints_per_s(chunks: Sequence[Chunk], seconds: float) -> float:
    """How often something was painted: chunks that come together are one paint."""
    times = [chunk.ts_ns for chunk in chunks]
    return sum(after - before > PAUSE_NS for before, after in pairwise(times)) / seconds


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The median and the 99th percentile."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2], ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
