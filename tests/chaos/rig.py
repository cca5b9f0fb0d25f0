"""A folder with an engine that is killed and started again, and the exchange whose account outlives it."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fks_engine.api import Connection
from fks_engine.config import user_folders
from fks_engine.errors import EngineNotRunning, WireError
from fks_engine.model import Mode
from fks_engine.wire import connect
from tests.bench.home import KEY, SECRET
from tests.chaos.engine import EXCHANGE, ROTATE_AT
from tests.chaos.exchange import ChaosExchange
from tests.soak.exchange import ExchangeAccount
from tests.soak.run import SYMBOLS, settings_of

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.api import Desk

UP_WITHIN_S = 60.0
ROOT = Path(__file__).parents[2]
QUICK: dict[str, object] = {
    "exchange.rest_timeout_s": 2,
    "exchange.recv_window_ms": 2_000,
    "engine.restart_backoff_max_s": 2,
    "engine.order_audit_s": 3,
}
"""Shorter waits than a trader would set: what is waited for is the same."""


class NeverUpError(Exception):
    """The engine did not come up, or not to where its gate is open; holds the end of its log."""


@dataclass
class Rig:
    """The folder, the engine that runs in it, and the exchange."""

    environment: dict[str, str]
    exchange: ChaosExchange
    rotate_at: int
    process: subprocess.Popen[bytes] | None = None
    is_kept: bool = False
    """The folder is to be looked at, and stays."""
    _outside: dict[str, str] = field(
        default_factory=lambda: {name: value for name, value in os.environ.items() if not name.startswith("FKS_")}
    )

    @property
    def folder(self) -> Path:
        """Everything of this rig."""
        return Path(self.environment["FKS_HOME"])

    @property
    def socket(self) -> Path:
        """Where the engine listens."""
        return user_folders(self.environment).socket

    @property
    def journals(self) -> Path:
        """Where the journal of the engine's account lies, in a folder of its own."""
        return user_folders(self.environment).of_mode(Mode.SIM) / "journal"

    @property
    def log(self) -> Path:
        """What the engines of this folder have logged."""
        return self.folder / "logs" / "engine.log"

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
                env=self._everything() | {EXCHANGE: self.exchange.address, ROTATE_AT: str(self.rotate_at)},
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

    async def has_gone(self, within_s: float) -> bool:
        """Whether the engine ends by itself within so long."""
        assert self.process is not None
        try:
            await to_thread.run_sync(self.process.wait, within_s)
        except subprocess.TimeoutExpired:
            return False
        return True

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
        """Wait until the gate is open; False where the engine died before. Raises NeverUpError.

        Where the engine stops at a difference that it cannot explain it opens nothing, and is as far as it gets.
        """
        with anyio.move_on_after(UP_WITHIN_S):
            view = desk.view()
            while self.is_up:
                found = view.reconciliation
                if view.engine.connection is Connection.LIVE or (found is not None and found.stops):
                    return True
                with anyio.move_on_after(0.5):
                    view = await desk.changed(view.number)
            return False
        raise NeverUpError(f"{desk.view().engine.detail}\n{self.last_words()}")

    async def verified(self) -> str:
        """What `fks journal verify` says against the journal; empty where it is whole."""
        command = [sys.executable, "-m", "fks_engine.cli", "journal", "verify"]
        ended = await anyio.run_process(
            command, check=False, cwd=ROOT, env=self._everything(), stderr=subprocess.STDOUT
        )
        return ended.stdout.decode().strip() if ended.returncode else ""

    def last_words(self) -> str:
        """The end of the log."""
        return self.log.read_text("utf-8", "replace")[-4_000:] if self.log.is_file() else ""

    def tracebacks(self) -> list[str]:
        """Every traceback in the logs, from where it begins."""
        found = []
        for path in (self.log, self.log.with_suffix(".out"), self.exchange.folder / "simulator.log"):
            text = path.read_text("utf-8", "replace") if path.is_file() else ""
            found += [f"{path.name}: {piece[-600:]}" for piece in text.split("Traceback (most recent call last)")[1:]]
        return found

    def _everything(self) -> dict[str, str]:
        return self._outside | {"PYTHONPATH": str(ROOT)} | self.environment


@asynccontextmanager
async def rig(seed: int, rotate_at: int = 8 * 2**20) -> AsyncIterator[tuple[Rig, ExchangeAccount]]:
    """A rig with its exchange and without an engine yet, and the word of that exchange.

    A file of the engine's journal is full after `rotate_at` bytes.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"fks-chaos-{seed}-"))
    exchange = ChaosExchange(folder / "exchange", seed, len(SYMBOLS))
    settings = settings_of(exchange.port, seed) | QUICK
    environment = {"FKS_HOME": str(folder), "FKS_EXCHANGE__API_KEY": KEY, "FKS_EXCHANGE__API_SECRET": SECRET}
    environment |= {f"FKS_{key.upper().replace('.', '__')}": str(value) for key, value in settings.items()}
    made = Rig(environment, exchange, rotate_at)
    try:
        await exchange.start()
        async with ExchangeAccount.connect(f"http://127.0.0.1:{exchange.port}", KEY, SECRET) as account:
            yield made, account
    finally:
        with anyio.CancelScope(shield=True):
            await made.kill()
            await exchange.end()
            if not made.is_kept:
                await to_thread.run_sync(shutil.rmtree, folder, True)
