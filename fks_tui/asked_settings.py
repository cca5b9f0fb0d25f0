"""What the settings said when the desk was opened: the desk's own part, and what a running engine does otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from fks_engine.api import SettingRow


def changed_ns(file: Path | None) -> int:
    """When a file was changed last; 0 where it is not there."""
    try:
        return 0 if file is None else file.stat().st_mtime_ns
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class AskedSettings:
    """The settings as this desk has read them."""

    desk: tuple[SettingRow, ...] = ()
    """The desk's own part, which is in force here whatever the engine has read."""
    unmet: tuple[SettingRow, ...] = ()
    """What was asked of the engine, where it ran already with something else."""
    file: Path | None = None
    """The settings file; None where none is named."""
    file_ns: int = 0
    """When the file was last changed before it was read."""

    def in_force(self, engine: Iterable[SettingRow]) -> Iterator[SettingRow]:
        """The engine's rows, with the desk's own in their places."""
        own = {row.key: row for row in self.desk}
        for row in engine:
            yield own.get(row.key, row)

    def still_unmet(self, engine: Iterable[SettingRow]) -> dict[str, SettingRow]:
        """What was asked of the engine and is not what it runs with now, by key."""
        running = {row.key: row.value for row in engine}
        return {row.key: row for row in self.unmet if running.get(row.key, row.value) != row.value}

    @property
    def is_file_newer(self) -> bool:
        """Whether the file was changed since it was read."""
        return changed_ns(self.file) != self.file_ns
