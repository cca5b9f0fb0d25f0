"""What a request finds, written to a new CSV or Parquet file that is there whole or not at all."""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from fks_engine.api import ExportWhat
from fks_engine.errors import JournalUnavailable
from fks_engine.history.life import life
from fks_engine.history.tables import (
    FILL_COLUMNS,
    ORDER_COLUMNS,
    STEP_COLUMNS,
    ExportColumn,
    Holds,
    cell,
    fill_line,
    order_line,
    step_line,
)
from fks_engine.model import (
    CancelAsked,
    Checkpoint,
    FillTaken,
    OrderMoved,
    OrdersPlanned,
    OrdersSent,
    ReportTaken,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from fks_engine.api import ExportHistory
    from fks_engine.history.index import HistoryIndex
    from fks_engine.history.tables import Value
    from fks_engine.model import JournalEntry

    Line = tuple[Value, ...]

SUFFIXES: Final = (".csv", ".parquet")
BATCH: Final = 5_000
_DIGITS: Final = 38
"""The most that a decimal of Parquet has."""


def refused_path(text: str) -> str:
    """Why nothing can be written there; empty where it can."""
    path = Path(text).expanduser()
    if not text.strip():
        return "a file needs a name"
    if path.suffix.lower() not in SUFFIXES:
        return f"{path.name} ends neither in .csv nor in .parquet"
    if path.exists() or path.is_symlink():
        return f"{path} exists already: choose another name"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    if not os.access(path.parent, os.W_OK | os.X_OK):
        return f"nothing may be written in {path.parent}"
    return ""


class Export:
    """One export out of an index that was read."""

    def __init__(self, index: HistoryIndex, job: ExportHistory, told: Callable[[int, int], None]) -> None:
        """`told` is told how many lines of how many are written; of fills and steps it hears how many orders."""
        self._index = index
        self._job = job
        self._told = told
        self.path = Path(os.path.abspath(Path(job.path).expanduser()))

    def run(self) -> int:
        """Write the file; the number of its lines. Raises JournalUnavailable, saying what is in the way."""
        if refused := refused_path(self._job.path):
            raise JournalUnavailable(refused)
        part = self.path.with_name(f".{self.path.name}.part-{os.getpid()}")
        columns, lines = self._lines()
        try:
            write = _write_csv if self.path.suffix.lower() == ".csv" else _write_parquet
            rows = write(part, columns, lines)
            with part.open("rb") as file:
                os.fsync(file.fileno())
            self._give_name(part)
        except OSError as error:
            raise JournalUnavailable(f"{self.path} cannot be written: {error.strerror or error}") from error
        finally:
            with suppress(OSError):
                part.unlink()
        return rows

    def _give_name(self, part: Path) -> None:
        """Let the file appear under its name, never in the place of another. Raises FileExistsError."""
        try:
            os.link(part, self.path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            if self.path.exists():
                raise FileExistsError(17, "it exists already") from None
            part.rename(self.path)

    def _lines(self) -> tuple[tuple[ExportColumn, ...], Iterator[Line]]:
        chosen = self._index.found(self._job.chosen)
        match self._job.what:
            case ExportWhat.ORDERS:
                return ORDER_COLUMNS, self._counted(self._orders(chosen), len(chosen))
            case ExportWhat.FILLS:
                return FILL_COLUMNS, self._fills(frozenset(chosen))
            case ExportWhat.STEPS:
                return STEP_COLUMNS, self._steps(chosen)

    def _counted(self, lines: Iterable[Line], total: int) -> Iterator[Line]:
        for done, line in enumerate(lines, 1):
            if done % BATCH == 0 or done == total:
                self._told(done, total)
            yield line

    def _orders(self, chosen: list[str]) -> Iterator[Line]:
        for order_id in chosen:
            row = self._index.row(order_id)
            assert row is not None
            yield order_line(row.order, row.origin)

    def _fills(self, chosen: frozenset[str]) -> Iterator[Line]:
        """Oldest first, as they were told; each once."""
        seen: set[tuple[str, str]] = set()
        for entry in self._index.entries():
            if not isinstance(entry, FillTaken) or (entry.fill.instrument_id, entry.fill.trade_id) in seen:
                continue
            order_id = self._index.order_id_of(entry.fill)
            if order_id in chosen:
                seen.add((entry.fill.instrument_id, entry.fill.trade_id))
                if len(seen) % BATCH == 0:
                    self._told(len(seen), 0)
                yield fill_line(entry.fill)

    def _steps(self, chosen: list[str]) -> Iterator[Line]:
        """The lives of some thousand orders at a time, so that what is held stays bounded."""
        rest, done = iter(chosen), 0
        while batch := tuple(islice(rest, BATCH)):
            told = self._told_of(frozenset(batch))
            for order_id in batch:
                row = self._index.row(order_id)
                assert row is not None
                for number, step in enumerate(life(row.order, told.get(order_id, ())), 1):
                    yield step_line(row.order, number, step)
            done += len(batch)
            self._told(done, len(chosen))

    def _told_of(self, chosen: frozenset[str]) -> dict[str, list[JournalEntry]]:
        found: dict[str, list[JournalEntry]] = {}
        for entry in self._index.entries():
            for order_id in self._ids_in(entry):
                if order_id in chosen:
                    found.setdefault(order_id, []).append(entry)
        return found

    def _ids_in(self, entry: JournalEntry) -> tuple[str, ...]:
        match entry:
            case OrdersPlanned(orders=orders) | Checkpoint(orders=orders):
                return tuple(order.client_order_id for order in orders)
            case OrdersSent(client_order_ids=order_ids):
                return order_ids
            case OrderMoved(client_order_id=order_id) | CancelAsked(client_order_id=order_id):
                return (order_id,)
            case ReportTaken(report=told):
                return (self._index.order_id_of(told),)
            case FillTaken(fill=fill):
                return (self._index.order_id_of(fill),)
        return ()


def _write_csv(path: Path, columns: tuple[ExportColumn, ...], lines: Iterator[Line]) -> int:
    rows = 0
    with path.open("x", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        for line in lines:
            rows += 1
            writer.writerow([cell(value, column.holds) for column, value in zip(columns, line, strict=True)])
    return rows


def _write_parquet(path: Path, columns: tuple[ExportColumn, ...], lines: Iterator[Line]) -> int:
    """Decimals stay decimals where 38 digits hold all of a column, else they are texts; never floats."""
    import polars as pl

    types = {Holds.TIME: pl.Int64, Holds.YES_OR_NO: pl.Boolean, Holds.TEXT: pl.String, Holds.DECIMAL: pl.String}
    schema = {column.name: types[column.holds] for column in columns}
    decimals = [at for at, column in enumerate(columns) if column.holds is Holds.DECIMAL]
    whole, places = dict.fromkeys(decimals, 1), dict.fromkeys(decimals, 0)
    parts = [pl.DataFrame(schema=schema)]
    while batch := [list(line) for line in islice(lines, BATCH)]:
        for line in batch:
            for at in decimals:
                if line[at] is not None:
                    line[at] = text = f"{line[at]:f}"
                    before, _, after = text.lstrip("-").partition(".")
                    whole[at], places[at] = max(whole[at], len(before)), max(places[at], len(after))
        parts.append(pl.DataFrame(batch, schema=schema, orient="row"))
    frame = pl.concat(parts)
    fitting = [
        pl.col(columns[at].name).cast(pl.Decimal(_DIGITS, places[at]))
        for at in decimals
        if whole[at] + places[at] <= _DIGITS
    ]
    times = [pl.col(column.name).cast(pl.Datetime("ns", "UTC")) for column in columns if column.holds is Holds.TIME]
    frame.with_columns(*fitting, *times).write_parquet(path)
    return frame.height
