"""An engine's full collections."""

from __future__ import annotations

import gc

import pytest

from fks_engine.engine import collection
from fks_engine.engine.collection import put_aside_what_stays, seldom_full


def test_python_collects_as_before_when_the_engine_is_gone() -> None:
    before = gc.get_threshold()
    with seldom_full():
        assert gc.get_threshold()[2] > before[2]
    assert gc.get_threshold() == before


@pytest.mark.anyio
async def test_what_is_there_once_the_engine_is_up_is_never_looked_through_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(collection, "LOOK_EVERY_S", 0.001)
    monkeypatch.setattr(collection, "SETTLE_S", 0.0)
    answers = iter([False, False, True])
    with seldom_full():
        await put_aside_what_stays(lambda: next(answers))
        assert gc.get_freeze_count() > 1_000
    assert gc.get_freeze_count() == 0
