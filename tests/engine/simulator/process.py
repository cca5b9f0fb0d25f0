"""A real simulator process for tests: started on a free port, stopped at the end."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

READY_SECONDS = 30.0
STOP_SECONDS = 10.0


@dataclass(frozen=True)
class SimulatorProcess:
    """Where a running simulator is reached, and how to sign for its account."""

    rest: str
    ws: str
    ws_api: str
    key: str
    secret: str
    pid: int
    process: asyncio.subprocess.Process
    control: str = ""
    """The control port, with `control=True`."""

    async def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait; the exit code."""
        if self.process.returncode is None:
            os.kill(self.pid, number)
        return await asyncio.wait_for(self.process.wait(), STOP_SECONDS)


async def start_simulator(key: str = "test-key", secret: str = "test-secret", **options: object) -> SimulatorProcess:
    """Start `python -m fks_engine.simulator`; `symbols=3` becomes `--symbols 3`, `x=True` a flag `--x`."""
    arguments: list[str] = []
    for name, value in options.items():
        flag = "--" + name.replace("_", "-")
        arguments += [flag] if value is True else [flag, str(value)]
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "fks_engine.simulator",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"FKS_SIM_KEY": key, "FKS_SIM_SECRET": secret},
    )
    assert process.stdout is not None
    line = await asyncio.wait_for(process.stdout.readline(), READY_SECONDS)
    if not line:
        raise AssertionError(f"the simulator ended with code {await process.wait()} before it was ready")

    address = json.loads(line)
    return SimulatorProcess(**address, key=key, secret=secret, pid=process.pid, process=process)


@asynccontextmanager
async def simulator(**options: object) -> AsyncIterator[SimulatorProcess]:
    """A running simulator; options as for `start_simulator`."""
    running = await start_simulator(**options)  # type: ignore[arg-type]
    try:
        yield running
    finally:
        if running.process.returncode is None:
            running.process.terminate()
            try:
                await asyncio.wait_for(running.process.wait(), STOP_SECONDS)
            except TimeoutError:
                running.process.kill()
                await running.process.wait()
        if running.process.stdin is not None:
            running.process.stdin.close()
