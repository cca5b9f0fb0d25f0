"""How memory grows while a desk is left open: resident megabytes of engine and desk over BENCH_MINUTES."""

from __future__ import annotations

import asyncio
import os
import time
from statistics import linear_regression

from tests.bench.home import at_home, engine_view, home
from tests.bench.measured import Measured
from tests.bench.terminal import Terminal, fks

MINUTES = float(os.environ.get("BENCH_MINUTES", "2"))
WARM_S = 45.0
EVERY_S = 5.0
GOAL_MB_PER_H = 5.0


def _resident_mb(pid: int) -> float:
    """The resident memory of a process."""
    with open(f"/proc/{pid}/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def run() -> list[Measured]:
    """The slope of each process, after a minute in which caches fill."""
    with home() as environment, at_home(environment), Terminal(fks(), environment) as terminal:
        terminal.wait_for("LIVE")
        time.sleep(WARM_S)
        engine = asyncio.run(engine_view()).pid
        began, hours = time.monotonic(), []
        sizes: dict[str, list[float]] = {"engine": [], "desk": []}
        while (passed := time.monotonic() - began) < MINUTES * 60:
            hours.append(passed / 3600)
            sizes["engine"].append(_resident_mb(engine))
            sizes["desk"].append(_resident_mb(terminal.pid))
            time.sleep(EVERY_S)
    rows = []
    for name, values in sizes.items():
        slope = linear_regression(hours, values).slope
        rows.append(
            Measured(
                f"memory of the {name} over {MINUTES:g} min, now {values[-1]:.0f} MB",
                f"{slope:+.1f} MB/h",
                f"{GOAL_MB_PER_H:.0f} MB/h",
                "what this project calls flat",
                max(0.0, slope) / GOAL_MB_PER_H,
                1.0,
            )
        )
    return rows
