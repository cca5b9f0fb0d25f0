"""The journal on a real disk: durable before it returns, in order, whole after any tear, and loud when it cannot."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.errors import JournalCorrupt, JournalError, JournalTooNew, JournalUnavailable
from fks_engine.journal import journal as journal_module
from fks_engine.journal import locked, recovered, writing, written
from fks_engine.journal.codec import VERSION, decoded, encoded
from fks_engine.journal.frames import MAGIC
from fks_engine.journal.segment import Segment, segments
from tests.engine.journal.entries import (
    a_checkpoint,
    a_journal,
    an_intent,
    failing_flushes,
    files_at_most,
    some_entries,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fks_engine.model import Checkpoint

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


def end_of_records(folder: Path) -> int:
    """The byte after the last record of the last segment, which room for more may follow."""
    return len(segments(folder)[-1].read_bytes().rstrip(b"\0"))


def the_cut_off(folder: Path) -> bytes:
    (aside,) = folder.glob("*.cut-*")
    return aside.read_bytes()


@pytest.fixture(autouse=True, params=["kernel", "thread"])
def way_to_the_disk(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test with the kernel's flush, where there is one, and as where there is none."""
    if request.param == "thread":
        monkeypatch.setattr(writing, "kernel_flush", lambda: None)


async def test_what_was_recorded_is_there_after_a_restart_in_its_order(tmp_path: Path) -> None:
    entries = some_entries(20)
    async with a_journal(tmp_path) as journal:
        for entry in entries:
            await journal.record(entry)
    assert recovered(tmp_path).entries == entries
    assert [each.number for each in written(tmp_path)] == list(range(1, 21))


async def test_many_at_once_share_flushes_and_keep_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flushes = 0
    flushed = Segment.flushed

    def counted(segment: Segment, data: bytes, error: OSError | None) -> JournalUnavailable | None:
        nonlocal flushes
        flushes += 1
        return flushed(segment, data, error)

    monkeypatch.setattr(Segment, "flushed", counted)
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


async def test_a_start_reads_nothing_before_the_last_checkpoint_and_no_segment_is_ever_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "ROTATE_AT", 2_000)
    for begin in (0, 10, 20):
        async with a_journal(tmp_path) as journal:
            for entry in some_entries(30)[begin : begin + 10]:
                await journal.record(entry)
    kept = [entry for entry in entries_in(tmp_path) if entry != a_checkpoint()]
    assert kept == list(some_entries(30))
    *older, _ = segments(tmp_path)
    for path in older:
        path.write_bytes(b"nobody reads this")
    found = recovered(tmp_path)
    found.segment.close()
    assert found.entries[0] == a_checkpoint()
    assert "no journal" in fault_of(tmp_path)


async def test_a_segment_that_is_missing_between_others_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "ROTATE_AT", 2_000)
    async with a_journal(tmp_path) as journal:
        for entry in some_entries(30):
            await journal.record(entry)
    segments(tmp_path)[1].unlink()
    assert "follows it" in fault_of(tmp_path)


async def test_a_full_disk_is_told_keeps_what_was_noted_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    async with a_journal(tmp_path) as journal:
        await journal.record(*some_entries(4))
        with files_at_most(end_of_records(tmp_path) + 50):
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


async def test_what_a_full_disk_did_not_take_is_tried_once_more_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 60)
    async with a_journal(tmp_path) as journal:
        await journal.record(*some_entries(4))
        with files_at_most(end_of_records(tmp_path) + 50):
            with pytest.raises(JournalUnavailable):
                await journal.record(an_intent(5))
            journal.note(an_intent(6))
    assert entries_in(tmp_path) == [*some_entries(4), an_intent(6)]


def whole_files(folder: Path) -> list[bytes]:
    return [path.read_bytes().rstrip(b"\0") for path in sorted(folder.iterdir())]


def none() -> None:
    """Stages that were not told yet all that was recorded."""


@pytest.mark.parametrize("checkpoint", [a_checkpoint, none])
@pytest.mark.parametrize("before", [0, 3])
async def test_after_a_flush_that_failed_a_new_file_is_begun_and_what_was_refused_never_counts(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    checkpoint: Callable[[], Checkpoint | None],
    before: int,
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    async with a_journal(tmp_path, checkpoint) as journal:
        if before:
            await journal.record(*some_entries(before))
        with failing_flushes():
            with pytest.raises(JournalUnavailable, match="forced to the disk"):
                await journal.record(an_intent(7))
            broken = segments(tmp_path)[0].read_bytes()
            journal.note(an_intent(8))
        with anyio.fail_after(10):
            await journal.record()
        assert journal.fault == ""
        await journal.record(an_intent(9))
    expected = [*some_entries(before), an_intent(8), an_intent(9)]
    assert [entry for entry in entries_in(tmp_path) if entry != a_checkpoint()] == expected
    assert broken.rstrip(b"\0") in whole_files(tmp_path), "what the disk may have of it is not thrown away"
    found = recovered(tmp_path)
    found.segment.close()
    assert list(found.entries) == ([a_checkpoint(), *expected[before:]] if checkpoint() else expected)


async def test_a_disk_that_fails_for_long_refuses_what_waits_and_keeps_what_was_noted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent(1))
        with failing_flushes():
            journal.note(an_intent(2))
            for number in range(3, 6):
                with pytest.raises(JournalUnavailable):
                    await journal.record(an_intent(number))
        await journal.record()
    assert [entry for entry in entries_in(tmp_path) if entry != a_checkpoint()] == [an_intent(1), an_intent(2)]


async def test_what_a_failed_flush_left_is_written_to_a_new_file_on_the_way_out(tmp_path: Path) -> None:
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent(1))
        with failing_flushes(), pytest.raises(JournalUnavailable):
            await journal.record(an_intent(2))
        journal.note(an_intent(3))
    assert [entry for entry in entries_in(tmp_path) if entry != a_checkpoint()] == [an_intent(1), an_intent(3)]


async def test_a_record_that_is_lost_before_a_file_that_was_begun_after_a_failure_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    async with a_journal(tmp_path, none) as journal:
        for number in range(4):
            await journal.record(an_intent(number))
        kept = end_of_records(tmp_path)
        with failing_flushes(), pytest.raises(JournalUnavailable):
            await journal.record(an_intent(7))
        await journal.record(an_intent(9))
    broken, _ = segments(tmp_path)
    whole = broken.read_bytes()
    for torn in (kept, kept + 9):
        broken.write_bytes(whole[:torn])
        assert fault_of(tmp_path) == ""
    broken.write_bytes(whole[: kept - 1])
    assert "follows it" in fault_of(tmp_path)
    with pytest.raises(JournalCorrupt, match="follows it"):
        recovered(tmp_path)


async def test_a_start_writes_the_last_group_again_for_its_flush_may_have_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 60)
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent(1))
        sure = end_of_records(tmp_path)
        with failing_flushes(), pytest.raises(JournalUnavailable):
            await journal.record(an_intent(2), an_intent(3))
    (path,) = segments(tmp_path)
    whole = path.read_bytes().rstrip(b"\0")
    wrote: list[tuple[bytes, int]] = []
    write = os.pwrite

    def noted(file: int, data: bytes, at: int) -> int:
        wrote.append((bytes(data), at))
        return write(file, data, at)

    monkeypatch.setattr(os, "pwrite", noted)
    found = recovered(tmp_path)
    found.segment.close()
    assert wrote == [(whole[sure:], sure)]
    assert found.entries == (an_intent(1), an_intent(2), an_intent(3))
    assert path.read_bytes() == whole


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


async def test_a_record_that_this_fks_does_not_know_is_named_and_what_to_do(tmp_path: Path) -> None:
    unknown = encoded(an_intent()).replace(b"OrdersPlanned", b"OrdersPraised")
    with pytest.raises(JournalTooNew, match=r"newer FKS .a record 'OrdersPraised', which .* go on with that FKS"):
        decoded(unknown)


async def test_the_fault_goes_when_the_disk_takes_something_again_though_nothing_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    probes: list[Segment] = []
    probe = Segment.probe

    def counted(segment: Segment) -> None:
        probes.append(segment)
        probe(segment)

    monkeypatch.setattr(Segment, "probe", counted)
    async with a_journal(tmp_path) as journal:
        await journal.record(an_intent(1))
        with files_at_most(end_of_records(tmp_path)):
            with pytest.raises(JournalUnavailable):
                await journal.record(an_intent(2))
            with anyio.fail_after(10):
                while not probes:
                    await anyio.lowlevel.checkpoint()
            assert journal.fault
        with anyio.fail_after(10):
            while journal.fault:
                await anyio.lowlevel.checkpoint()
        await journal.record(an_intent(3))
    assert entries_in(tmp_path) == [an_intent(1), an_intent(3)]
