"""What the desk looked like when it was left: kept in one small file, so that it looks so again."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST = 100


@dataclass(frozen=True, slots=True)
class Layout:
    """The choices a person made by key; empty where none was made."""

    mode: str = ""
    market: str = ""
    """The instrument id that was followed."""
    timeframe: str = ""
    watchlist: str = ""
    sorted_by: str = ""
    is_turned: bool = False
    shows_tape: bool = False
    """Whether the tape stood in the chart's place where both do not fit."""
    theme: str = ""


class LayoutKeeper:
    """The layout as it is now. Without a file it is forgotten with the desk."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self.now = read_layout(path)

    def note(self, **changes: str | bool) -> None:
        """Remember some choices, by the names of Layout's fields."""
        self.now = replace(self.now, **changes)  # type: ignore[arg-type]

    def keep(self, mode: str) -> None:
        """Remember a screen that was turned to for the next desk, which may open before this one has ended."""
        if mode != self.now.mode:
            self.note(mode=mode)
            self.save()

    def save(self) -> None:
        """Keep it for the next desk."""
        write_layout(self._path, self.now)


def read_layout(path: Path | None) -> Layout:
    """What was kept; the desk's own choices where nothing was, or where the file is none of ours."""
    if path is None:
        return Layout()
    try:
        found = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return Layout()
    if not isinstance(found, dict):
        return Layout()
    blank = Layout()
    kept: dict[str, Any] = {
        each.name: value
        for each in fields(Layout)
        if type(value := found.get(each.name)) is type(getattr(blank, each.name)) and len(str(value)) <= _LONGEST
    }
    return Layout(**kept)


def write_layout(path: Path | None, layout: Layout) -> None:
    """Keep what the desk looks like; a disk that does not take it costs nothing but that."""
    if path is None:
        return
    beside = path.with_suffix(".new")
    with suppress(OSError):
        beside.write_text(json.dumps(asdict(layout), indent=2), "utf-8")
        beside.replace(path)
