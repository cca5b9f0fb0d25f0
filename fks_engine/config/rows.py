"""Every setting as a line that a person can read: its value, its default, where it comes from; secrets masked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from pydantic_core import PydanticUndefined

from fks_engine.config.settings import keys, secret_keys

if TYPE_CHECKING:
    from fks_engine.config.settings import Settings

LONGEST_VALUE = 60


class SettingLine(NamedTuple):
    """One setting in words."""

    key: str
    value: str
    default: str
    source: str
    description: str


def setting_lines(settings: Settings) -> tuple[SettingLine, ...]:
    """Every setting, in the order of the file."""
    return tuple(
        SettingLine(key, shown(settings, key), _default(key), settings.source_of(key), field.description or "")
        for key, field in keys().items()
    )


def shown(settings: Settings, key: str) -> str:
    """The value of `key` as a person reads it, cut to one short line."""
    value: object = settings
    for name in key.split("."):
        value = getattr(value, name)
    if key in secret_keys() and value is not None:
        return "set, not shown"
    return _text(value)


def _default(key: str) -> str:
    value = keys()[key].get_default(call_default_factory=True)
    return "" if value is PydanticUndefined else _text(value)


def _text(value: object) -> str:
    if value is None:
        return "not set"
    if isinstance(value, Mapping):
        text = ", ".join(f"{name}={number}" for name, number in value.items()) or "none"
    elif isinstance(value, tuple):
        text = ", ".join(map(str, value)) or "none"
    else:
        text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= LONGEST_VALUE else f"{text[: LONGEST_VALUE - 4]} ..."
