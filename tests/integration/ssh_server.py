"""A real OpenSSH server on loopback, with keys and configuration of its own in a temporary folder."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

READY_S = 10.0
SSHD = shutil.which("sshd") or next((path for path in ("/usr/sbin/sshd",) if Path(path).is_file()), None)
PRIVILEGE_SEPARATION = Path("/run/sshd")


@dataclass(frozen=True)
class SshServer:
    """Where it listens, and how this user gets in."""

    port: int
    folder: Path

    def command(self, *words: str) -> list[str]:
        """A client's command line: a terminal on the server in which `words` run."""
        options = {
            "Port": self.port,
            "IdentityFile": self.folder / "client",
            "IdentitiesOnly": "yes",
            "UserKnownHostsFile": self.folder / "known",
            "StrictHostKeyChecking": "accept-new",
            "LogLevel": "ERROR",
        }
        given = [f"-o{name}={value}" for name, value in options.items()]
        return ["ssh", "-tt", "-F", "none", *given, f"{getpass.getuser()}@127.0.0.1", *words]


@contextmanager
def ssh_server(folder: Path) -> Iterator[SshServer]:
    """An sshd for the length of the block; only its own key opens it."""
    assert SSHD is not None
    if os.getuid() == 0:
        PRIVILEGE_SEPARATION.mkdir(mode=0o755, exist_ok=True)  # sshd wants it of root; an init script would make it
    for name in ("host", "client"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)], check=True)
    (folder / "authorized").write_text((folder / "client.pub").read_text())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = {
        "ListenAddress": f"127.0.0.1:{port}",
        "HostKey": folder / "host",
        "AuthorizedKeysFile": folder / "authorized",
        "PidFile": folder / "pid",
        "StrictModes": "no",
        "UsePAM": "no",
        "PasswordAuthentication": "no",
        "KbdInteractiveAuthentication": "no",
        "PermitRootLogin": "prohibit-password",
    }
    (folder / "sshd_config").write_text("".join(f"{name} {value}\n" for name, value in settings.items()))
    with (folder / "sshd.log").open("wb") as log:
        server = subprocess.Popen([SSHD, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log)
        try:
            _wait(port, server, folder)
            yield SshServer(port, folder)
        finally:
            server.terminate()
            server.wait(READY_S)


def _wait(port: int, server: subprocess.Popen[bytes], folder: Path) -> None:
    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline and server.poll() is None:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError(f"sshd does not listen: {(folder / 'sshd.log').read_text('utf-8', 'replace')}")
