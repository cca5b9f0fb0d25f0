"""From the command to the first live quote, nothing running before; then attaching to what runs."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from tests.bench.home import free_port, home
from tests.bench.measured import Measured, against_goal
from tests.bench.terminal import Terminal, fks

RUNS = 3
GOAL_FIRST_S, GOAL_ATTACH_S = 3.0, 1.0


def _bare_s() -> float:
    """Seconds for a script: start the simulator, load ccxt and its markets, print the first quote."""
    began = time.monotonic()
    subprocess.run([sys.executable, "-m", "tests.bench.bare_first_quote"], check=True, capture_output=True, timeout=120)
    return time.monotonic() - began


def run() -> list[Measured]:
    """Seconds to a screen that says LIVE: cold, and attached to a running engine."""
    cold: list[float] = []
    attach: list[float] = []
    for _ in range(RUNS):
        with home(**{"simulator.port": free_port()}) as environment:
            for times in (cold, attach):
                with Terminal(fks(), environment) as terminal:
                    times.append((terminal.wait_for("LIVE").ts_ns - terminal.started_ns) / 1e9)
    bare = median(_bare_s() for _ in range(RUNS))
    ours, again = median(cold), median(attach)
    against = "a bare script: the same simulator started, ccxt, its markets, the first quote printed"
    return [
        Measured("time to first live quote, warm machine", f"{ours:.2f} s", f"{bare:.2f} s", against, ours / bare),
        against_goal("time to first live quote, warm machine", ours, GOAL_FIRST_S, "s", digits=2),
        against_goal("time to first live quote, attaching", again, GOAL_ATTACH_S, "s", digits=2),
    ]
