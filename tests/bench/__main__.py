"""`make bench`: every benchmark, or those named; each compares with a peer or a physical limit in the same run."""

from __future__ import annotations

import importlib
import sys

from tests.bench.measured import Measured, table

BENCHES = ("journal", "submissions", "restart", "edge", "start", "key", "screen", "desk", "load", "burst", "memory")
"""From the wire to the desk, then what lasts longest."""


def main(names: list[str]) -> int:
    """Run and print; exit code 2 for a name that does not exist."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHES)}", file=sys.stderr)
        return 2
    rows: list[Measured] = []
    for name in names or BENCHES:
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows += importlib.import_module(f"tests.bench.bench_{name}").run()
    print(table(rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
