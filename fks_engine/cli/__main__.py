"""The headless commands without the desk: what a started engine runs as."""

from __future__ import annotations

import sys

from fks_engine.cli.arguments import parse
from fks_engine.cli.dispatch import run

if __name__ == "__main__":
    sys.exit(run(parse(sys.argv[1:])))
