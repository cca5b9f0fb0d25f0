"""Runs the stages of the engine: starts and stops them in order, restarts those that fail, and shows how they stand."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

import anyio
from anyio import TASK_STATUS_IGNORED

from fks_engine.api import Connection, StageStatus
from fks_engine.errors import EngineError, FksError
from fks_engine.resilience.backoff import Backoff

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from anyio.abc import TaskGroup, TaskStatus

LOG = logging.getLogger(__name__)
STEADY_S = 30.0
"""A stage that has run for so long is well again: its next fault waits the shortest time."""


async def fault_of(work: Callable[[], Awaitable[object]]) -> Exception | None:
    """Run `work` to its end and hand back the fault that ended it. Cancellation passes through."""
    try:
        await work()
    except Exception as fault:
        return fault
    return None


@dataclass(frozen=True, slots=True)
class Stage:
    """One part of the engine that runs for as long as the engine does. Deadlines in seconds."""

    name: str
    run: Callable[[], Awaitable[object]]
    """Runs until cancelled; it may be called again after a fault."""
    stop: Callable[[], Awaitable[object]] | None = None
    """Ends the stage's work in an orderly way, before `run` is cancelled."""
    started: Callable[[], Awaitable[object]] | None = None
    """Returns once the stage is up; the next one is started then, or when the deadline has passed."""
    status: Callable[[], StageStatus] | None = None
    """How the stage stands, by itself, while it runs."""
    start_deadline_s: float = 10.0
    stop_deadline_s: float = 5.0
    may_end: bool = False
    """Whether `run` may return; else a return counts as a fault."""


class StageRunner:
    """Keeps one stage running."""

    def __init__(self, stage: Stage, backoff: Backoff) -> None:
        self.stage = stage
        self._backoff = backoff
        self._scope = anyio.CancelScope()
        self._ended = anyio.Event()
        self._restarts = 0
        self._connection = Connection.STARTING
        self._detail = "not started yet"

    def status(self) -> StageStatus:
        """How the stage stands: by its own word while it runs, else what the supervisor does about it."""
        if self._connection is Connection.LIVE and self.stage.status is not None:
            own = self.stage.status()
            return replace(own, restarts=own.restarts + self._restarts)
        return StageStatus(self.stage.name, self._connection, self._detail, None, self._restarts)

    async def run(self) -> None:
        """Run the stage again and again, until it is cancelled or ends as it may."""
        try:
            with self._scope:
                while not await self._run_once():
                    self._restarts += 1
        finally:
            self._ended.set()
            if self._connection is not Connection.DISCONNECTED:
                self._connection, self._detail = Connection.DISCONNECTED, "stopped"

    async def _run_once(self) -> bool:
        """One life of the stage and the wait after its fault; True where it has ended for good."""
        name = self.stage.name
        self._connection, self._detail = Connection.LIVE, ""
        began = anyio.current_time()
        fault = await fault_of(self.stage.run)
        if fault is None and self.stage.may_end:
            self._connection, self._detail = Connection.DISCONNECTED, "finished"
            return True
        fault = fault or EngineError("it returned, though it should run on")
        if anyio.current_time() - began >= STEADY_S:
            self._backoff.reset()
        wait_s = self._backoff.next_s()
        self._connection = Connection.RECONNECTING
        self._detail = f"{in_words(fault)}; again in {wait_s:.1f} s (failed {self._restarts + 1} times)"
        trace = None if isinstance(fault, FksError) else fault
        LOG.error("stage %s failed: %s; it starts again in %.1f s", name, in_words(fault), wait_s, exc_info=trace)
        await anyio.sleep(wait_s)
        return False

    async def wait_started(self) -> None:
        """Wait until the stage says that it is up, or its deadline passes; neither keeps the engine from starting."""
        if self.stage.started is None:
            return
        with anyio.move_on_after(self.stage.start_deadline_s) as scope:
            fault = await fault_of(self.stage.started)
            if fault is not None:
                LOG.error("stage %s cannot tell whether it is up: %s", self.stage.name, in_words(fault))
        if scope.cancelled_caught:
            LOG.warning("stage %s is not up after %g s; going on without", self.stage.name, self.stage.start_deadline_s)

    async def stop(self) -> bool:
        """End the stage within its deadline; False where it had to be cut off or is still not gone."""
        stage, orderly = self.stage, True
        if stage.stop is not None and not self._ended.is_set():
            self._connection, self._detail = Connection.STOPPING, "stopping"
            with anyio.move_on_after(stage.stop_deadline_s) as scope:
                fault = await fault_of(stage.stop)
                if fault is not None:
                    LOG.error("stage %s failed to stop: %s", stage.name, in_words(fault), exc_info=fault)
            if scope.cancelled_caught:
                LOG.error("stage %s did not stop in %g s and is cut off", stage.name, stage.stop_deadline_s)
                orderly = False
        self._scope.cancel()
        with anyio.move_on_after(stage.stop_deadline_s):
            await self._ended.wait()
            return orderly
        LOG.error("stage %s still runs %g s after it was cancelled", stage.name, stage.stop_deadline_s)
        return False


class Supervisor:
    """Runs stages in one task group: started in order, restarted on faults, stopped in reverse order."""

    def __init__(self, stages: Sequence[Stage], *, backoff: Callable[[], Backoff] | None = None) -> None:
        waits = backoff or partial(Backoff, 0.5, 30.0)
        self._runners = tuple(StageRunner(stage, waits()) for stage in stages)
        self._stopping = anyio.Event()
        self.overran: tuple[str, ...] = ()
        """Names of the stages that had to be cut off, once `run` has returned."""

    def statuses(self) -> tuple[StageStatus, ...]:
        """How each stage stands, in the order of their start."""
        return tuple(runner.status() for runner in self._runners)

    def stop(self) -> None:
        """Have `run` stop every stage and return."""
        self._stopping.set()

    async def run(self, *, task_status: TaskStatus[None] = TASK_STATUS_IGNORED) -> None:
        """Run the stages until `stop` or cancellation, and stop them in order either way.

        `task_status` tells when all have been started.
        """
        async with anyio.create_task_group() as outside:
            outside.start_soon(self._live, task_status)
            try:
                await self._stopping.wait()
            finally:
                self._stopping.set()

    async def _live(self, task_status: TaskStatus[None]) -> None:
        """The whole life of the stages, out of reach of the cancellation that asks for their ordered stop."""
        with anyio.CancelScope(shield=True):
            async with anyio.create_task_group() as group:
                started: list[StageRunner] = []
                async with anyio.create_task_group() as start:
                    start.start_soon(self._start, group, started, task_status)
                    await self._stopping.wait()
                    start.cancel_scope.cancel()
                overran = [runner.stage.name for runner in reversed(started) if not await runner.stop()]
                self.overran = tuple(overran)

    async def _start(self, group: TaskGroup, started: list[StageRunner], task_status: TaskStatus[None]) -> None:
        for runner in self._runners:
            started.append(runner)
            group.start_soon(runner.run)
            await runner.wait_started()
        task_status.started()


def in_words(fault: BaseException) -> str:
    """A fault as a person can read it; of a group, its first."""
    while isinstance(fault, BaseExceptionGroup):
        fault = fault.exceptions[0]
    return str(fault) if isinstance(fault, FksError) else f"{type(fault).__name__}: {fault}"
