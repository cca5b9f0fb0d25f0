"""The headless half of the `fks` command: engine, sim, doctor, config."""

from fks_engine.cli.arguments import parse
from fks_engine.cli.dispatch import read_settings, reporting, run

__all__ = ["parse", "read_settings", "reporting", "run"]
