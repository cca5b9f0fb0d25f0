"""The headless half of the `fks` command: engine, sim, doctor, config."""

from fks_engine.cli.arguments import parse
from fks_engine.cli.dispatch import reporting, run
from fks_engine.cli.reading import read_settings

__all__ = ["parse", "read_settings", "reporting", "run"]
