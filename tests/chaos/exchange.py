"""The simulator of a rig: it outlives the engine, keeps its account in a folder, and is itself killed now and then."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import aiohttp
import anyio

from tests.bench.home import KEY, SECRET, free_port
from tests.engine.simulator.control_client import ControlClient

if TYPE_CHECKING:
    from pathlib import Path

    from anyio.abc import Process

    from tests.soak.faults import Episode

READY_WITHIN_S = 30.0
BALANCE = "USDT=100000,BTC=0.1,ETH=2"
ROOM = "weight=60000,connections=3000"
"""The rig asks for the account, too, and from the same address as the engine."""
_BROKEN = (aiohttp.ClientError, OSError)


class ExchangeNeverUpError(Exception):
    """The simulator ended, or said nothing; holds the end of its log."""


@dataclass
class ChaosExchange:
    """One simulator process after the other on the same port and folder."""

    folder: Path
    seed: int
    symbols: int
    port: int = field(default_factory=free_port)
    control: str = ""
    deaths: int = 0
    struck: Counter[str] = field(default_factory=Counter)
    """By fault, how often it was met."""
    received: Counter[str] = field(default_factory=Counter)
    """By client order id, how many requests for a new order have come."""
    _process: Process | None = None
    _told: dict[str, Any] = field(default_factory=dict)
    _episode: Episode | None = None

    async def start(self) -> None:
        """Start it, and wait until it listens. Raises ExchangeNeverUpError."""
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "fks_engine.simulator", "--exit-with-parent", "--port", str(self.port)]
        command += ["--seed", str(self.seed), "--symbols", str(self.symbols), "--state", str(self.folder)]
        command += ["--balance", BALANCE, "--limits", ROOM, "--control"]
        with (self.folder / "simulator.log").open("ab") as log:
            self._process = await anyio.open_process(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=os.environ | {"FKS_SIM_KEY": KEY, "FKS_SIM_SECRET": SECRET},
            )
        assert self._process.stdout is not None
        line = b""
        with anyio.move_on_after(READY_WITHIN_S):
            try:
                while not line.endswith(b"\n"):
                    line += await self._process.stdout.receive()
            except anyio.EndOfStream:
                pass
        if not line.endswith(b"\n"):
            raise ExchangeNeverUpError((self.folder / "simulator.log").read_text("utf-8", "replace")[-2_000:])
        self._told = json.loads(line) | {"key": KEY, "secret": SECRET, "pid": self._process.pid}
        self.control = self._told["control"]

    @property
    def address(self) -> str:
        """Where it listens, as an engine of the rig is told."""
        return json.dumps(self._told)

    async def kill(self) -> None:
        """Kill it without a warning; what it has seen so far is remembered."""
        await self._remember()
        self._episode = None
        await self.end()
        self.deaths += 1

    async def end(self) -> None:
        """Kill it and wait until it has gone."""
        if self._process is not None:
            if self._process.returncode is None:
                self._process.kill()
            await self._process.wait()
            await self._process.aclose()
            self._process = None

    async def begin(self, episode: Episode) -> None:
        """Let something go wrong from now on."""
        self._episode = episode
        async with ControlClient.connect(self.control) as control:
            if episode.faults:
                await control.plan(episode.faults, episode.seed)
            if episode.offset_ms:
                await control.clock(episode.offset_ms)
                self.struck["switch clock"] += 1
            for action in episode.begin:
                await control.act(**action)
                self.struck[f"switch {action['action']}"] += not episode.faults

    async def calm(self) -> None:
        """All is well again."""
        episode, self._episode = self._episode, None
        if episode is None:
            return
        await self._note_struck()
        async with ControlClient.connect(self.control) as control:
            await control.clear()
            if episode.offset_ms:
                await control.clock(0)
            for action in episode.end:
                await control.act(**action)

    async def sent(self) -> Counter[str]:
        """By client order id, how many requests for a new order have come to any simulator of this folder."""
        async with ControlClient.connect(self.control) as control:
            stats = await control.stats()
        return self.received + Counter({name: count.received for name, count in stats.orders.items()})

    async def _remember(self) -> None:
        try:
            await self._note_struck()
            self.received = await self.sent()
        except _BROKEN:
            return

    async def _note_struck(self) -> None:
        async with ControlClient.connect(self.control) as control:
            for state in await control.faults():
                self.struck[f"{state.fault['scope']} {state.fault['kind']}"] += state.applied
