"""The desk over a real SSH connection: attach, trade, lose the link, attach again; also inside tmux on the far side."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.wire.serving import short_folder
from tests.integration.ssh_server import SSHD, SshServer, ssh_server
from tests.integration.tmux import DEADLINE_S, Tmux

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(
        SSHD is None or shutil.which("ssh") is None, reason="needs sshd and ssh (Debian package openssh-server)"
    ),
    pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux (Debian package tmux)"),
    pytest.mark.timeout(240),
]


@pytest.fixture
def home() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder
        fks(folder, "engine", "stop", "--cancel-orders")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SshServer]:
    with ssh_server(tmp_path) as running:
        yield running


def fks(home: Path, *words: str) -> str:
    command = [sys.executable, "-m", "fks_tui", *words]
    done = subprocess.run(
        command, env=os.environ | {"FKS_HOME": str(home)}, capture_output=True, text=True, timeout=60, check=False
    )
    return done.stdout


def engine(home: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(fks(home, "engine", "status", "--json"))
    return found


def far_desk(server: SshServer, home: Path, wrapped: str = "") -> str:
    """What a person types: log in, and open the desk there."""
    there = f"cd {shlex.quote(os.getcwd())} && {wrapped}env FKS_HOME={home} {shlex.quote(sys.executable)} -m fks_tui"
    return "exec " + shlex.join(server.command(there))


def eventually(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"{what} did not come about"
        time.sleep(0.1)


def test_a_link_that_is_cut_loses_no_order_and_the_next_login_shows_all(server: SshServer, home: Path) -> None:
    terminal = Tmux(home, 100, 30)
    terminal.open(far_desk(server, home))
    try:
        terminal.shows("LIVE", "BTC/USDT")
        terminal.keys("b")
        terminal.shows("BUY BTC/USDT", "Quantity")
        terminal.run("send-keys", "-t", "walk", "-l", "0.01")
        terminal.keys("Tab", "C-u")
        terminal.run("send-keys", "-t", "walk", "-l", "50000")
        terminal.shows("50000", "would let it through")
        terminal.keys("Enter")
        terminal.shows("Send this order?", "y send")
        terminal.keys("Enter")
        terminal.shows("1 working")
        before = engine(home)

        os.kill(terminal.pid(), signal.SIGKILL)  # the laptop's lid is shut: nothing is said, the link is gone
        eventually(lambda: engine(home)["attached_desks"] == before["attached_desks"] - 1, "the desk's end")

        assert engine(home)["pid"] == before["pid"]
        terminal.close()
        terminal.open(far_desk(server, home))
        terminal.shows("LIVE", "1 working")
        terminal.keys("F3")
        terminal.shows("50000", "Working")
        terminal.keys("c")
        terminal.until(lambda screen: "1 working" not in screen, "the canceled order")
    finally:
        terminal.close()


def test_a_desk_in_tmux_on_the_far_side_is_found_again_after_the_link_was_cut(
    server: SshServer, home: Path, tmp_path: Path
) -> None:
    name = f"fks-far-{os.getpid()}"
    far_tmux = f"tmux -L {name} new-session -A -s desk "
    terminal = Tmux(home, 80, 24)
    terminal.open(far_desk(server, home, far_tmux))
    try:
        terminal.shows("LIVE", "BTC/USDT")
        pid = engine(home)["pid"]
        os.kill(terminal.pid(), signal.SIGKILL)
        terminal.close()
        assert engine(home)["pid"] == pid
        terminal.open(far_desk(server, home, far_tmux))
        terminal.shows("LIVE", "BTC/USDT")
        assert engine(home)["attached_desks"] <= 2, "the desk of before, and this question"
    finally:
        terminal.close()
        subprocess.run(["tmux", "-L", name, "kill-server"], check=False, capture_output=True)
