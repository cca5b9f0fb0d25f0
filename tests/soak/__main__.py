"""`python -m tests.soak`: faults, a trader and two desks for as long as asked; exit code 1 where something broke."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import anyio

from tests.soak.run import prepared
from tests.soak.table import table


async def soak(minutes: float, seed: int, keep: Path | None) -> bool:
    """Run, print the table; whether everything held."""
    async with prepared(minutes * 60, seed, keep) as parts:
        checks = await parts.run()
    sys.stdout.write(table(parts, checks) + "\n")
    return all(each.holds for each in checks)


def main() -> int:
    """Read the command line and soak."""
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0, help="how long load and faults go on (30)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same faults and the same trader's dice (1)")
    parser.add_argument("--keep", type=Path, help="a folder that takes the logs of engine and simulator at the end")
    given = parser.parse_args()
    return 0 if anyio.run(soak, given.minutes, given.seed, given.keep) else 1


if __name__ == "__main__":
    sys.exit(main())
