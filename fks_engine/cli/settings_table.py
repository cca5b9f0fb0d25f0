"""`fks config`: every setting with its value and where the value comes from; secrets masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fks_engine.config.settings import keys, secret_keys

if TYPE_CHECKING:
    from fks_engine.config import Folders, Settings

LONGEST_VALUE = 60


def run(settings: Settings, folders: Folders, *, describe: bool) -> int:
    """Print the table."""
    rows = [(key, shown(settings, key), settings.source_of(key)) for key in keys()]
    key_width, value_width = (max(len(row[column]) for row in rows) for column in (0, 1))
    there = "" if folders.settings_file.exists() else " (not there: every setting has a default)"
    print(f"# {folders.settings_file}{there}")
    for key, value, source in rows:
        print(f"{key:<{key_width}}  {value:<{value_width}}  {source}")
        if describe:
            print(f"    {keys()[key].description}")
    return 0


def shown(settings: Settings, key: str) -> str:
    """The value of `key` as a person reads it, cut to one short line."""
    value: object = settings
    for name in key.split("."):
        value = getattr(value, name)
    if value is None:
        return "not set"
    if key in secret_keys():
        return "set, not shown"
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}={number}" for name, number in value.items())
    elif isinstance(value, tuple):
        text = ", ".join(map(str, value))
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 4]} ..."
