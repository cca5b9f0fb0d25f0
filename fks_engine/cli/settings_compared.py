"""The settings that an engine runs with held against those that are asked for now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.api import SettingRow
from fks_engine.config.rows import setting_lines
from fks_engine.errors import EngineError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from fks_engine.config import Settings

COMMAND_LINE, DEFAULT = "command line", "default"
SAID_ALREADY = frozenset({"mode", "exchange.name", "exchange.read_only"})
"""Settings whose difference is refused before, in words of its own."""
_ENGINES_OF_THE_DESK = frozenset({"desk.views_per_second"})


def is_the_desks(key: str) -> bool:
    """Whether a setting belongs to the desk, which reads it whenever it is opened."""
    return key == "keys" or (key.startswith("desk.") and key not in _ENGINES_OF_THE_DESK)


def desk_rows(settings: Settings) -> tuple[SettingRow, ...]:
    """The desk's own settings."""
    return tuple(SettingRow(*line) for line in setting_lines(settings) if is_the_desks(line.key))


def unmet(running: Iterable[SettingRow], settings: Settings) -> tuple[SettingRow, ...]:
    """What is asked of the engine, where the one that runs does otherwise.

    A default asks for nothing, but for a line that was taken out of the settings file that the engine has read.
    """
    found = []
    rows = {row.key: row for row in running}
    for line in setting_lines(settings):
        row = rows.get(line.key)
        if row is None or row.value == line.value or line.key in SAID_ALREADY or is_the_desks(line.key):
            continue
        if line.source != DEFAULT or row.source.endswith(".toml"):
            found.append(SettingRow(*line))
    return tuple(found)


def refuse_unmet_options(running: Iterable[SettingRow], asked: Iterable[SettingRow]) -> None:
    """Raise EngineError where the command line asks for what the engine that runs does not do."""
    wanted = [row for row in asked if row.source == COMMAND_LINE]
    if wanted:
        way_out = "an engine takes options at its start: `fks engine stop` stops this one; or leave the option away"
        raise EngineError("\n".join([*words(running, wanted), way_out]))


def words(running: Iterable[SettingRow], asked: Iterable[SettingRow]) -> tuple[str, ...]:
    """One line for each setting in which the engine does otherwise than asked."""
    rows = {row.key: row.value for row in running}
    return tuple(f"{row.key}: the engine runs with {rows[row.key]}, {_asker(row)} {row.value}" for row in asked)


def _asker(row: SettingRow) -> str:
    if row.source == COMMAND_LINE:
        return "you asked for"
    return "it is now the default," if row.source == DEFAULT else f"{row.source} now says"
