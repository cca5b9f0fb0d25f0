"""A start after a death, with 1,000 open orders and 100,000 fills of one day: from its first step to the open gate."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
import tempfile
import time
import zlib
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

import anyio

from fks_engine.api import Connection
from fks_engine.config import load_settings, user_folders
from fks_engine.engine import Engine
from fks_engine.engine import engine as engine_module
from fks_engine.engine.records import journal_folder
from fks_engine.engine.simulator_process import ACCOUNT
from fks_engine.exchange.binance import BinanceExchange
from fks_engine.journal.segment import segments
from fks_engine.orders import OrderManager
from fks_engine.portfolio import Portfolio
from tests.bench.long_history import COINS, FILLS, OPEN_ORDERS, write_long_history
from tests.bench.measured import Measured, against_goal

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNS = 3
GOAL_S = 3.0
STEPS: tuple[tuple[Any, str, str], ...] = (
    (engine_module, "opened", "journal read"),
    (OrderManager, "restore", "orders replayed"),
    (Portfolio, "restore", "positions replayed"),
    (BinanceExchange, "open", "exchange opened"),
    (BinanceExchange, "fetch_balances", "balances asked"),
    (BinanceExchange, "fetch_fills", "fills asked"),
    (BinanceExchange, "fetch_open_orders", "open orders asked"),
    (BinanceExchange, "fetch_order", "orders asked one by one"),
)


@dataclass(frozen=True)
class Restarted:
    """One start, in seconds."""

    seconds: float
    simulated: float
    """The simulator's start, which does not count."""
    cpu: float
    """Of the engine's process until then: what is left of the time where the machine is busy with others."""
    steps: dict[str, float]

    def words(self) -> str:
        """Where the time went."""
        parts = ", ".join(f"{words} {value:.2f}" for words, value in self.steps.items() if value)
        whole = f"restart {self.seconds:.2f} s: {parts}"
        return f"{whole} ({self.cpu:.2f} of a core; the simulator's own start {self.simulated:.2f})"


@contextmanager
def stopwatches() -> Iterator[dict[str, float]]:
    """Seconds spent in each of the steps so far."""
    spent: dict[str, float] = {words: 0.0 for _, _, words in STEPS}
    with ExitStack() as stack:
        for owner, name, words in STEPS:
            stack.enter_context(mock.patch.object(owner, name, _timed(getattr(owner, name), words, spent)))
        yield spent


def _timed(function: Any, words: str, spent: dict[str, float]) -> Any:
    @wraps(function)
    def plain(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return function(*given, **named)
        finally:
            spent[words] += time.perf_counter() - began

    @wraps(function)
    async def awaited(*given: Any, **named: Any) -> Any:
        began = time.perf_counter()
        try:
            return await function(*given, **named)
        finally:
            spent[words] += time.perf_counter() - began

    return awaited if inspect.iscoroutinefunction(function) else plain


async def restart(engine: Engine, began: float) -> tuple[float, float, float]:
    """Seconds until the gate is open, those of them in which the simulator was started, and of a core."""
    starting = simulated = time.monotonic()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(engine.run)
        with anyio.fail_after(60):
            while (view := engine.shared().engine).connection is not Connection.LIVE:
                if engine._phase in {"starting", "starting the simulator"}:
                    simulated = time.monotonic()
                await anyio.sleep(0.002)
        over, cpu = time.monotonic(), time.process_time()
        assert engine.parts is not None, view
        assert len(engine.parts.orders.working()) == OPEN_ORDERS
        engine.request_stop()
    return over - began - (simulated - starting), simulated - starting, cpu


def in_a_process_of_its_own(folder: Path) -> Restarted:
    """A start from nothing, the interpreter's and the imports included."""
    command = [sys.executable, "-m", "tests.bench.bench_restart", str(folder), str(time.monotonic())]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=180, check=True)
    return Restarted(**json.loads(done.stdout))


def main(folder: Path, began: float) -> None:
    """What such a process does: its clock began when it was started."""
    spent: dict[str, float] = {"interpreter and imports": time.monotonic() - began}
    engine, _ = _made(folder)
    with stopwatches() as steps:
        seconds, simulated, cpu = anyio.run(restart, engine, began)
    print(json.dumps({"seconds": seconds, "simulated": simulated, "cpu": cpu, "steps": spent | steps}))


def _made(folder: Path) -> tuple[Engine, Path]:
    """An engine on the account, not running, and where its journal lies."""
    file = folder / "fks.toml"
    file.touch()
    watchlist = ",".join(f"{coin}/USDT" for coin in COINS)
    settings = load_settings({"simulator.symbols": "5", "market.watchlist": watchlist}, config_file=file)
    folders = user_folders({"FKS_HOME": str(folder)})
    return Engine(settings, folders), journal_folder(settings, folders, ACCOUNT)


def _read_s(folder: Path) -> tuple[float, int]:
    """Seconds to read and check all bytes of the journal, and how many there are."""
    began = time.perf_counter()
    size = 0
    for path in segments(folder):
        data = path.read_bytes()
        zlib.crc32(data)
        size += len(data)
    return time.perf_counter() - began, size


def run() -> list[Measured]:
    """The best of several starts; the simulator's own start is not counted, for an exchange is there already."""
    with tempfile.TemporaryDirectory(dir=Path.home(), prefix=".fks-bench-") as name:
        engine, journal = _made(Path(name))
        anyio.run(write_long_history, engine.settings, engine.folders, ACCOUNT, time.time_ns())
        runs = [in_a_process_of_its_own(Path(name)) for _ in range(RUNS)]
        for each in runs:
            print(each.words(), file=sys.stderr, flush=True)
        bare, size = _read_s(journal)
    best = min(runs, key=lambda each: each.seconds)
    most = max(best.steps.items(), key=lambda each: each[1])
    replayed = sum(best.steps.get(words, 0.0) for words in ("journal read", "orders replayed", "positions replayed"))
    against = f"goal; most of it: {most[0]} {most[1]:.2f} s"
    what = f"restart to reconciled, {OPEN_ORDERS:,} open orders, {FILLS:,} fills"
    whole = f"read and checksum of all {size / 1e6:.0f} MB of the journal"
    return [
        against_goal(what, best.seconds, GOAL_S, "s", against, digits=2),
        Measured("restart, journal read and replayed", f"{replayed:.2f} s", f"{bare:.2f} s", whole, replayed / bare),
    ]


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
