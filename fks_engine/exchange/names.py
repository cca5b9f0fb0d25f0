"""Which exchanges there are, told without loading ccxt."""

from __future__ import annotations

import difflib
from importlib.util import find_spec
from pathlib import Path

from fks_engine.errors import ConfigError


def exchange_names() -> tuple[str, ...]:
    """The ids of the exchanges that ccxt.pro streams, as its installed files name them."""
    spec = find_spec("ccxt")
    folders = spec.submodule_search_locations if spec is not None else None
    found = {path.stem for folder in folders or () for path in Path(folder, "pro").glob("*.py")}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def check_exchange_name(name: str) -> None:
    """Raises ConfigError, with what may have been meant, for an exchange that ccxt.pro does not stream."""
    names = exchange_names()
    if name not in names:
        close = difflib.get_close_matches(name, names, n=3) or names
        raise ConfigError([f"exchange.name: found {name!r}; ccxt.pro streams no such exchange, but {', '.join(close)}"])
