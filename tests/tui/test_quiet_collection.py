"""Full collections wait for a pause in the typing."""

from __future__ import annotations

import gc
import time
import weakref

import anyio
import pytest

from fks_tui import quiet_collection
from fks_tui.quiet_collection import collect_in_pauses, old_objects_left_alone


class Ring:
    """Something that only a collection frees."""

    def __init__(self) -> None:
        self.itself = self


def an_old_ring() -> weakref.ref[Ring]:
    """A ring that has lived through the collections of young objects."""
    ring = Ring()
    gc.collect()
    return weakref.ref(ring)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quiet_collection, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(quiet_collection, "SETTLED_S", 0.0)


def test_python_takes_over_again_at_the_end() -> None:
    before = gc.get_threshold()
    with old_objects_left_alone():
        assert gc.get_threshold()[2] > before[2]
    assert gc.get_threshold() == before


@pytest.mark.anyio
async def test_a_pause_is_used(quick: None) -> None:
    ring, freed = an_old_ring(), anyio.Event()
    weakref.finalize(ring(), freed.set)
    try:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(collect_in_pauses, lambda: 0.0)
                await freed.wait()
                tasks.cancel_scope.cancel()
    finally:
        gc.unfreeze()


@pytest.mark.anyio
async def test_what_a_collection_saw_in_passing_is_not_kept_for_good(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet_collection, "EVERY_S", 0.0)
    looks: list[int] = []

    def busy_until() -> float:
        looks.append(gc.get_freeze_count())
        return 0.0

    async def looked(times: int) -> None:
        more = len(looks) + times
        while len(looks) < more:  # noqa: ASYNC110
            await anyio.sleep(0.001)

    freed = anyio.Event()
    try:
        with anyio.fail_after(20):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(collect_in_pauses, busy_until)
                await looked(2)
                shown = [Ring()]
                weakref.finalize(shown[0], freed.set)
                await looked(2)
                shown.clear()
                await freed.wait()
                tasks.cancel_scope.cancel()
    finally:
        gc.unfreeze()
    assert looks[0] == 0
    assert looks[-1] > 0


@pytest.mark.anyio
async def test_nothing_is_collected_while_somebody_types(quick: None) -> None:
    ring, asked_often = an_old_ring(), anyio.Event()
    asked = 0

    def busy_until() -> float:
        nonlocal asked
        asked += 1
        if asked == 5:
            asked_often.set()
        return time.monotonic()

    with old_objects_left_alone(), anyio.fail_after(10):
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(collect_in_pauses, busy_until)
            await asked_often.wait()
            tasks.cancel_scope.cancel()
        assert ring() is not None


@pytest.mark.anyio
async def test_a_desk_that_is_used_without_a_pause_is_collected_all_the_same(
    quick: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quiet_collection, "EVERY_S", 0.01)
    ring, freed = an_old_ring(), anyio.Event()
    weakref.finalize(ring(), freed.set)
    try:
        with anyio.fail_after(10):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(collect_in_pauses, time.monotonic)
                await freed.wait()
                tasks.cancel_scope.cancel()
    finally:
        gc.unfreeze()
