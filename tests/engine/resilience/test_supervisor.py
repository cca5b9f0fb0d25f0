from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import Connection, StageStatus
from fks_engine.errors import ExchangeUnavailable
from fks_engine.resilience import supervisor as module
from fks_engine.resilience.backoff import Backoff
from fks_engine.resilience.supervisor import Stage, Supervisor, fault_of, in_words

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

pytestmark = pytest.mark.anyio


def quick() -> Backoff:
    return Backoff(0.001, 0.002)


@asynccontextmanager
async def supervised(*stages: Stage, backoff: Callable[[], Backoff] = quick) -> AsyncIterator[Supervisor]:
    supervisor = Supervisor(stages, backoff=backoff)
    async with anyio.create_task_group() as tasks:
        await tasks.start(lambda *, task_status: supervisor.run(task_status=task_status))
        yield supervisor
        supervisor.stop()


async def until(condition: Callable[[], bool]) -> None:
    with anyio.fail_after(10):
        while not condition():  # noqa: ASYNC110
            await anyio.sleep(0.001)


def told(events: list[str], name: str) -> Callable[[], Awaitable[None]]:
    """A `run` that writes down when it begins and ends."""

    async def run() -> None:
        events.append(f"{name} begins")
        try:
            await anyio.sleep_forever()
        finally:
            events.append(f"{name} ends")

    return run


async def test_stages_start_in_order_and_stop_in_reverse() -> None:
    events: list[str] = []
    async with supervised(*(Stage(name, told(events, name)) for name in "abc")):
        await until(lambda: len(events) == 3)
    assert events == ["a begins", "b begins", "c begins", "c ends", "b ends", "a ends"]


async def test_cancellation_stops_the_stages_in_the_same_order() -> None:
    events: list[str] = []
    supervisor = Supervisor([Stage(name, told(events, name)) for name in "abc"])
    async with anyio.create_task_group() as tasks:
        await tasks.start(lambda *, task_status: supervisor.run(task_status=task_status))
        await until(lambda: len(events) == 3)
        tasks.cancel_scope.cancel()
    assert events[3:] == ["c ends", "b ends", "a ends"]
    assert supervisor.overran == ()


async def test_a_stage_waits_for_the_one_before_it_to_be_up() -> None:
    events: list[str] = []
    up = anyio.Event()
    supervisor = Supervisor([Stage("a", told(events, "a"), started=up.wait), Stage("b", told(events, "b"))])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(supervisor.run)
        await until(lambda: events == ["a begins"])
        assert [status.connection for status in supervisor.statuses()] == [Connection.LIVE, Connection.STARTING]
        up.set()
        await until(lambda: events == ["a begins", "b begins"])
        supervisor.stop()


async def test_a_stage_that_does_not_come_up_is_named_and_not_waited_for(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []
    slow = Stage("slow", told(events, "slow"), started=anyio.Event().wait, start_deadline_s=0.02)
    async with supervised(slow, Stage("next", told(events, "next"))):
        await until(lambda: "next begins" in events)
    assert "stage slow is not up after 0.02 s" in caplog.text


async def test_a_stop_during_the_start_stops_what_was_started() -> None:
    events: list[str] = []
    supervisor = Supervisor([Stage("a", told(events, "a"), started=anyio.Event().wait), Stage("b", told(events, "b"))])
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(supervisor.run)
        await until(lambda: events == ["a begins"])
        supervisor.stop()
    assert events == ["a begins", "a ends"]


async def test_a_stage_that_fails_is_shown_logged_and_started_again(caplog: pytest.LogCaptureFixture) -> None:
    lives = 0

    async def run() -> None:
        nonlocal lives
        lives += 1
        if lives <= 3:
            raise ExchangeUnavailable(f"no route, life {lives}")
        await anyio.sleep_forever()

    async with supervised(Stage("streams", run)) as supervisor:
        await until(lambda: lives == 4)
        (status,) = supervisor.statuses()
        assert (status.name, status.connection, status.restarts) == ("streams", Connection.LIVE, 3)
    assert [record.levelno for record in caplog.records] == [logging.ERROR] * 3
    assert "stage streams failed: no route, life 1" in caplog.text


async def test_a_stage_that_keeps_failing_stays_visible_with_its_last_fault() -> None:
    async def run() -> None:
        raise ExchangeUnavailable("no route")

    async with supervised(Stage("streams", run), backoff=lambda: Backoff(60.0, 60.0)) as supervisor:
        await until(lambda: supervisor.statuses()[0].connection is Connection.RECONNECTING)
        detail = supervisor.statuses()[0].detail
    assert detail.startswith("no route; again in ")
    assert detail.endswith("(failed 1 times)")


async def test_waits_grow_with_each_fault() -> None:
    waits: list[float] = []

    class Recorded(Backoff):
        def next_s(self) -> float:
            waits.append(super().next_s())
            return 0.0

    async def run() -> None:
        raise ExchangeUnavailable("no route")

    async with supervised(Stage("streams", run), backoff=lambda: Recorded(1.0, 8.0)):
        await until(lambda: len(waits) >= 6)
    assert waits[0] <= 1.0
    assert all(4.0 <= wait <= 8.0 for wait in waits[3:])


async def test_a_stage_that_ran_well_for_long_waits_the_shortest_time_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "STEADY_S", 0.0)
    waits: list[float] = []

    class Recorded(Backoff):
        def next_s(self) -> float:
            waits.append(super().next_s())
            return 0.0

    async def run() -> None:
        raise ExchangeUnavailable("no route")

    async with supervised(Stage("streams", run), backoff=lambda: Recorded(1.0, 8.0)):
        await until(lambda: len(waits) >= 5)
    assert all(wait <= 1.0 for wait in waits)


async def test_a_fault_in_one_stage_leaves_the_others_running() -> None:
    events: list[str] = []

    async def run() -> None:
        raise ZeroDivisionError("a bug")

    async with supervised(Stage("good", told(events, "good")), Stage("bad", run)) as supervisor:
        await until(lambda: supervisor.statuses()[1].restarts >= 3)
        assert events == ["good begins"]


async def test_a_stage_that_returns_is_started_again_unless_it_may_end() -> None:
    lives = {"once": 0, "ever": 0}

    async def once() -> None:
        lives["once"] += 1

    async def ever() -> None:
        lives["ever"] += 1

    async with supervised(Stage("once", once, may_end=True), Stage("ever", ever)) as supervisor:
        await until(lambda: lives["ever"] >= 3)
        assert lives["once"] == 1
        assert supervisor.statuses()[0].detail == "finished"


async def test_a_stage_speaks_for_itself_while_it_runs() -> None:
    async def run() -> None:
        await anyio.sleep_forever()

    own = StageStatus("streams", Connection.STALE, "no trade for 70 s", 70.0, 2)
    async with supervised(Stage("streams", run, status=lambda: own)) as supervisor:
        await until(lambda: supervisor.statuses()[0] == own)
    assert supervisor.statuses()[0].connection is Connection.DISCONNECTED


async def test_a_stage_is_asked_to_stop_before_it_is_cancelled() -> None:
    events: list[str] = []

    async def stop() -> None:
        events.append("a flushes")

    async with supervised(Stage("a", told(events, "a"), stop=stop)):
        await until(lambda: events == ["a begins"])
    assert events == ["a begins", "a flushes", "a ends"]


async def test_a_stop_that_overruns_its_deadline_is_cut_off_and_named(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []
    stages = [
        Stage("first", told(events, "first")),
        Stage("stuck", told(events, "stuck"), stop=anyio.sleep_forever, stop_deadline_s=0.02),
    ]
    async with supervised(*stages) as supervisor:
        await until(lambda: len(events) == 2)
    assert supervisor.overran == ("stuck",)
    assert events[2:] == ["stuck ends", "first ends"]
    assert "stage stuck did not stop in 0.02 s" in caplog.text


async def test_a_stop_that_fails_does_not_keep_the_others_from_stopping(caplog: pytest.LogCaptureFixture) -> None:
    events: list[str] = []

    async def stop() -> None:
        raise OSError("disk full")

    async with supervised(Stage("a", told(events, "a")), Stage("b", told(events, "b"), stop=stop)):
        await until(lambda: len(events) == 2)
    assert events[2:] == ["b ends", "a ends"]
    assert "stage b failed to stop: OSError: disk full" in caplog.text


async def test_a_stage_that_waits_to_start_again_stops_at_once() -> None:
    async def run() -> None:
        raise ExchangeUnavailable("no route")

    with anyio.fail_after(5):
        async with supervised(Stage("streams", run), backoff=lambda: Backoff(60.0, 60.0)) as supervisor:
            await until(lambda: supervisor.statuses()[0].connection is Connection.RECONNECTING)


async def test_a_fault_is_handed_back_and_a_cancellation_passes() -> None:
    async def fail() -> None:
        raise ValueError("x")

    async def succeed() -> None:
        await anyio.lowlevel.checkpoint()

    assert await fault_of(succeed) is None
    assert isinstance(await fault_of(fail), ValueError)
    reached_after = False
    with anyio.move_on_after(0.01):
        await fault_of(anyio.sleep_forever)
        reached_after = True
    assert not reached_after


def test_a_group_of_faults_is_told_by_its_first() -> None:
    group = ExceptionGroup("many", [ExceptionGroup("more", [ExchangeUnavailable("no route")]), ValueError("x")])
    assert in_words(group) == "no route"
    assert in_words(ValueError("x")) == "ValueError: x"
