"""What a terminal shows of the bytes that a desk writes: its cells, and how each was written."""

from __future__ import annotations

import re

_PARTS = re.compile(
    r"\x1b\[(?P<args>[0-9;]*)(?P<command>[A-Za-z])"
    r"|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[PX^_].*?\x1b\\|\x1b[@-Z\\-_=>78]|[\x00-\x1f]"
    r"|(?P<text>[^\x00-\x1f]+)",
    re.DOTALL,
)
_UNFINISHED = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b]*)?$")
Pen = tuple[frozenset[int], str, str]
"""Attributes, foreground, background."""
PLAIN: Pen = (frozenset(), "39", "49")


class TerminalGrid:
    """Cells of one glyph each, moved over by the few sequences that the desk uses."""

    def __init__(self, columns: int, rows: int) -> None:
        self.cells: list[list[tuple[str, Pen]]] = [[(" ", PLAIN)] * columns for _ in range(rows)]
        self.touched: set[int] = set()
        """The rows written to since it was last emptied."""
        self._columns, self._rows = columns, rows
        self._x = self._y = 0
        self._pen = PLAIN
        self._rest = ""

    def line(self, y: int) -> str:
        """The glyphs of a row."""
        return "".join(glyph for glyph, _ in self.cells[y])

    def resize(self, columns: int, rows: int) -> None:
        """Cut what has no room any more, and stay blank where there is more of it."""
        kept = [row[:columns] + [(" ", PLAIN)] * (columns - len(row)) for row in self.cells[:rows]]
        self.cells = kept + [[(" ", PLAIN)] * columns for _ in range(rows - len(kept))]
        self._columns, self._rows = columns, rows
        self._x, self._y = min(self._x, columns - 1), min(self._y, rows - 1)

    def feed(self, written: str) -> None:
        """Take what was written; a sequence cut in two is kept for the next part."""
        written = self._rest + written
        cut = _UNFINISHED.search(written)
        self._rest = written[cut.start() :] if cut else ""
        for part in _PARTS.finditer(written, 0, cut.start() if cut else len(written)):
            if part["text"]:
                self._write(part["text"])
            elif part["command"]:
                self._obey(part["command"], [int(each or 0) for each in part["args"].split(";")])
            elif part[0] == "\n":
                self._x, self._y = 0, min(self._y + 1, self._rows - 1)
            elif part[0] == "\r":
                self._x = 0

    def _write(self, text: str) -> None:
        self.touched.add(self._y)
        row = self.cells[self._y]
        for glyph in text:
            if self._x < self._columns:
                row[self._x] = (glyph, self._pen)
                self._x += 1

    def _obey(self, command: str, numbers: list[int]) -> None:
        if command == "H":
            y, x = (*numbers, 1)[:2]
            self._y, self._x = min(max(y, 1), self._rows) - 1, min(max(x, 1), self._columns) - 1
        elif command == "C":
            self._x = min(self._x + max(1, numbers[0]), self._columns - 1)
        elif command == "m":
            self._pen = _taken_up(self._pen, numbers)


def _taken_up(pen: Pen, codes: list[int]) -> Pen:
    """The pen after an SGR sequence."""
    attributes, foreground, background = pen
    left = list(codes)
    while left:
        code = left.pop(0)
        if code == 0:
            attributes, foreground, background = PLAIN
        elif code in (38, 48):
            count = 4 if left[0] == 2 else 2
            color, left = ";".join(map(str, (code, *left[:count]))), left[count:]
            foreground, background = (color, background) if code == 38 else (foreground, color)
        elif 30 <= code <= 39 or 90 <= code <= 97:
            foreground = str(code)
        elif 40 <= code <= 49 or 100 <= code <= 107:
            background = str(code)
        else:
            attributes |= {code}
    return attributes, foreground, background
