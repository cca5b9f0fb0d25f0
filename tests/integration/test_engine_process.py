"""The engine as a process of its own: started, found, attached to, lost and stopped through the `fks` command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio
import pytest

from fks_engine.api import Connection
from fks_engine.config import user_folders
from fks_engine.wire import Patience, connect
from tests.desk_contract import picture_with
from tests.engine.wire.serving import short_folder
from tests.integration.terminal import in_terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

DESK_IS_UP = b"BTC/USDT"
LEFT_THE_SCREEN = b"\x1b[?1049l"
SHOWS_THE_CURSOR = b"\x1b[?25h"


class Home:
    """A user's folders, and the `fks` command on them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.folders = user_folders({"FKS_HOME": str(folder)})
        kept = {name: value for name, value in os.environ.items() if not name.startswith("FKS_")}
        self.environment = kept | {"FKS_HOME": str(folder)}

    def fks(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "fks_tui", *arguments],
            env=self.environment | variables,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=90,
            check=False,
        )

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.fks("engine", "status", "--json").stdout)
        return found


@pytest.fixture
def home() -> Iterator[Home]:
    with short_folder() as folder:
        home = Home(folder)
        try:
            yield home
        finally:
            home.fks("engine", "stop", "--leave-orders")


@pytest.fixture
def started(home: Home) -> Home:
    """An engine of the test's own, to be killed."""
    ended = home.fks("engine", "start")
    assert ended.returncode == 0, ended.stderr
    return home


@pytest.fixture(scope="module")
def shared() -> Iterator[Home]:
    """One engine for the tests that leave it alone."""
    with short_folder() as folder:
        home = Home(folder)
        ended = home.fks("engine", "start")
        assert ended.returncode == 0, ended.stderr
        try:
            yield home
        finally:
            home.fks("engine", "stop", "--leave-orders")


def until(condition: Callable[[], bool], within_s: float = 20.0) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "it did not come about in time"
        time.sleep(0.05)


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_the_engine_is_started_once_looked_at_and_stopped(home: Home) -> None:
    assert home.fks("engine", "status").returncode == 1
    started = home.fks("engine", "start")
    assert started.returncode == 0, started.stderr
    found = home.status()
    assert found["running"]
    assert found["mode"] == "sim"
    assert f"pid {found['pid']}" in started.stdout
    again = home.fks("engine", "start")
    assert (again.returncode, "already runs" in again.stdout) == (0, True)
    assert home.status()["pid"] == found["pid"]
    by_hand = home.fks("engine", "run")
    assert by_hand.returncode == 1
    assert f"pid {found['pid']}" in by_hand.stderr
    stopped = home.fks("engine", "stop")
    assert (stopped.returncode, stopped.stdout) == (0, "the engine has stopped\n")
    until(lambda: not runs(found["pid"]))
    assert not home.folders.socket.exists()
    assert home.fks("engine", "stop").stdout == "no engine runs\n"


def test_another_mode_than_the_one_that_runs_is_refused(shared: Home) -> None:
    ended = shared.fks("engine", "start", "--mode", "testnet", "--read-only")
    assert ended.returncode == 1
    assert "is in mode sim, not testnet" in ended.stderr


def test_an_option_that_a_running_engine_would_not_take_is_refused_and_a_variable_is_told(shared: Home) -> None:
    refused = shared.fks("engine", "start", "--set", "risk.max_order_notional=100")
    assert refused.returncode == 1
    assert "risk.max_order_notional: the engine runs with 25000, you asked for 100" in refused.stderr
    told = shared.fks("engine", "start", FKS_RISK__MAX_ORDER_NOTIONAL="100")
    assert (told.returncode, "already runs" in told.stdout) == (0, True)
    assert "FKS_RISK__MAX_ORDER_NOTIONAL now says 100; `fks engine stop`" in told.stderr
    assert shared.fks("engine", "start", "--set", "desk.theme=fks-light").returncode == 0


def test_the_engine_outlives_who_started_it_and_keeps_its_files_to_itself(shared: Home) -> None:
    found = shared.status()
    assert os.getsid(found["pid"]) == found["pid"]
    assert shared.folders.socket.stat().st_mode & 0o777 == 0o600
    assert shared.folders.data.stat().st_mode & 0o777 == 0o700
    assert (shared.folders.logs / "engine.log").stat().st_mode & 0o077 == 0


def test_an_engine_that_cannot_start_says_why(home: Home) -> None:
    ended = home.fks("engine", "start", FKS_SIMULATOR__DRIVE="replay", FKS_SIMULATOR__FILE="/no/such/file")
    if ended.returncode == 0:  # it runs, and says on its desk what is wrong with the simulator
        assert home.status()["connection"] != "live"
    home.fks("engine", "stop")
    home.folders.socket.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.folders.socket.write_text("in the way")
    ended = home.fks("engine", "start")
    assert ended.returncode == 1
    assert "is not a socket" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_settings_that_cannot_be_read_do_not_keep_the_engine_from_stopping(started: Home) -> None:
    assert started.fks("engine", "stop", FKS_NONSENSE="1").returncode == 0


def test_the_desk_wants_a_terminal(home: Home) -> None:
    ended = home.fks()
    assert ended.returncode == 2
    assert "needs a terminal" in ended.stderr
    assert not home.folders.data.exists()


@pytest.mark.anyio
async def test_a_desk_sees_a_killed_engine_as_gone_and_its_successor_as_live(started: Home) -> None:
    pid = started.status()["pid"]
    patience = Patience(retry_min_s=0.05, retry_max_s=0.2)
    async with connect(started.folders.socket, patience=patience) as desk:
        await picture_with(desk, lambda view: view.engine.connection is Connection.LIVE, within_s=40)
        os.kill(pid, signal.SIGKILL)
        lost = await picture_with(desk, lambda view: view.engine.connection is Connection.DISCONNECTED)
        assert f"engine gone (pid {pid})" in lost.engine.detail
        assert lost.quotes
        ended = await anyio.to_thread.run_sync(started.fks, "engine", "start")
        assert ended.returncode == 0, ended.stderr
        back = await picture_with(desk, lambda view: view.engine.connection is Connection.LIVE, within_s=40)
        assert back.engine.pid != pid


@pytest.mark.anyio
async def test_the_doctor_asks_the_running_engine(shared: Home) -> None:
    async with connect(shared.folders.socket) as desk:
        await picture_with(desk, lambda view: view.engine.clock_offset_ms is not None, within_s=40)
        ended = await anyio.to_thread.run_sync(shared.fks, "doctor")
    assert ended.returncode == 0, ended.stdout
    assert "asked by the engine" in ended.stdout
    assert "all is well" in ended.stdout


def test_the_doctor_starts_a_simulator_where_no_engine_runs_and_leaves_nothing(home: Home) -> None:
    ended = home.fks("doctor")
    assert ended.returncode == 0, ended.stdout
    assert "round trip" in ended.stdout
    assert list(home.folder.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_desk_that_is_told_to_end_puts_the_terminal_back(shared: Home, number: signal.Signals) -> None:
    pid = shared.status()["pid"]
    with in_terminal([sys.executable, "-m", "fks_tui"], shared.environment) as terminal:
        terminal.read_until(DESK_IS_UP)
        assert terminal.modes() != terminal.modes_before
        terminal.process.send_signal(number)
        assert terminal.wait() == 0
        assert terminal.modes() == terminal.modes_before
        assert LEFT_THE_SCREEN in terminal.written
        assert SHOWS_THE_CURSOR in terminal.written
        assert f"The engine (pid {pid}, mode sim) runs on".encode() in terminal.written
    assert runs(pid)


def test_a_desk_whose_terminal_is_closed_ends_and_the_engine_goes_on(shared: Home) -> None:
    pid = shared.status()["pid"]
    with in_terminal([sys.executable, "-m", "fks_tui"], shared.environment) as terminal:
        terminal.read_until(DESK_IS_UP)
        terminal.hang_up()
        assert terminal.process.wait(timeout=20) == 0
    assert shared.status()["pid"] == pid


def test_a_desk_that_is_killed_leaves_the_engine_running(shared: Home) -> None:
    pid = shared.status()["pid"]
    with in_terminal([sys.executable, "-m", "fks_tui"], shared.environment) as terminal:
        terminal.read_until(DESK_IS_UP)
        terminal.process.kill()
        terminal.process.wait()
    found = shared.status()
    assert found["pid"] == pid
    until(lambda: shared.status()["attached_desks"] == 1)  # this look is the one


def test_a_desk_stays_up_when_its_engine_is_killed_and_can_still_be_left(started: Home) -> None:
    pid = started.status()["pid"]
    with in_terminal([sys.executable, "-m", "fks_tui"], started.environment) as terminal:
        terminal.read_until(DESK_IS_UP)
        os.kill(pid, signal.SIGKILL)
        terminal.read_until(b"DISCONNECTED")
        terminal.process.send_signal(signal.SIGTERM)
        terminal.wait()
        assert terminal.modes() == terminal.modes_before


def test_the_desk_starts_the_engine_where_none_runs(home: Home) -> None:
    with in_terminal([sys.executable, "-m", "fks_tui"], home.environment) as terminal:
        terminal.read_until(DESK_IS_UP, within_s=60)
        assert home.status()["running"]
        terminal.process.terminate()
        terminal.wait()
    assert home.status()["running"]
