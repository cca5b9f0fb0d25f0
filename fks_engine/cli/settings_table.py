"""`fks config`: every setting with its value and where the value comes from; secrets masked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fks_engine.config.rows import setting_lines

if TYPE_CHECKING:
    from fks_engine.config import Folders, Settings


def run(settings: Settings, folders: Folders, *, describe: bool) -> int:
    """Print the table."""
    lines = setting_lines(settings)
    key_width, value_width = (max(len(line[column]) for line in lines) for column in (0, 1))
    there = "" if folders.settings_file.exists() else " (not there: every setting has a default)"
    print(f"# {folders.settings_file}{there}")
    for line in lines:
        print(f"{line.key:<{key_width}}  {line.value:<{value_width}}  {line.source}")
        if describe:
            print(f"    {line.description}")
    return 0
