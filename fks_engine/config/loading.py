"""Reads the settings from their four places, strongest first, and says in one error all that is wrong with them."""

from __future__ import annotations

import difflib
import os
import tomllib
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError
from pydantic_settings import EnvSettingsSource

from fks_engine.config.folders import user_folders
from fks_engine.config.settings import ENVIRONMENT_PREFIX, NESTED_DELIMITER, Settings, keys, secret_keys, section_names
from fks_engine.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import ErrorDetails

VARIABLES_OF_OTHERS = frozenset(
    {"FKS_HOME", "FKS_CONFIG", "FKS_MARKET_DATA", "FKS_SIM_KEY", "FKS_SIM_SECRET", "FKS_DATABASE_URL"}
)
"""Variables that are ours and no settings."""
COMMAND_LINE = "command line"
LARGEST_FILE = 1_000_000
"""Bytes; more is no settings file."""


@dataclass(frozen=True, slots=True)
class Layer:
    """The values one place gives, by dotted key."""

    values: Mapping[str, object]
    sources: Mapping[str, str]
    """Where each value stands, in the user's words and as short as a table cell."""
    places: Mapping[str, str]
    """The same for an error's first word: the whole path of a file."""


def load_settings(overrides: Mapping[str, object] | None = None, *, config_file: Path | None = None) -> Settings:
    """The settings of this user, each value from the strongest place that has it.

    `overrides` are the command line's values by dotted key (`simulator.seed`); then come FKS_* variables, then
    `config_file` (else FKS_CONFIG, else fks.toml in the config folder), then the defaults.
    Raises ConfigError with one line for each problem.
    """
    problems: list[str] = []
    layers = (
        _file_layer(config_file, problems),
        _environment_layer(problems),
        _command_line_layer(overrides or {}, problems),
    )
    values: dict[str, object] = {}
    sources: dict[str, str] = {}
    places: dict[str, str] = {}
    for layer in layers:
        values |= layer.values
        sources |= layer.sources
        places |= layer.places
    settings: Settings | None = None
    try:
        settings = Settings(**_nested(values))
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
        problems += [_problem(detail, values, places) for detail in details]
    if problems or settings is None:
        raise ConfigError(list(dict.fromkeys(problems)))
    return settings.with_sources(sources)


def settings_file(named: Path | None = None) -> Path:
    """The file that is read: `named`, else the one that FKS_CONFIG names, else fks.toml in the config folder."""
    variable = os.environ.get("FKS_CONFIG", "").strip()
    return named or (Path(variable).expanduser() if variable else user_folders().settings_file)


def _file_layer(named: Path | None, problems: list[str]) -> Layer:
    """What fks.toml says. A missing file is a problem only where the user named it."""
    named_by = "--config" if named else "FKS_CONFIG"
    path = settings_file(named)
    try:
        document = _read_toml(path)
    except FileNotFoundError:
        document = {}
        if named is not None or os.environ.get("FKS_CONFIG", "").strip():
            problems.append(f"{path}: no such file; it was named by {named_by}")
    except (OSError, ValueError) as error:
        document = {}
        problems.append(f"{path}: {_file_fault(error)}")
    values: dict[str, object] = {}
    for key, value in _flattened(document):
        if key in keys():
            values[key] = _opened(value) if key == "keys" and isinstance(value, dict) else value
        else:
            problems.append(f"{path}: {key}: {_unknown(key, value)}")
    return Layer(values, dict.fromkeys(values, path.name), dict.fromkeys(values, str(path)))


def _opened(table: Mapping[str, object]) -> dict[str, object]:
    """TOML reads `order.buy = "x"` without quotes around its name as a table in a table; both mean the same."""
    opened: dict[str, object] = {}
    for name, inner in table.items():
        if isinstance(inner, dict):
            opened |= {f"{name}.{rest}": each for rest, each in _opened(inner).items()}
        else:
            opened[name] = inner
    return opened


def _read_toml(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        text = file.read(LARGEST_FILE + 1)
    if len(text) > LARGEST_FILE:
        raise ValueError(f"is larger than {LARGEST_FILE:,} bytes; this is no settings file")
    return tomllib.loads(text.decode("utf-8"), parse_float=Decimal)


def _file_fault(error: OSError | ValueError) -> str:
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    if isinstance(error, tomllib.TOMLDecodeError):
        return f"is not TOML: {error}"
    if isinstance(error, UnicodeDecodeError):
        return f"is not UTF-8 text: byte {error.start} cannot be read"
    return str(error)


def _environment_layer(problems: list[str]) -> Layer:
    """What the FKS_* variables say."""
    names: dict[str, str] = {}
    for name in os.environ:
        if not name.upper().startswith(ENVIRONMENT_PREFIX) or name.upper() in VARIABLES_OF_OTHERS:
            continue
        key = name[len(ENVIRONMENT_PREFIX) :].lower().replace(NESTED_DELIMITER, ".")
        if key in keys():
            names[key] = name
        else:
            problems.append(f"{name}: unknown variable; {_suggestion(key, _variable_of)}")
    given = _flattened(EnvSettingsSource(Settings)())
    values = {key: value for key, value in given if key in names}
    sources = {key: names[key] for key in values}
    return Layer(values, sources, sources)


def _command_line_layer(overrides: Mapping[str, object], problems: list[str]) -> Layer:
    """What the options of the command say."""
    values: dict[str, object] = {}
    for key, value in _flattened(overrides):
        if key in keys():
            values[key] = value
        else:
            problems.append(f"{COMMAND_LINE}: {key}: {_unknown(key, value)}")
    sources = dict.fromkeys(values, COMMAND_LINE)
    return Layer(values, sources, sources)


def _flattened(document: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Dotted keys and their values: a table that is no value of ours is opened, one that is stays whole."""
    for name, value in document.items():
        if isinstance(value, dict) and name in section_names():
            yield from ((f"{name}.{key}", inner) for key, inner in value.items())
        else:
            yield name, value


def _nested(values: Mapping[str, object]) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        if section:
            document.setdefault(section, {})[name] = value
        else:
            document[name] = value
    return document


def _variable_of(key: str) -> str:
    return ENVIRONMENT_PREFIX + key.upper().replace(".", NESTED_DELIMITER)


def _unknown(key: str, value: object) -> str:
    if key in section_names():
        return f"found {_shown(key, value)}, and this is a section: its values are {_listed_in(key)}"
    if isinstance(value, dict) and "." not in key:
        return f"unknown section; the sections are {', '.join(sorted(section_names()))}"
    return f"unknown key; {_suggestion(key, str)}"


def _suggestion(key: str, spelled: Any) -> str:
    """Which key may have been meant, else what there is to choose from."""
    close = difflib.get_close_matches(key, keys(), n=1, cutoff=0.75)
    if close:
        return f"did you mean {spelled(close[0])}?"
    section, _, name = key.partition(".")
    elsewhere = [known for known in keys() if known.rpartition(".")[2] == (name or section)]
    if elsewhere:
        return f"did you mean {' or '.join(map(spelled, elsewhere))}?"
    if section in section_names():
        return f"[{section}] knows {_listed_in(section)}"
    return f"the sections are {', '.join(sorted(section_names()))}"


def _listed_in(section: str) -> str:
    return ", ".join(key.rpartition(".")[2] for key in keys() if key.startswith(f"{section}."))


def _problem(detail: ErrorDetails, values: Mapping[str, object], places: Mapping[str, str]) -> str:
    """One line about one refused value: the place, the key, what was found, what is allowed."""
    path = [str(part) for part in detail["loc"]]
    key = next((".".join(path[:length]) for length in (2, 1) if ".".join(path[:length]) in keys()), ".".join(path))
    allowed = detail["msg"].removeprefix("Value error, ")
    allowed = allowed.replace("Input should", "it should").replace("Field required", "it is missing")
    allowed = allowed.replace("Input is not", "it is not").replace("valid dictionary", "table of names and values")
    if key == "keys" and len(path) > 1:
        return f"{places[key]}: {_key_problem('.'.join(path[1:]), values[key])}"
    if key in values:
        return f"{places[key]}: {key}: found {_shown(key, values[key])}; {allowed}"
    involved = sorted({place for name, place in places.items() if not key or name.startswith(f"{key}.")})
    return f"{' and '.join(involved) or 'settings'}: {key + ': ' if key else ''}{allowed}"


def _key_problem(action: str, table: object) -> str:
    """What is wrong with the keys of one action, and how they are written."""
    value = table.get(action) if isinstance(table, dict) else table
    return f'keys.{action}: found {_shown("keys", value)}; write keys as text in quotes: "{action}" = "b,f12"'


def _shown(key: str, value: object) -> str:
    """A value as it may be printed: secrets and whole tables as what they are, the rest cut to one short line."""
    if key in secret_keys():
        return "a secret (not shown)"
    if isinstance(value, dict):
        return "a table"
    text = str(value) if isinstance(value, Decimal) else repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
