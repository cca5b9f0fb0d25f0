"""`python -m tests.chaos --runs N --seed S`: exit code 1 where anything was lost, sent twice or differs."""

from __future__ import annotations

import argparse
import sys
import time

import anyio

from tests.chaos.run import chaos


def main() -> int:
    """Read the command line and let the engine die."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=300, help="how often the engine dies (300)")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; each further one counts on (1)")
    parser.add_argument("--parallel", type=int, default=2, help="how many runs at a time (2)")
    given = parser.parse_args()
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stdout.write(f"{time.monotonic() - began:7.1f} s  {line}\n")
        sys.stdout.flush()

    tally = anyio.run(chaos, given.runs, given.seed, say, given.parallel)
    for line in tally.table():
        say(line)
    sys.stdout.write(f"{tally.line()}\n")
    return 0 if tally.holds else 1


if __name__ == "__main__":
    sys.exit(main())
