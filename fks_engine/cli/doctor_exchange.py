"""The doctor's look at the exchange: whether it answers, how quickly, and how far its clock is from ours."""

from __future__ import annotations

import tempfile
from contextlib import AsyncExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import ExchangeMeasured, Failed, MeasureExchange
from fks_engine.cli.doctor_machine import Finding, Verdict
from fks_engine.clock import SystemClock
from fks_engine.errors import FksError
from fks_engine.model import Mode
from fks_engine.wire import connect

if TYPE_CHECKING:
    from fks_engine.config import Folders, Settings

SAMPLES = 5
DEADLINE_S = 45.0
LARGEST_OFFSET_MS = 500.0
"""An offset that deserves a word; the exchange refuses what is later than recv_window_ms."""


async def exchange_findings(settings: Settings, folders: Folders, engine_runs: bool) -> list[Finding]:
    """Ask the running engine, or the exchange itself where none runs."""
    try:
        with anyio.fail_after(DEADLINE_S):
            if engine_runs:
                measured = await _by_engine(folders)
            else:
                measured = await _by_ourselves(settings)
    except FksError as error:
        return [Finding(Verdict.FAIL, "exchange", f"{settings.exchange.name}: {error}", _remedy(settings))]
    except TimeoutError:
        text = f"{settings.exchange.name}: no answer in {DEADLINE_S:g} s"
        return [Finding(Verdict.FAIL, "exchange", text, _remedy(settings))]
    what = f"{settings.exchange.name} ({_which(settings)}{', asked by the engine' if engine_runs else ''})"
    text = f"{what}: round trip {measured.round_trip_ms:.0f} ms, at worst {measured.worst_round_trip_ms:.0f} ms"
    return [Finding(Verdict.OK, "exchange", text), _clock(settings, measured.clock_offset_ms)]


async def _by_engine(folders: Folders) -> ExchangeMeasured:
    async with connect(folders.socket) as desk:
        async for part in desk.run(MeasureExchange(SAMPLES)):
            if isinstance(part, ExchangeMeasured):
                return part
            if isinstance(part, Failed):
                raise FksError(part.message)
    raise FksError("the engine measured nothing")


async def _by_ourselves(settings: Settings) -> ExchangeMeasured:
    """A simulator is started for this in mode sim, in a folder that goes away with it."""
    from fks_engine.engine.choices import exchange_options
    from fks_engine.engine.measure import best_offset_ms, sample
    from fks_engine.engine.simulator_process import SimulatorProcess
    from fks_engine.exchange import build_exchange

    clock = SystemClock()
    async with AsyncExitStack() as stack:
        address = None
        if settings.mode is Mode.SIM and not settings.exchange.read_only:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="fks-doctor-")))
            address, _ = await stack.enter_async_context(SimulatorProcess(settings, _folders_in(home)).running())
        exchange = build_exchange(exchange_options(settings, address), clock, lambda fault: None)
        stack.push_async_callback(exchange.close)
        await sample(exchange, clock)  # the first one opens the connection
        samples = [await sample(exchange, clock) for _ in range(SAMPLES)]
    trips = sorted(each.round_trip_ms for each in samples)
    return ExchangeMeasured(trips[len(trips) // 2], trips[-1], best_offset_ms(samples), len(samples))


def _folders_in(home: Path) -> Folders:
    from fks_engine.config import user_folders

    return user_folders({"FKS_HOME": str(home)})


def _clock(settings: Settings, offset_ms: float) -> Finding:
    text = f"the exchange's is {abs(offset_ms):.0f} ms {'ahead of' if offset_ms >= 0 else 'behind'} this machine's"
    if abs(offset_ms) >= settings.exchange.recv_window_ms:
        return Finding(Verdict.FAIL, "clock", text, "set this machine's clock (NTP); orders are refused until then")
    if abs(offset_ms) >= LARGEST_OFFSET_MS:
        return Finding(Verdict.WARN, "clock", text, "set this machine's clock (NTP)")
    return Finding(Verdict.OK, "clock", text)


def _which(settings: Settings) -> str:
    return "production, read-only" if settings.exchange.read_only else settings.mode.value


def _remedy(settings: Settings) -> str:
    if settings.mode is Mode.SIM and not settings.exchange.read_only:
        return "run `fks sim` by itself to see what it says"
    return "check the network and the proxy; some countries and networks keep exchanges out"
