"""The journal on a real disk: durable before it returns, in order, whole after any tear, and loud when it cannot."""

from __future__ import annotations

import errno
import os
import resource
import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.errors import JournalCorrupt, JournalError, JournalTooNew, JournalUnavailable
from fks_engine.journal import journal as journal_module
from fks_engine.journal import locked, recovered, written
from fks_engine.journal.codec import VERSION, decoded, encoded
from fks_engine.journal.frames import MAGIC
from fks_engine.journal.segment import segments
from tests.engine.journal.entries import a_checkpoint, a_journal, an_intent, some_entries

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.anyio


def entries_in(folder: Path) -> list[object]:
    return [each.entry for each in written(folder)]


def fault_of(folder: Path) -> str:
    """Why this journal cannot be read to its end; empty where it can."""
    try:
        entries_in(folder)
    except JournalError as error:
        return str(error)
    return ""


def the_cut_off(folder: Path) -> bytes:
    (aside,) = folder.glob("*.cut-*")
    return aside.read_bytes()


async def test_what_was_recorded_is_there_after_a_restart_in_its_order(tmp_path: Path) -> None:
    entries = some_entries(20)
    async with a_journal(tmp_path) as journal:
        for entry in entries:
            await journal.record(entry)
    assert recovered(tmp_path).entries == entries
    assert [each.number for each in written(tmp_path)] == list(range(1, 21))


async def test_many_at_once_share_flushes_and_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushes = 0
    flush = os.fdatasync

    def counted(file: int) -> None:
        nonlocal flushes
        flushes += 1
        flush(file)

    monkeypatch.setattr(os, "fdatasync", counted)
    entries = some_entries(200)
    async with a_journal(tmp_path) as journal, anyio.create_task_group() as tasks:
        for entry in entries:
            tasks.start_soon(journal.record, entry)
    assert entries_in(tmp_path) == list(entries)
    assert flushes < 20


async def test_what_was_noted_is_written_on_the_way_out(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        journal.note(*some_entries(5))
    assert entries_in(tmp_path) == list(some_entries(5))


async def test_a_half_written_tail_is_cut_kept_aside_and_written_over(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record(*some_entries(3))
        await journal.record(an_intent(9))
    (path,) = segments(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(whole[:-7])
    assert fault_of(tmp_path) == ""
    found = recovered(tmp_path)
    found.segment.close()
    assert found.entries == some_entries(3)
    assert found.cut > 0
    assert whole[:-7].endswith(the_cut_off(tmp_path))
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent(10))
    assert entries_in(tmp_path) == [*some_entries(3), an_intent(10)]


async def test_damage_before_the_end_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        for entry in some_entries(6):
            await journal.record(entry)
    (path,) = segments(tmp_path)
    damaged = bytearray(path.read_bytes())
    damaged[len(damaged) // 2] ^= 0x20
    path.write_bytes(damaged)
    with pytest.raises(JournalCorrupt, match="is damaged"):
        recovered(tmp_path)
    assert "is damaged" in fault_of(tmp_path)
    assert path.read_bytes() == damaged


async def test_a_new_segment_begins_with_a_checkpoint_and_is_enough_to_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "ROTATE_AT", 2_000)
    async with a_journal(tmp_path) as journal:
        for entry in some_entries(30):
            await journal.record(entry)
    assert len(segments(tmp_path)) > 1
    found = recovered(tmp_path)
    found.segment.close()
    assert found.entries[0] == a_checkpoint()
    assert len(found.entries) < 30
    others = [entry for entry in entries_in(tmp_path) if entry != a_checkpoint()]
    assert others == list(some_entries(30))


async def test_a_segment_that_is_missing_between_others_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "ROTATE_AT", 2_000)
    async with a_journal(tmp_path) as journal:
        for entry in some_entries(30):
            await journal.record(entry)
    segments(tmp_path)[1].unlink()
    assert "follows it" in fault_of(tmp_path)


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


async def test_a_full_disk_is_told_keeps_what_was_noted_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    async with a_journal(tmp_path) as journal:
        await journal.record(*some_entries(4))
        with files_at_most(segments(tmp_path)[0].stat().st_size + 50):
            with pytest.raises(JournalUnavailable, match=os.strerror(errno.EFBIG)):
                await journal.record(an_intent(5))
            journal.note(an_intent(6))
            with pytest.raises(JournalUnavailable):
                await journal.record(an_intent(7))
            assert os.strerror(errno.EFBIG) in journal.fault
            journal.note(an_intent(8))
        await journal.record()
        assert journal.fault == ""
    assert entries_in(tmp_path) == [*some_entries(4), an_intent(6), an_intent(8)]


async def test_after_a_flush_that_failed_nothing_is_added_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent(1))

        def fails(_file: int) -> None:
            raise OSError(errno.EIO, os.strerror(errno.EIO))

        with monkeypatch.context() as once:
            once.setattr(os, "fdatasync", fails)
            with pytest.raises(JournalUnavailable, match="forced to the disk"):
                await journal.record(an_intent(2))
        with pytest.raises(JournalUnavailable, match="start the engine again"):
            await journal.record(an_intent(3))


async def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(JournalUnavailable, match="missing"):
        recovered(tmp_path / "missing")


async def test_a_second_writer_is_refused(tmp_path: Path) -> None:
    with locked(tmp_path), pytest.raises(JournalUnavailable, match="another FKS"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


async def test_records_of_a_newer_version_are_refused_by_name(tmp_path: Path) -> None:
    newer = encoded(an_intent()).replace(bytes([0x93, VERSION]), bytes([0x93, VERSION + 1]), 1)
    with pytest.raises(JournalTooNew, match=f"records of version {VERSION + 1}"):
        decoded(newer)
    (tmp_path / "000000000001.journal").write_bytes(MAGIC[:4] + b"\x02" + MAGIC[5:])
    assert "newer FKS" in fault_of(tmp_path)


async def test_a_file_that_is_no_journal_is_refused(tmp_path: Path) -> None:
    (tmp_path / "000000000001.journal").write_bytes(b"PK\x03\x04 something else altogether")
    with pytest.raises(JournalError, match="no journal"):
        recovered(tmp_path)


async def test_an_empty_file_is_a_journal_whose_first_write_never_came(tmp_path: Path) -> None:
    (tmp_path / "000000000001.journal").touch()
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent())
    assert entries_in(tmp_path) == [an_intent()]
