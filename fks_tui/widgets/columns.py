"""The columns of a table: how wide each is, and which give way where room runs out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from rich.cells import cell_len, set_cell_size

from fks_tui.formatting import printable

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping, Sequence

K = TypeVar("K", bound="Hashable")
GAP = 2


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, and what it gives up where the table is narrow."""

    key: str
    title: str
    rank: int
    """When room runs out, the column of the highest rank goes first."""
    right: bool = False
    """Numbers stand to the right, words to the left."""
    most: int = 40
    """The widest it may be."""
    grows: bool = False
    """Takes the room that is left over, and gives up to `least` where there is none."""
    least: int = 12

    def fitted(self, text: str, width: int) -> str:
        """`text` in exactly `width` cells."""
        text = printable(text)
        length = cell_len(text)
        if length > width:
            return set_cell_size(text, max(0, width - 1)) + "…" if width else ""
        return " " * (width - length) + text if self.right else text + " " * (width - length)


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text and its tone: the name of a component class, or empty."""

    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Record(Generic[K]):
    """One line of a table. Two equal records look the same."""

    key: K
    cells: Mapping[str, Cell]
    """By column key; a missing cell is blank."""
    dim: bool = False
    """Drawn faintly throughout: what it shows is old or over."""


class ColumnLayout:
    """The widths of columns: as wide as their longest text so far, within the room there is."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self._columns = tuple(columns)
        self._natural = {column.key: len(column.title) for column in columns}
        self.shown: tuple[tuple[Column, int], ...] = ()
        """The columns there is room for, with their widths."""

    def measure(self, records: Iterable[Record[K]]) -> bool:
        """Widen columns to their longest text; True where one grew. They never shrink: that would jitter."""
        natural = dict(self._natural)
        for record in records:
            for column in self._columns:
                cell = record.cells.get(column.key)
                if cell is not None:
                    natural[column.key] = max(natural[column.key], min(cell_len(cell.text), column.most))
        grew = natural != self._natural
        self._natural = natural
        return grew

    def arrange(self, room: int) -> bool:
        """Choose the columns that fit into `room` cells; True where that changes anything."""
        columns = list(self._columns)
        while len(columns) > 1 and self._needed(columns) > room:
            columns.remove(max(columns, key=lambda column: column.rank))
        spare = max(0, room - self._needed(columns))
        before = self.shown
        self.shown = tuple((column, self._least(column) + (spare if column.grows else 0)) for column in columns)
        return self.shown != before

    def header(self) -> str:
        """The titles over their columns."""
        return (" " * GAP).join(column.fitted(column.title, width) for column, width in self.shown)

    def _needed(self, columns: Sequence[Column]) -> int:
        return sum(self._least(column) for column in columns) + GAP * (len(columns) - 1)

    def _least(self, column: Column) -> int:
        natural = self._natural[column.key]
        return min(natural, max(column.least, len(column.title))) if column.grows else natural
