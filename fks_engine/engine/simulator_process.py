"""The simulator as the engine's child: started, watched, restarted on the same port, and ended with the engine."""

from __future__ import annotations

import json
import logging
import os
import secrets
import subprocess
import sys
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import anyio

from fks_engine.config.folders import made
from fks_engine.errors import ExchangeUnavailable
from fks_engine.model import Mode

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from anyio.abc import Process

    from fks_engine.config import Folders, Settings

READY_DEADLINE_S = 30.0
STOP_DEADLINE_S = 5.0
ACCOUNT = "fks-desk"
"""The simulator's account when no api_key is set."""
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SimulatorAddress:
    """Where a running simulator listens, and the key it lets in."""

    rest: str
    ws: str
    ws_api: str
    key: str
    secret: str
    control: str = ""
    """The port on which faults are switched; empty without simulator.control."""


class SimulatorProcess:
    """A `python -m fks_engine.simulator` whose orders and balances live in the data folder of mode sim."""

    def __init__(self, settings: Settings, folders: Folders) -> None:
        self._settings = settings.simulator
        self._folder = folders.of_mode(Mode.SIM) / "simulator"
        self._log_file = folders.logs / "simulator.log"
        self._port = settings.simulator.port
        key, secret = settings.exchange.api_key, settings.exchange.api_secret
        # The account belongs to the key, so the key stays; the secret is new each time unless it is set.
        self._key = key.get_secret_value() if key else ACCOUNT
        self._secret = secret.get_secret_value() if secret else secrets.token_hex(32)
        self._logged = 0
        """Where in the log file this run's words begin."""
        self.pid: int | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[SimulatorAddress, Process]]:
        """Start the simulator for the length of the block.

        Raises ExchangeUnavailable, with the simulator's own words, when it does not get ready.
        """
        made(self._folder)
        made(self._log_file.parent)
        with self._log_file.open("ab") as log:
            self._logged = log.tell()
            process = await anyio.open_process(
                self._command(),
                stdin=subprocess.PIPE,  # the simulator ends when this pipe closes, however the engine dies
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"FKS_SIM_KEY": self._key, "FKS_SIM_SECRET": self._secret},
                start_new_session=True,
            )
        self.pid = process.pid
        try:
            yield await self._ready(process), process
        finally:
            self.pid = None
            with anyio.CancelScope(shield=True):
                await _end(process)

    def last_words(self) -> str:
        """What this run of the simulator said last, and where all of it stands."""
        line = _last_line(self._log_file, self._logged)
        return f"{line or f'it said nothing within {READY_DEADLINE_S:.0f} s'} (see {self._log_file})"

    def _command(self) -> list[str]:
        settings = self._settings
        command = [sys.executable, "-m", "fks_engine.simulator", "--exit-with-parent"]
        command += ["--host", settings.host, "--port", str(self._port), "--seed", str(settings.seed)]
        command += ["--symbols", str(settings.symbols), "--speed", str(settings.speed), "--state", str(self._folder)]
        command += ["--balance", ",".join(f"{asset}={value}" for asset, value in settings.balance.items())]
        command += ["--drive", settings.drive]
        command += ["--rate", str(settings.rate)] if settings.rate is not None else []
        command += ["--control"] if settings.control else []
        return [*command, "--file", str(settings.file)] if settings.file else command

    async def _ready(self, process: Process) -> SimulatorAddress:
        assert process.stdout is not None
        line = b""
        with anyio.move_on_after(READY_DEADLINE_S):
            try:
                while not line.endswith(b"\n"):
                    line += await process.stdout.receive()
            except anyio.EndOfStream:
                await process.wait()
        try:
            told = json.loads(line)
            address = SimulatorAddress(
                told["rest"], told["ws"], told["ws_api"], self._key, self._secret, told.get("control", "")
            )
        except (ValueError, KeyError) as error:
            raise ExchangeUnavailable(f"the simulator did not start: {self.last_words()}") from error
        self._port = int(address.rest.rpartition(":")[2])
        faults = f"; its faults are switched at {address.control}" if address.control else ""
        _log.info("the simulator (pid %s) listens at %s%s", process.pid, address.rest, faults)
        return address


async def _end(process: Process) -> None:
    """Ask the process to stop, then insist."""
    if process.returncode is None:
        process.terminate()
        with anyio.move_on_after(STOP_DEADLINE_S):
            await process.wait()
    if process.returncode is None:
        _log.warning("the simulator (pid %s) did not stop in %.0f s and was killed", process.pid, STOP_DEADLINE_S)
        process.kill()
        await process.wait()
    await process.aclose()


def _last_line(path: Path, start: int) -> str:
    """The last line of a log from byte `start` on; empty where there is none."""
    try:
        with path.open("rb") as log:
            log.seek(start)
            lines = log.read().decode("utf-8", "replace").strip().splitlines()
    except OSError:
        return ""
    return lines[-1][:300] if lines else ""
