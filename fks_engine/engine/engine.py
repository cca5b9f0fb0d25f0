"""The engine: starts what the settings ask for, in order, keeps it running, and stops it in order."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fks_engine.api import Connection, NoticeLevel, StageStatus
from fks_engine.clock import SystemClock
from fks_engine.engine.choices import exchange_options
from fks_engine.engine.desk import EngineDesk
from fks_engine.engine.loop_lag import LoopLag
from fks_engine.engine.notices import NoticeLog
from fks_engine.engine.parts import Parts, build_parts, close
from fks_engine.engine.picture import EngineFacts, Shared, shared_picture
from fks_engine.engine.records import journal_status, opened
from fks_engine.engine.simulator_process import SimulatorAddress, SimulatorProcess
from fks_engine.engine.stage_log import StageLog
from fks_engine.engine.taking_up import keep_journal
from fks_engine.errors import ExchangeUnavailable
from fks_engine.model import Mode, TradingState
from fks_engine.resilience.backoff import Backoff
from fks_engine.resilience.supervisor import Stage, Supervisor
from fks_engine.topics import Bus

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fks_engine.api import SetTradingState
    from fks_engine.clock import Clock
    from fks_engine.config import Folders, Settings

CANCEL_DEADLINE_S = 10.0


class Engine:
    """One running engine. `run` does everything; `open_desk` gives a desk its door at any time, even before."""

    def __init__(
        self, settings: Settings, folders: Folders, clock: Clock | None = None, *, halted: SetTradingState | None = None
    ) -> None:
        """`halted` has it begin with a halt."""
        self.settings = settings
        self.folders = folders
        self.clock: Clock = clock or SystemClock()
        self.bus = Bus()
        self.notices = NoticeLog(self.clock)
        self.parts: Parts | None = None
        self.tick = 0
        """Counts the moments at which desks may take a new picture."""
        self.ticked = anyio.Event()
        self.lag = LoopLag()
        self.early_halt = halted
        """A halt that was asked for before there was anything to halt."""
        self._started_ts = self.clock.now_ns()
        self._stop = anyio.Event()
        self._cancel_orders = False
        self._phase = "starting"
        self._desks = 0
        self._supervisors: list[Supervisor] = []
        self._trading: Supervisor | None = None
        """Runs all between the exchange and the door, once the exchange's address is known."""
        self._address: SimulatorAddress | None = None
        self._shared: tuple[int, Shared] | None = None

    async def run(self) -> None:
        """Start, serve until `request_stop`, then stop in the reverse order of the start."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self._beat)
            tasks.start_soon(self.lag.run)
            tasks.start_soon(StageLog(self.clock, self._standing).run)
            async with anyio.create_task_group() as stages:
                stages.start_soon(self._stages)
                await self._stop.wait()
                await self._cancel_before_stop()
                if self._trading is None:
                    stages.cancel_scope.cancel()
                else:
                    self._trading.stop()
            tasks.cancel_scope.cancel()

    @property
    def stopping(self) -> bool:
        """Whether the ordered stop has begun."""
        return self._stop.is_set()

    def request_stop(self, cancel_orders: bool = False) -> None:
        """Begin the ordered stop: no order passes from now on; `cancel_orders` cancels what is working first."""
        self._cancel_orders = self._cancel_orders or cancel_orders
        self._stop.set()
        if self.parts is not None:
            self.parts.gate.set_state(TradingState.HALTED, "the engine is stopping")

    @asynccontextmanager
    async def open_desk(self) -> AsyncIterator[EngineDesk]:
        """A desk for the length of the block."""
        desk = EngineDesk(self)
        self._count_desks(1)
        try:
            yield desk
        finally:
            self._count_desks(-1)
            desk.close()

    def _count_desks(self, change: int) -> None:
        self._desks += change
        self._shared = None  # the count is part of the picture

    def shared(self) -> Shared:
        """What all desks see at this tick."""
        if self._shared is None or self._shared[0] != self.tick:
            facts = EngineFacts(
                started_ts=self._started_ts,
                stopping=self._stop.is_set(),
                phase=self._phase,
                stages=self._statuses(),
                attached_desks=self._desks,
                loop_lag_ms=round(self.lag.now.p99_ms, 1) if self.lag.now else None,
            )
            self._shared = (self.tick, shared_picture(self.settings, facts, self.parts))
        return self._shared[1]

    async def _beat(self) -> None:
        """Let desks take a picture so many times a second; nothing is made while none looks."""
        while True:
            await anyio.sleep(1 / self.settings.desk.views_per_second)
            self.tick += 1
            self.ticked.set()
            self.ticked = anyio.Event()

    async def _stages(self) -> None:
        """The simulator first, then all that needs its address; they end the other way round."""
        if self.settings.mode is Mode.SIM and not self.settings.exchange.read_only:
            ready = anyio.Event()
            simulator = self._supervisor([self._simulator_stage(ready)])
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(simulator.run)
                self._phase = "starting the simulator"
                await ready.wait()
                await self._trade()
                simulator.stop()
        else:
            await self._trade()

    async def _trade(self) -> None:
        self._phase = "reading the journal"
        key = exchange_options(self.settings, self._address).api_key
        records = await to_thread.run_sync(opened, self.settings, self.folders, self.clock, key)
        self._phase = "connecting to the exchange"
        self.parts = parts = build_parts(self, self._address, records)
        if (halt := self.early_halt) is not None:
            parts.halt.latch(halt.reason, halt.origin, flatten=halt.flatten)
        self._trading = self._supervisor(self._trading_stages(parts))
        try:
            await self._trading.run()
        finally:
            await close(parts, self.settings.engine.stop_deadline_s)

    def _supervisor(self, stages: list[Stage]) -> Supervisor:
        chosen = self.settings.engine
        supervisor = Supervisor(
            stages, backoff=lambda: Backoff(chosen.restart_backoff_min_s, chosen.restart_backoff_max_s)
        )
        self._supervisors.append(supervisor)
        return supervisor

    def _simulator_stage(self, ready: anyio.Event) -> Stage:
        process = SimulatorProcess(self.settings, self.folders)

        async def run() -> None:
            async with process.running() as (address, child):
                self._address = address
                ready.set()
                await child.wait()
            why = f"exit code {child.returncode}: {process.last_words()}"
            self.notices.add(NoticeLevel.ERROR, "Simulator ended", f"{why}; it is started again")
            raise ExchangeUnavailable(f"the simulator ended with {why}")

        def status() -> StageStatus:
            up = process.pid is not None
            detail = "" if up else "starting"
            return StageStatus("simulator", Connection.LIVE if up else Connection.STARTING, detail, None, 0)

        return Stage("simulator", run, status=status)

    def _trading_stages(self, parts: Parts) -> list[Stage]:
        async def journal() -> None:
            await keep_journal(parts.records, self.notices)

        async def streams() -> None:
            await parts.link.opened.wait()
            assert parts.streams is not None
            await parts.streams.run()

        async def account() -> None:
            await parts.link.opened.wait()
            await parts.account.run(parts.watchlist)

        async def account_stream() -> None:
            await parts.link.opened.wait()
            await parts.account_stream.run()

        async def halt() -> None:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(parts.halt.keep)
                await parts.link.opened.wait()
                await parts.halt.run()

        stages = [Stage("exchange", parts.link.run, status=parts.link.status), Stage("market", streams)]
        if parts.exchange.read_only:
            return stages
        return [
            Stage("journal", journal, status=lambda: journal_status(parts.records)),
            *stages,
            Stage("portfolio", parts.portfolio.run),
            Stage("losses", parts.risk.losses.run),
            Stage("orders", parts.orders.run),
            Stage("halt", halt),
            Stage("closing", parts.flattener.run),
            Stage("protection", parts.protector.run),
            Stage("account sync", account, status=parts.account.status),
            Stage("account", account_stream, status=parts.account_stream.status),
        ]

    def _standing(self) -> tuple[StageStatus, ...]:
        """How the engine as a whole stands, and every stage of it."""
        view = self.shared().engine
        return (StageStatus("engine", view.connection, view.detail, None, 0), *view.stages)

    def _statuses(self) -> tuple[StageStatus, ...]:
        """Every stage's state; the market stage is told by its streams once it has them."""
        told = [status for supervisor in self._supervisors for status in supervisor.statuses()]
        streams = self.parts.streams if self.parts else None
        return tuple(told) + (streams.statuses() if streams else ())

    async def _cancel_before_stop(self) -> None:
        if not self._cancel_orders or self.parts is None:
            return
        self._phase = "canceling orders"
        await self.parts.orders.cancel_all()
        if not await self.parts.orders.idle(CANCEL_DEADLINE_S):
            left = len(self.parts.orders.working())
            self.notices.add(NoticeLevel.ERROR, "Orders left", f"{left} orders were still working at the stop")
