"""A program in tmux, its screen read as a person reads it."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
import uuid
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

DEADLINE_S = 60.0


class Tmux:
    """One tmux server of its own with one terminal, 120x36 unless told."""

    def __init__(self, home: Path, columns: int = 120, rows: int = 36) -> None:
        self._name = ""
        self._home = home
        self._size = (columns, rows)

    def run(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._name, *arguments], capture_output=True, text=True, timeout=30, check=False
        )
        return done.stdout

    def open(self, command: str = f"{shlex.quote(sys.executable)} -m fks_tui") -> None:
        """A new terminal in which `fks` is typed, on a server that knows nothing of the one before."""
        self._name = f"fks-{uuid.uuid4().hex[:8]}"
        variables = [argument for name in ("FKS_HOME",) for argument in ("-e", f"{name}={self._home}")]
        self.run(
            "new-session", "-d", "-s", "walk", "-x", str(self._size[0]), "-y", str(self._size[1]), *variables, command
        )

    def close(self) -> None:
        """Close the terminal as a person closes its window: the desk gets SIGHUP."""
        self.run("kill-server")

    def pid(self) -> int:
        """The process that the terminal runs."""
        return int(self.run("list-panes", "-t", "walk", "-F", "#{pane_pid}"))

    def keys(self, *keys: str) -> None:
        for key in keys:
            self.run("send-keys", "-t", "walk", key)

    def screen(self) -> str:
        return self.run("capture-pane", "-t", "walk", "-p")

    def until(self, condition: Callable[[str], object], what: str) -> str:
        """The first screen that meets the condition."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            screen = self.screen()
            if condition(screen):
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come within {DEADLINE_S:.0f} s; on the screen:\n{self.screen()}")

    def shows(self, *words: str) -> str:
        """Wait until every word is on the screen."""
        return self.until(lambda screen: all(word in screen for word in words), " and ".join(words))
