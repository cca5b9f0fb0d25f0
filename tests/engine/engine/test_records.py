"""The engine's journal when it is opened: whole, half written, damaged, of a newer version, or in nobody's reach."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio
import pytest

from fks_engine.api import Connection
from fks_engine.clock import SystemClock
from fks_engine.config import Folders, Settings, load_settings, user_folders
from fks_engine.config.folders import made
from fks_engine.engine.records import Records, journal_folder, journal_status, opened
from fks_engine.errors import JournalUnavailable
from fks_engine.journal import journal as journal_module
from fks_engine.journal.codec import encoded
from fks_engine.journal.frames import framed
from fks_engine.journal.segment import segments
from fks_engine.model import Checkpoint, JournalOpened, Mode, TradingState, TradingStateSet
from fks_engine.ports import Unkept
from tests.engine.journal.entries import files_at_most

KEY = "a key"


def the_folders(tmp_path: Path) -> Folders:
    return user_folders({"FKS_HOME": str(tmp_path)})


def the_settings(**changes: str) -> Settings:
    return load_settings({key.replace("__", "."): value for key, value in changes.items()})


def open_records(folders: Folders, settings: Settings | None = None, key: str = KEY) -> Records:
    return opened(settings or the_settings(), folders, SystemClock(), key)


async def write(records: Records, *switches: TradingStateSet) -> None:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(records.run)
        for switch in switches:
            try:
                await records.journal.record(switch)
            except JournalUnavailable:
                records.journal.note(switch)
        tasks.cancel_scope.cancel()
    await records.close()


def a_switch(state: TradingState = TradingState.HALTED) -> TradingStateSet:
    return TradingStateSet(ts=1, state=state, reason="enough for today")


def test_what_was_written_is_told_at_the_next_opening(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    anyio.run(write, open_records(folders), a_switch())
    records = open_records(folders)
    assert [type(entry) for entry in records.entries] == [JournalOpened, TradingStateSet]
    assert records.entries[1] == a_switch()
    assert journal_status(records).connection is Connection.LIVE
    anyio.run(records.close)


def test_two_engines_on_one_journal_are_refused(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    first = open_records(folders)
    second = open_records(folders)
    assert "another FKS" in second.journal.fault
    anyio.run(first.close)


def test_accounts_and_modes_never_share_a_journal(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    both = {journal_folder(the_settings(), folders, key) for key in ("one", "another")}
    testnet = the_settings(mode=Mode.TESTNET.value, exchange__api_key="one", exchange__api_secret="secret")
    both.add(journal_folder(testnet, folders, "one"))
    assert len(both) == 3
    assert not any("another" in str(path) for path in both)


def test_a_damaged_journal_is_shut_says_why_and_takes_no_order(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    anyio.run(write, open_records(folders), a_switch(), a_switch(TradingState.ACTIVE))
    (path,) = segments(journal_folder(the_settings(), folders, KEY))
    damaged = bytearray(path.read_bytes())
    damaged[40] ^= 4
    path.write_bytes(damaged)
    records = open_records(folders)
    assert "is damaged" in records.journal.fault
    assert "fks journal verify" in records.journal.fault
    assert journal_status(records).connection is Connection.DISCONNECTED
    with pytest.raises(JournalUnavailable, match="is damaged"):
        anyio.run(records.journal.record, a_switch())
    assert path.read_bytes() == damaged


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    folder = journal_folder(the_settings(), folders, KEY)
    folder.parent.parent.mkdir(parents=True)
    folder.parent.write_text("in the way")
    records = open_records(folders)
    assert str(folder) in records.journal.fault
    assert "cannot make this folder" in records.journal.fault


def test_an_exchange_that_is_only_read_needs_no_journal(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    records = open_records(folders, the_settings(exchange__read_only="true"))
    assert isinstance(records.journal, Unkept)
    assert not folders.data.exists()


def test_a_switch_is_kept_though_the_disk_takes_nothing_now(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = the_folders(tmp_path)
    records = open_records(folders)

    async def full(*_: object) -> None:
        raise JournalUnavailable("no space left")

    monkeypatch.setattr(records.journal, "record", full)
    anyio.run(write, records, a_switch())
    again = open_records(folders)
    assert a_switch() in again.entries
    anyio.run(again.close)


def test_a_disk_that_is_full_at_the_start_is_named_and_nothing_is_sent(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    with files_at_most(0):
        records = open_records(folders)
    assert f"{journal_folder(the_settings(), folders, KEY)}" in records.journal.fault
    assert f"cannot be written: {os.strerror(errno.EFBIG)}" in records.journal.fault
    with pytest.raises(JournalUnavailable, match="cannot be written"):
        anyio.run(records.journal.record, a_switch())


@contextmanager
def an_ordinary_user(folder: Path) -> Iterator[None]:
    """Root may write into every folder, and so is somebody else for the length of the block, who owns this one."""
    if os.geteuid() != 0:
        yield
        return
    nobody = 65_534
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody, nobody)
    os.setresuid(nobody, nobody, 0)
    try:
        yield
    finally:
        os.setresuid(0, 0, 0)


def test_a_folder_that_may_only_be_read_is_named() -> None:
    with tempfile.TemporaryDirectory() as home:  # pytest's own are for root alone
        folders, settings = the_folders(Path(home)), the_settings()
        folder = made(journal_folder(settings, folders, KEY))
        folder.chmod(0o500)
        with an_ordinary_user(Path(home)):
            assert folder.stat().st_uid == os.geteuid()
            records = open_records(folders, settings)
        folder.chmod(0o700)
    assert f"{folder} cannot be written: {os.strerror(errno.EACCES)}" in records.journal.fault


def test_a_journal_of_a_newer_fks_says_what_to_do(tmp_path: Path) -> None:
    folders = the_folders(tmp_path)
    anyio.run(write, open_records(folders), a_switch())
    (path,) = segments(journal_folder(the_settings(), folders, KEY))
    with path.open("ab") as file:
        file.write(framed(3, 2, encoded(a_switch()).replace(b"TradingStateSet", b"TradingStateTip")))
    size = path.stat().st_size
    records = open_records(folders)
    assert "written by a newer FKS (a record 'TradingStateTip', which this one does not know)" in records.journal.fault
    assert "go on with that FKS" in records.journal.fault
    assert path.stat().st_size == size


def test_a_disk_that_fills_up_shows_on_the_status_line_until_it_takes_something_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "TRY_AGAIN_S", 0.01)
    folders = the_folders(tmp_path)
    records = open_records(folders)

    async def fill_up() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(records.run)
            with files_at_most(1):
                with pytest.raises(JournalUnavailable):
                    await records.journal.record(a_switch())
                status = journal_status(records)
                assert status.connection is Connection.DISCONNECTED
                assert os.strerror(errno.EFBIG) in status.detail
            with anyio.fail_after(10):
                while records.journal.fault:
                    await anyio.lowlevel.checkpoint()
            assert journal_status(records).connection is Connection.LIVE
            tasks.cancel_scope.cancel()
        await records.close()

    anyio.run(fill_up)
    again = open_records(folders)
    assert [type(entry) for entry in again.entries] == [JournalOpened]
    anyio.run(again.close)


def test_no_file_begins_anew_before_all_that_was_recorded_has_been_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal_module, "ROTATE_AT", 1)
    folders = the_folders(tmp_path)
    anyio.run(write, open_records(folders), a_switch())
    records = open_records(folders)
    records.checkpoint = lambda: Checkpoint(ts=2)
    folder = journal_folder(the_settings(), folders, KEY)

    async def write_on() -> None:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(records.run)
            await records.journal.record(a_switch())
            assert len(segments(folder)) == 1
            records.entries = ()
            await records.journal.record(a_switch(TradingState.ACTIVE))
            with anyio.fail_after(10):
                while len(segments(folder)) == 1:
                    await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
        await records.close()

    anyio.run(write_on)
