"""Room that is made ahead in a segment: never taken for records, never for damage, given back at the end."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from fks_engine.errors import JournalCorrupt
from fks_engine.journal import recovered, written
from fks_engine.journal.frames import MAGIC, framed, frames
from fks_engine.journal.segment import ROOM, segments
from tests.engine.journal.entries import a_journal, an_intent, some_entries

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.anyio


async def after_a_death(folder: Path) -> Path:
    """A journal of some entries as a killed engine leaves it, with its room."""
    left = folder / "left"
    async with a_journal(folder) as journal:
        await journal.record(*some_entries(3))
        left.mkdir()
        (path,) = segments(folder)
        shutil.copy(path, left)
        return left / path.name


async def test_room_after_the_last_record_is_neither_torn_nor_damaged(tmp_path: Path) -> None:
    path = await after_a_death(tmp_path)
    assert path.stat().st_size > ROOM
    found = recovered(path.parent)
    found.segment.close()
    assert found.entries == some_entries(3)
    assert found.cut == 0
    assert [each.entry for each in written(path.parent)] == list(some_entries(3))
    assert not list(path.parent.glob("*.cut-*"))


async def test_a_record_half_written_into_the_room_is_cut_and_kept_without_the_room(tmp_path: Path) -> None:
    path = await after_a_death(tmp_path)
    data = bytearray(path.read_bytes())
    end = len(data.rstrip(b"\0"))
    torn = framed(4, 3, b"what was being written")[:-5]
    data[end : end + len(torn)] = torn
    path.write_bytes(data)
    found = recovered(path.parent)
    found.segment.close()
    assert found.entries == some_entries(3)
    assert found.cut == len(torn)


async def test_room_is_given_back_when_the_journal_is_closed(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent())
        assert segments(tmp_path)[0].stat().st_size > ROOM
    assert segments(tmp_path)[0].stat().st_size < 2_000


def test_a_durable_record_behind_a_long_hole_of_zeros_is_still_found() -> None:
    data = MAGIC + framed(1, 0, b"one") + bytes(ROOM) + framed(3, 2, b"three")
    with pytest.raises(JournalCorrupt, match="record 2 is damaged, and record 3 after it is whole"):
        list(frames(data, 1))


@pytest.mark.parametrize("length", [1, 255, 256, 257, 65_536])
def test_a_record_whose_head_begins_with_zeros_is_found_behind_them(length: int) -> None:
    data = MAGIC + bytes(5_000) + framed(2, 1, bytes(length))
    with pytest.raises(JournalCorrupt, match="record 2 after it is whole"):
        list(frames(data, 1))
