"""The lag of the event loop."""

from __future__ import annotations

import anyio
import pytest

from fks_engine.engine.loop_lag import KEPT, LoopLag

pytestmark = pytest.mark.anyio


async def test_it_is_known_after_a_second() -> None:
    lag = LoopLag()
    before = lag.now
    with anyio.fail_after(20):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(lag.run)
            while lag.now is None:  # noqa: ASYNC110
                await anyio.sleep(0.01)
            tasks.cancel_scope.cancel()
    assert before is None
    assert lag.now is not None
    assert 0 <= lag.now.half_ms <= lag.now.p99_ms <= lag.now.worst_ms


async def test_the_slowest_in_a_hundred_is_told() -> None:
    lag = LoopLag()
    for late_ms in [*[1.0] * 980, *[50.0] * 20]:
        lag.note(late_ms)
    lag.report()
    assert lag.now is not None
    assert (lag.now.half_ms, lag.now.p99_ms) == (1.0, 50.0)


async def test_a_stall_is_forgotten_after_a_minute() -> None:
    lag = LoopLag()
    lag.note(90.0)
    for _ in range(KEPT):
        lag.note(0.5)
    lag.report()
    assert lag.now is not None
    assert lag.now.worst_ms == 0.5


async def test_an_early_waking_is_no_lag() -> None:
    lag = LoopLag()
    lag.note(-0.2)
    lag.report()
    assert lag.now is not None
    assert lag.now.worst_ms == 0.0


async def test_a_stall_counts_for_as_long_as_it_lasts() -> None:
    lag = LoopLag()
    for _ in range(1_000):
        lag.note(0.0)
    lag.note(1_000.0)
    lag.report()
    assert lag.now is not None
    assert lag.now.worst_ms == 1_000.0
    assert 800.0 < lag.now.p99_ms < 1_000.0


async def test_what_the_start_has_cost_is_left_behind() -> None:
    lag = LoopLag()
    lag.note(3_000.0)
    lag.forget()
    lag.note(0.5)
    lag.report()
    assert lag.now is not None
    assert lag.now.worst_ms == 0.5
