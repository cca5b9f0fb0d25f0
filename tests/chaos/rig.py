"""A folder with an engine that is killed and started again, and the simulator whose account outlives it."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fks_engine.api import Connection
from fks_engine.config import user_folders
from fks_engine.errors import EngineNotRunning, WireError
from fks_engine.wire import connect
from tests.bench.home import KEY, SECRET, free_port, home
from tests.soak.exchange import ExchangeAccount
from tests.soak.run import settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.api import Desk

UP_WITHIN_S = 60.0
ROOT = Path(__file__).parents[2]


class NeverUpError(Exception):
    """The engine did not come up, or not to where its gate is open; holds the end of its log."""


@dataclass
class Rig:
    """The folder, and the engine that runs in it."""

    environment: dict[str, str]
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def socket(self) -> Path:
        """Where the engine listens."""
        return user_folders(self.environment).socket

    @property
    def log(self) -> Path:
        """What the engines of this folder have logged."""
        return Path(self.environment["FKS_HOME"]) / "logs" / "engine.log"

    def start(self, point: str, passage: int) -> None:
        """Start an engine that dies at a passage of `point`."""
        command = [sys.executable, "-m", "tests.chaos.engine", point, str(passage)]
        self.log.parent.mkdir(parents=True, exist_ok=True)
        with self.log.with_suffix(".out").open("ab") as output:
            self.process = subprocess.Popen(
                [*command, "engine", "run", f"--log-file={self.log}"],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": str(ROOT)} | self.environment,
            )

    def arm(self) -> None:
        """From now on the engine may die."""
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)

    @property
    def is_up(self) -> bool:
        """Whether the engine's process lives."""
        return self.process is not None and self.process.poll() is None

    async def kill(self) -> None:
        """Kill the engine, if it has not done so itself, and wait until it has gone."""
        if self.process is not None:
            if self.process.poll() is None:
                self.process.kill()
            await to_thread.run_sync(self.process.wait)

    @asynccontextmanager
    async def desk(self) -> AsyncIterator[Desk]:
        """A desk, as soon as the engine listens. Raises NeverUpError where it ended or does not."""
        deadline = asyncio.get_running_loop().time() + UP_WITHIN_S
        while True:
            try:
                async with connect(self.socket) as desk:
                    yield desk
                    return
            except (EngineNotRunning, WireError) as error:
                if not self.is_up or asyncio.get_running_loop().time() > deadline:
                    raise NeverUpError(self.last_words()) from error
                await anyio.sleep(0.05)

    async def opened(self, desk: Desk) -> bool:
        """Wait until the gate is open; False where the engine died before. Raises NeverUpError."""
        with anyio.move_on_after(UP_WITHIN_S):
            view = desk.view()
            while self.is_up:
                if view.engine.connection is Connection.LIVE:
                    return True
                with anyio.move_on_after(0.5):
                    view = await desk.changed(view.number)
            return False
        raise NeverUpError(f"{desk.view().engine.detail}\n{self.last_words()}")

    def last_words(self) -> str:
        """The end of the log."""
        return self.log.read_text("utf-8", "replace")[-4_000:] if self.log.is_file() else ""


@asynccontextmanager
async def rig(seed: int) -> AsyncIterator[tuple[Rig, ExchangeAccount]]:
    """A rig without an engine yet, and the word of its exchange."""
    port = free_port()
    with home(**settings_of(port, seed)) as environment:
        made = Rig(environment, port)
        try:
            async with ExchangeAccount.connect(f"http://127.0.0.1:{port}", KEY, SECRET) as account:
                yield made, account
        finally:
            with anyio.CancelScope(shield=True):
                await made.kill()
