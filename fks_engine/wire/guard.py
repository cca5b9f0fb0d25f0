"""Who may own, open and reach the engine's socket."""

from __future__ import annotations

import fcntl
import logging
import os
import socket
import stat
import struct
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fks_engine.errors import EngineAlreadyRunning, EngineNotRunning, SocketRefused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOG = logging.getLogger(__name__)
BACKLOG = 16
_DARWIN_LOCAL_PEERCRED = 1
_DARWIN_CREDENTIALS = struct.Struct("IIh16I")


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to be the one engine on `path`, held by a lock that ends with the process."""

    path: Path


def own_uid() -> int:
    """The user this process runs as."""
    return os.getuid()


def lock_path(path: Path) -> Path:
    """The lock file beside the socket: `engine.lock` for `engine.sock`."""
    return path.with_suffix(".lock")


@contextmanager
def claimed(path: Path) -> Iterator[Claim]:
    """Hold the lock of the socket at `path` for the length of the block; the folder is made where it is missing.

    Raises EngineAlreadyRunning where another process holds it, SocketRefused where the folder is not ours alone.
    """
    _own_folder(path.parent)
    lock = lock_path(path)
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise SocketRefused(f"{lock}: cannot be opened: {error.strerror}") from error
    try:
        if not _locked(descriptor):
            raise EngineAlreadyRunning(
                f"an engine already runs on {path.parent}{_pid_words(claim_holder(path))}: "
                "attach to it with `fks`, or stop it with `fks engine stop`"
            )
        _name_holder(lock, descriptor)
        yield Claim(path)
    finally:
        os.close(descriptor)


def claim_holder(path: Path) -> int | None:
    """The process that holds the lock of the socket at `path`; None where nobody does. 0 where its id is not known."""
    try:
        descriptor = os.open(lock_path(path), os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        text = os.read(descriptor, 32).strip()
        return int(text) if text.isdigit() else 0
    finally:
        os.close(descriptor)
    return None


def bound(claim: Claim) -> socket.socket:
    """A listening socket at the claimed path, mode 0600; a file that nobody listens on any more is replaced.

    Raises EngineAlreadyRunning where somebody does, SocketRefused where the file is not our socket.
    """
    path = claim.path
    _clear(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.bind(os.fspath(path))
        path.chmod(0o600)  # before listen: until then nobody can connect
        sock.listen(BACKLOG)
    except OSError as error:
        sock.close()
        raise SocketRefused(f"{path}: cannot listen there: {error.strerror or error}") from error
    return sock


def reached(path: Path) -> socket.socket:
    """A socket connected to the engine at `path`.

    Raises EngineNotRunning where nobody listens, SocketRefused where the socket or the listener is not ours.
    """
    _check_socket_file(path)
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.connect(os.fspath(path))
        check_peer(sock)
    except (ConnectionRefusedError, FileNotFoundError) as error:
        sock.close()
        raise EngineNotRunning(f"no engine listens on {path}; `fks engine start` starts one") from error
    except OSError as error:
        sock.close()
        raise EngineNotRunning(f"the engine on {path} takes no connection: {error.strerror or error}") from error
    except SocketRefused:
        sock.close()
        raise
    return sock


def check_peer(sock: socket.socket) -> None:
    """Raises SocketRefused where the process at the other end runs as another user."""
    uid = peer_uid(sock)
    if uid != own_uid():
        raise SocketRefused(f"the other end of the socket runs as another user (uid {uid}, this is uid {own_uid()})")


def peer_uid(sock: socket.socket) -> int:
    """The user at the other end, as the kernel knows it. Raises SocketRefused where the kernel cannot tell."""
    if sys.platform == "linux":
        size = struct.calcsize("3i")
        _, uid, _ = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
        return int(uid)
    if sys.platform == "darwin":
        raw = sock.getsockopt(0, _DARWIN_LOCAL_PEERCRED, _DARWIN_CREDENTIALS.size)
        return int(_DARWIN_CREDENTIALS.unpack(raw.ljust(_DARWIN_CREDENTIALS.size, b"\0"))[1])
    raise SocketRefused(f"FKS cannot tell who is at the other end of a socket on {sys.platform}")


def _own_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.stat()
    except OSError as error:
        raise SocketRefused(f"{folder}: cannot make this folder: {error.strerror}") from error
    if status.st_uid != own_uid():
        raise SocketRefused(f"{folder}: belongs to another user (uid {status.st_uid}); name another with FKS_HOME")
    if status.st_mode & 0o022:
        raise SocketRefused(
            f"{folder}: others may write here (mode {stat.S_IMODE(status.st_mode):o}); `chmod 700 {folder}` closes it"
        )
    if status.st_mode & 0o077:
        folder.chmod(0o700)


def _clear(path: Path) -> None:
    """Take away a socket file that nobody listens on."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(status.st_mode):
        raise SocketRefused(f"{path}: is not a socket; move it away")
    if status.st_uid != own_uid():
        raise SocketRefused(f"{path}: belongs to another user (uid {status.st_uid}); remove it")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(os.fspath(path))
        except (ConnectionRefusedError, FileNotFoundError):
            path.unlink(missing_ok=True)
            return
        except OSError:
            LOG.debug("%s is held by a listener that takes no connection", path)
    raise EngineAlreadyRunning(f"an engine already listens on {path}: attach to it with `fks`")


def _check_socket_file(path: Path) -> None:
    try:
        status = path.lstat()
    except FileNotFoundError as error:
        raise EngineNotRunning(f"no engine runs: there is no {path}; `fks engine start` starts one") from error
    except OSError as error:
        raise SocketRefused(f"{path}: cannot be looked at: {error.strerror}") from error
    if not stat.S_ISSOCK(status.st_mode):
        raise SocketRefused(f"{path}: is not a socket; move it away")
    if status.st_uid != own_uid():
        raise SocketRefused(f"{path}: belongs to another user (uid {status.st_uid}); it is not ours to use")
    if status.st_mode & 0o077:
        raise SocketRefused(
            f"{path}: is open to other users (mode {stat.S_IMODE(status.st_mode):o}); `chmod 600 {path}` closes it, "
            "if you know who opened it"
        )


def _locked(descriptor: int) -> bool:
    """Take the lock; a second and third try let pass those who only look whether it is held."""
    for _ in range(3):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            time.sleep(0.02)
        else:
            return True
    return False


def _name_holder(lock: Path, descriptor: int) -> None:
    """Write into the lock whose it is."""
    try:
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
    except OSError as error:
        raise SocketRefused(f"{lock}: cannot be written: {error.strerror}; make room or free the disk") from error


def _pid_words(pid: int | None) -> str:
    return f" (pid {pid})" if pid else ""
