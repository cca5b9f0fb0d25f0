"""From the command to the first live quote, nothing running before; then attaching to what runs."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from tests.bench.home import free_port, home
from tests.bench.measured import Measured
from tests.bench.terminal import Terminal, fks

RUNS = 3


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
        Measured("time to first live quote, cold", f"{ours:.2f} s", f"{bare:.2f} s", against, ours / bare),
        Measured("time to first live quote, attaching", f"{again:.2f} s", f"{bare:.2f} s", "", again / bare),
    ]
