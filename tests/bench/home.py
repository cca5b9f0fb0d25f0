"""A folder of its own for an FKS under measurement, its simulator on a known port and key, and its engine."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from fks_engine.api import Connection
from fks_engine.config import user_folders
from fks_engine.wire import connect
from tests.bench.terminal import fks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from fks_engine.api import EngineView

KEY, SECRET = "bench-key", "bench-secret"


def free_port() -> int:
    """A port that nobody listens on now."""
    with contextlib.closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def home(**settings: object) -> Iterator[dict[str, str]]:
    """The environment of an FKS in a new folder; its engine is stopped and the folder removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix="fks-"))
    environment = {"FKS_HOME": str(folder), "FKS_EXCHANGE__API_KEY": KEY, "FKS_EXCHANGE__API_SECRET": SECRET}
    environment |= {f"FKS_{key.upper().replace('.', '__')}": str(value) for key, value in settings.items()}
    try:
        yield environment
    finally:
        subprocess.run(fks("engine", "stop", "--leave-orders"), env=os.environ | environment, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def at_home(environment: dict[str, str]) -> Iterator[None]:
    """The engine of `environment` is the one that this process finds, too."""
    before = os.environ.get("FKS_HOME")
    os.environ["FKS_HOME"] = environment["FKS_HOME"]
    try:
        yield
    finally:
        os.environ.pop("FKS_HOME")
        if before is not None:
            os.environ["FKS_HOME"] = before


async def engine_view() -> EngineView:
    """How the engine of this home stands, once it is live. Raises TimeoutError."""
    async with asyncio.timeout(60), connect(user_folders().socket) as desk:
        view = await desk.changed(desk.view().number)
        while view.engine.connection is not Connection.LIVE:
            view = await desk.changed(view.number)
        return view.engine


@contextmanager
def engine(environment: dict[str, str], deadline_s: float = 60.0) -> Iterator[int]:
    """An engine without a desk, once its socket is there; its process id. It is stopped at the end."""
    process = subprocess.Popen(
        fks("engine", "run"), env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + deadline_s
    try:
        while not user_folders().socket.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError("the engine did not come up")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.terminate()
        process.wait(30)
