"""The process that reads for the engine."""

from __future__ import annotations

import os
from contextlib import aclosing
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import (
    Exported,
    ExportHistory,
    Failed,
    HistoryPage,
    HistoryRequest,
    OrderLifePage,
    OrderLifeRequest,
    Refused,
)
from fks_engine.history import HistoryReader
from tests.engine.history.journals import a_denied_one, a_whole_life, add, write

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def test_pages_and_lives_are_answered_and_follow_the_journal(tmp_path: Path) -> None:
    (path,) = write(tmp_path, a_whole_life(1))
    reader = HistoryReader(tmp_path)
    with anyio.fail_after(30):
        page = await reader.ask(HistoryRequest())
        assert isinstance(page, HistoryPage)
        assert page.total == 1
        add(path, 7, *a_denied_one(2))
        page = await reader.ask(HistoryRequest())
        assert isinstance(page, HistoryPage)
        assert [each.client_order_id for each in page.items] == ["fks-2", "fks-1"]
        story = await reader.ask(OrderLifeRequest("fks-1"))
        assert isinstance(story, OrderLifePage)
        assert len(story.steps) == 8
        assert isinstance(await reader.ask(OrderLifeRequest("fks-9")), Refused)
        await reader.close()


async def test_a_question_that_was_given_up_leaves_no_answer_behind(tmp_path: Path) -> None:
    write(tmp_path, a_whole_life(1))
    reader = HistoryReader(tmp_path)
    with anyio.fail_after(30):
        with anyio.move_on_after(0.001):
            await reader.ask(HistoryRequest())
        story = await reader.ask(OrderLifeRequest("fks-1"))
        assert isinstance(story, OrderLifePage)
        await reader.close()


async def test_an_export_tells_its_end(tmp_path: Path) -> None:
    write(tmp_path / "journal", a_whole_life(1))
    reader = HistoryReader(tmp_path / "journal")
    path = tmp_path / "orders.csv"
    with anyio.fail_after(30):
        parts = [part async for part in reader.export(ExportHistory(path=str(path)))]
        assert parts[-1] == Exported(str(path), 1)
        (refused,) = [part async for part in reader.export(ExportHistory(path=str(path)))]
        assert isinstance(refused, Failed)
        assert "exists already" in refused.message


async def test_an_export_that_is_left_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "journal", a_whole_life(1))
    reader = HistoryReader(tmp_path / "journal")
    with anyio.fail_after(30):
        async with aclosing(reader.export(ExportHistory(path=str(tmp_path / "orders.parquet")))) as parts:
            async for _ in parts:
                break
    assert not [name for name in os.listdir(tmp_path) if ".part-" in name]
