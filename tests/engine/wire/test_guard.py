from __future__ import annotations

import errno
import os
import socket
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fks_engine.errors import EngineAlreadyRunning, EngineNotRunning, SocketRefused
from fks_engine.wire import guard
from fks_engine.wire.guard import bound, check_peer, claim_holder, claimed, lock_path, peer_uid, reached
from tests.engine.wire.serving import short_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

NOBODY = 65_534


@pytest.fixture
def path() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder / "data" / "engine.sock"


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_socket_is_its_owners_alone_and_so_is_its_folder(path: Path) -> None:
    before = os.umask(0)
    try:
        with claimed(path) as claim, bound(claim):
            assert mode_of(path) == 0o600
            assert mode_of(path.parent) == 0o700
            assert mode_of(lock_path(path)) == 0o600
    finally:
        os.umask(before)


def test_a_folder_that_others_can_read_is_closed(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    path.parent.chmod(0o755)
    with claimed(path):
        assert mode_of(path.parent) == 0o700


def test_a_folder_that_others_can_write_to_is_refused_and_left_alone(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o1777)
    with pytest.raises(SocketRefused, match="others may write here"), claimed(path):
        pass
    assert mode_of(path.parent) == 0o1777


def test_the_second_claim_on_a_folder_is_refused_and_names_the_first(path: Path) -> None:
    with claimed(path), pytest.raises(EngineAlreadyRunning, match=f"pid {os.getpid()}"), claimed(path):
        pass


def test_a_claim_ends_with_its_block(path: Path) -> None:
    with claimed(path):
        assert claim_holder(path) == os.getpid()
    assert claim_holder(path) is None
    with claimed(path):
        pass


def test_looking_for_the_holder_of_nothing_makes_nothing(path: Path) -> None:
    assert claim_holder(path) is None
    assert not path.parent.exists()


def test_a_socket_file_that_nobody_listens_on_is_replaced(path: Path) -> None:
    with claimed(path) as claim:
        bound(claim).close()
        left = path.stat().st_ino, path.stat().st_mtime_ns
        with bound(claim), reached(path):
            assert (path.stat().st_ino, path.stat().st_mtime_ns) != left


def test_a_socket_that_somebody_listens_on_is_left_to_him(path: Path) -> None:
    with claimed(path) as claim, bound(claim):
        with pytest.raises(EngineAlreadyRunning):
            bound(claim)
        assert path.exists()


def test_a_file_in_the_sockets_place_is_refused_and_kept(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text("my notes")
    with claimed(path) as claim, pytest.raises(SocketRefused, match="is not a socket"):
        bound(claim)
    with pytest.raises(SocketRefused, match="is not a socket"):
        reached(path)
    assert path.read_text() == "my notes"


def test_where_there_is_no_socket_no_engine_runs(path: Path) -> None:
    with pytest.raises(EngineNotRunning, match="fks engine start"):
        reached(path)


def test_where_nobody_listens_no_engine_runs(path: Path) -> None:
    with claimed(path) as claim:
        bound(claim).close()
        with pytest.raises(EngineNotRunning):
            reached(path)


@pytest.mark.parametrize("mode", [0o666, 0o660, 0o604])
def test_a_socket_that_is_open_to_others_is_not_used(path: Path, mode: int) -> None:
    with claimed(path) as claim, bound(claim):
        path.chmod(mode)
        with pytest.raises(SocketRefused, match=f"mode {mode:o}"):
            reached(path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_socket_of_another_user_is_not_used(path: Path) -> None:
    with claimed(path) as claim, bound(claim):
        os.chown(path, NOBODY, -1)
        with pytest.raises(SocketRefused, match=f"uid {NOBODY}"):
            reached(path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give files away")
def test_a_folder_of_another_user_is_not_used(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    os.chown(path.parent, NOBODY, -1)
    with pytest.raises(SocketRefused, match=f"uid {NOBODY}"), claimed(path):
        pass


def test_a_socket_of_another_user_is_not_used_whoever_we_are(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with claimed(path) as claim, bound(claim):
        monkeypatch.setattr(guard, "own_uid", lambda: os.getuid() + 1)
        with pytest.raises(SocketRefused, match="belongs to another user"):
            reached(path)


def test_the_kernel_tells_who_is_at_the_other_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert peer_uid(ours) == os.getuid()
        check_peer(ours)
        monkeypatch.setattr(guard, "own_uid", lambda: os.getuid() + 1)
        with pytest.raises(SocketRefused, match="another user"):
            check_peer(ours)


def test_a_lock_that_a_full_disk_does_not_take_is_told(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write

    def full(descriptor: int, text: bytes) -> int:
        if text == f"{os.getpid()}\n".encode():
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write(descriptor, text)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(SocketRefused, match=r"engine\.lock: cannot be written: No space left"), claimed(path):
        pass
