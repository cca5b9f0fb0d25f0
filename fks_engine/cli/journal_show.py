"""`fks journal show` and `fks journal verify`: what was decided and told, in words, and whether all of it is whole."""

from __future__ import annotations

import dataclasses
import json
import sys
from collections import deque
from typing import TYPE_CHECKING

from fks_engine.cli.journal_words import line, orders_in
from fks_engine.errors import JournalError
from fks_engine.journal import written
from fks_engine.journal.segment import segments

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from fks_engine.config import Folders, Settings
    from fks_engine.journal import Written


def show(settings: Settings, folders: Folders, last: int, order: str, *, as_json: bool) -> int:
    """Print the last records of every account of this mode, or those of one order; code 1 where one is damaged."""
    found = _folders(folders.of_mode(settings.mode))
    if not found:
        print(f"there is no journal of mode {settings.mode.value} in {folders.data}")
    code = 0
    for folder in found:
        if not as_json and len(found) > 1:
            print(f"{folder.name}:")
        try:
            for record in _chosen(folder, last, order):
                print(_json(record) if as_json else line(record))
        except JournalError as error:
            print(f"fks: {folder}: {error}", file=sys.stderr)
            code = 1
    return code


def verify(folders: Folders) -> int:
    """Read every journal to its end; code 1 where one cannot be gone on with."""
    found = [folder for mode in sorted(folders.data.glob("*/journal")) for folder in _folders(mode.parent)]
    if not found:
        print(f"there is no journal in {folders.data}")
    code = 0
    for folder in found:
        name = f"{folder.parent.parent.name} {folder.name}"
        try:
            count = sum(1 for _ in written(folder))
        except JournalError as fault:
            code = 1
            print(f"{name}: {fault}; it was left as it is: put back a copy of it, or move {folder} away to begin anew")
            continue
        files = segments(folder)
        size = sum(path.stat().st_size for path in files)
        print(f"{name}: whole, {count} records in {len(files)} files, {size:,} bytes")
    return code


def _folders(mode: Path) -> list[Path]:
    return sorted(path for path in (mode / "journal").glob("*") if path.is_dir())


def _chosen(folder: Path, last: int, order: str) -> Iterator[Written]:
    records = written(folder)
    if order:
        yield from (record for record in records if any(order in each for each in orders_in(record.entry)))
    else:
        yield from deque(records, maxlen=last)


def _json(record: Written) -> str:
    fields = {"number": record.number, "is": type(record.entry).__name__, **dataclasses.asdict(record.entry)}
    return json.dumps(fields, default=str)  # decimals as text: a number of JSON may lose digits on its way
