"""The lines that were typed in a session, to be called back."""

from __future__ import annotations

from typing import Final

MOST_LINES: Final = 100


class LineHistory:
    """Goes back and forth through what was typed; what is being typed waits at its end."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._at = 0
        self._draft = ""

    def add(self, line: str) -> None:
        """Remember a line, once, as the newest."""
        line = line.strip()
        if line:
            self._lines = [*[each for each in self._lines if each != line][-MOST_LINES + 1 :], line]
        self.rewind()

    def rewind(self) -> None:
        """Stand behind the newest line again, with nothing typed."""
        self._at, self._draft = len(self._lines), ""

    def back(self, typed: str) -> str | None:
        """The line before; `typed` is kept for the way back. None where there is none."""
        if self._at == 0:
            return None
        if self._at == len(self._lines):
            self._draft = typed
        self._at -= 1
        return self._lines[self._at]

    def forth(self) -> str | None:
        """The line after, at last what was being typed; None where there is none."""
        if self._at >= len(self._lines):
            return None
        self._at += 1
        return self._draft if self._at == len(self._lines) else self._lines[self._at]
