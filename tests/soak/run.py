"""One soak from its start to its verdict: processes, load, trouble, calm, comparison."""

from __future__ import annotations

import os
import re
import subprocess
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fks_engine.api import CancelAllOrders, InstrumentsPage, InstrumentsRequest
from fks_engine.config import user_folders
from fks_engine.wire import connect
from tests.bench.home import KEY, SECRET, free_port, home
from tests.bench.terminal import fks
from tests.engine.simulator.control_client import ControlClient
from tests.soak.desks import Person, Reader
from tests.soak.exchange import ExchangeAccount
from tests.soak.faults import Trouble, episodes
from tests.soak.samples import Sampler
from tests.soak.trader import Trader
from tests.soak.verdict import Books, Check, agreed, flatness, lives, recoveries
from tests.soak.watch import Watch

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from fks_engine.model import Instrument, InstrumentId

COINS = ("BTC", "ETH", "SOL", "BNB")
SYMBOLS = tuple(f"{coin}USDT" for coin in COINS)
LISTENS = re.compile(r"the simulator \(pid (\d+)\) listens at (\S+); its faults are switched at (\S+)")
LIVE_WITHIN_S = 60.0
CALM_S = 5.0


@dataclass
class Soak:
    """The parts of a soak that runs."""

    environment: Mapping[str, str]
    watch: Watch
    trader: Trader
    trouble: Trouble
    reader: Reader
    person: Person
    sampler: Sampler
    books: Books
    logs: Path
    warm_s: float
    seconds: float

    def simulators(self) -> list[tuple[int, str]]:
        """Process and control address of every simulator that the engine has started."""
        return [(int(pid), control) for pid, _, control in LISTENS.findall(_text(self.logs, "engine.log"))]

    def tracebacks(self) -> list[str]:
        """Every traceback in the logs, from where it begins."""
        found = []
        for name in ("engine.log", "engine.out", "simulator.log"):
            pieces = _text(self.logs, name).split("Traceback (most recent call last)")
            found += [f"{name}: {piece[:1500]}" for piece in pieces[1:]]
        return found

    async def run(self) -> list[Check]:
        """Load and trouble for the given time, then calm; the verdict."""
        for name, pid in (("engine", self.watch.desk.view().engine.pid), ("simulator", self.simulators()[-1][0])):
            self.sampler.begin(name, pid)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.sampler.run)
            tasks.start_soon(self.watch.run)
            began = anyio.current_time()
            with anyio.move_on_after(self.seconds):
                async with anyio.create_task_group() as load:
                    for part in (self.trader, self.reader, self.person, self.trouble):
                        load.start_soon(part.run)
                    load.start_soon(self._send_home)
            checks = await self._compare()
            tasks.cancel_scope.cancel()
        checks += lives(self.watch, len(self.simulators()), self.tracebacks(), self.person)
        checks += recoveries(self.watch, self.trouble)
        return checks + flatness(self.sampler, began + self.warm_s)

    async def _send_home(self) -> None:
        """Tell the person to go when the time is over: what runs in a thread cannot be canceled."""
        try:
            await anyio.sleep_forever()
        finally:
            self.person.go()

    async def _compare(self) -> list[Check]:
        """Calm, then what the engine believes beside what the exchange says, before and after a cancel of all."""
        self.watch.trouble = "the calm at the end"
        with anyio.move_on_after(LIVE_WITHIN_S):
            await self.watch.is_live()
        await anyio.sleep(CALM_S)
        checks = [await self.books.settled(), await self.books.working()]
        await self.watch.desk.submit(CancelAllOrders())

        async def left() -> list[str]:
            return [each.client_order_id for each in self.watch.desk.view().working_orders]

        still = await agreed(left)
        checks.append(Check("working after cancel all", f"{len(still)}", "0", not still, tuple(still[:8])))
        checks += [await self.books.working(), await self.books.fills(), await self.books.ends()]
        return [*checks, await self.books.balances()]


def _text(folder: Path, name: str) -> str:
    """A log and the older parts that rotation put aside, oldest first."""
    parts = [folder / f"{name}.{number}" for number in (2, 1)] + [folder / name]
    return "".join(part.read_text("utf-8", "replace") for part in parts if part.is_file())


def settings_of(port: int, seed: int) -> dict[str, object]:
    """Four markets, an account that may trade in them, and faults that can be switched."""
    return {
        "simulator.port": port,
        "simulator.control": "true",
        "simulator.symbols": len(COINS),
        "simulator.seed": seed,
        "simulator.balance": "USDT=100000,BTC=0.1,ETH=2",
        "market.watchlist": ",".join(f"{coin}/USDT" for coin in COINS),
        "exchange.rest_timeout_s": 5,
    }


@asynccontextmanager
async def prepared(seconds: float, seed: int, keep: Path | None = None, pace: float = 1.0) -> AsyncIterator[Soak]:
    """A new engine with its simulator in a folder of its own, and everything that will torment it."""
    port = free_port()
    with home(**settings_of(port, seed)) as environment:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FKS_")} | environment
        logs = Path(environment["FKS_HOME"]) / "logs"
        try:
            await anyio.run_process(fks("engine", "start"), env=kept, stderr=subprocess.STDOUT)
            async with (
                connect(user_folders(environment).socket) as desk,
                connect(user_folders(environment).socket) as hands,
            ):
                watch = Watch(desk)
                with anyio.fail_after(LIVE_WITHIN_S):
                    await watch.is_live()
                control = LISTENS.findall(_text(logs, "engine.log"))[-1][2]
                sampler = Sampler()
                markets = await instruments(watch)
                async with (
                    ControlClient.connect(control) as switch,
                    ExchangeAccount.connect(f"http://127.0.0.1:{port}", KEY, SECRET) as account,
                ):
                    yield Soak(
                        kept,
                        watch,
                        Trader(hands, seed + 1, markets),
                        Trouble(switch, watch, episodes(seed, SYMBOLS, pace)),
                        Reader(user_folders(environment).socket, tuple(markets), seed + 2),
                        Person(kept, sampler, seed + 3, (min(15.0, seconds / 6), min(90.0, seconds / 3))),
                        sampler,
                        Books(watch, account, SYMBOLS),
                        logs,
                        min(120.0, seconds / 4),
                        seconds,
                    )
        finally:
            if keep is not None and logs.is_dir():
                await to_thread.run_sync(_keep, logs, keep)


async def instruments(watch: Watch) -> dict[InstrumentId, Instrument]:
    """The markets to trade in."""
    page = await watch.desk.query(InstrumentsRequest(limit=200))
    assert isinstance(page, InstrumentsPage), page
    return {each.id: each for each in page.items if each.quote == "USDT" and each.base in COINS}


def _keep(logs: Path, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for file in logs.iterdir():
        (folder / file.name).write_bytes(file.read_bytes())
