"""Engine and desk as processes that die, hang and race."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest

from fks_engine.api import Accepted, CancelAllOrders, Connection
from fks_engine.wire import Patience, connect
from fks_engine.wire.guard import claim_holder
from tests.desk_contract import picture_with
from tests.engine.wire.serving import serving, short_folder, the_same
from tests.fake_desk import FakeDesk

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

pytestmark = pytest.mark.anyio
ROOT = Path(__file__).resolve().parents[3]
HASTY = Patience(silence_s=0.5, retry_min_s=0.02, retry_max_s=0.1)


@contextmanager
def a_process(module: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, "-m", f"tests.engine.wire.{module}", str(path)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@asynccontextmanager
async def served(path: Path) -> AsyncIterator[subprocess.Popen[str]]:
    with a_process("served_process", path) as process:
        assert await anyio.to_thread.run_sync(first_line, process) == "ready"
        yield process


async def test_an_engine_that_is_killed_is_shown_as_gone_and_found_again() -> None:
    with short_folder() as folder:
        path = folder / "engine.sock"
        async with served(path) as first, connect(path, patience=HASTY) as desk:
            await picture_with(desk, lambda view: view.engine.connection is Connection.LIVE)
            first.send_signal(signal.SIGKILL)
            lost = await picture_with(desk, lambda view: view.engine.connection is Connection.DISCONNECTED)
            assert f"engine gone (pid {first.pid})" in lost.engine.detail
            assert path.exists()
            async with served(path):
                await picture_with(desk, lambda view: view.engine.connection is Connection.LIVE)
                assert isinstance(await desk.submit(CancelAllOrders()), Accepted)


async def test_an_engine_that_hangs_is_shown_as_silent_and_live_when_it_goes_on() -> None:
    with short_folder() as folder:
        path = folder / "engine.sock"
        async with served(path) as process, connect(path, patience=HASTY) as desk:
            await picture_with(desk, lambda view: view.engine.connection is Connection.LIVE)
            process.send_signal(signal.SIGSTOP)
            await picture_with(desk, lambda view: "engine silent" in view.engine.detail)
            process.send_signal(signal.SIGCONT)
            await picture_with(desk, lambda view: view.engine.connection is Connection.LIVE)


async def test_a_desk_that_is_killed_leaves_the_engine_serving_others() -> None:
    fake = FakeDesk()
    async with serving(the_same(fake)) as path, connect(path) as desk:
        with a_process("connected_process", path) as process:
            assert await anyio.to_thread.run_sync(first_line, process) == "ready"
            process.send_signal(signal.SIGKILL)
            await anyio.to_thread.run_sync(process.wait)
        for _ in range(5):
            fake.show(fake.view())
            with anyio.fail_after(10):
                await desk.changed(desk.view().number)
        assert isinstance(await desk.submit(CancelAllOrders()), Accepted)


async def test_a_desk_that_is_stopped_slows_no_other() -> None:
    fake = FakeDesk()
    async with serving(the_same(fake)) as path, connect(path) as desk:
        with a_process("connected_process", path) as process:
            assert await anyio.to_thread.run_sync(first_line, process) == "ready"
            process.send_signal(signal.SIGSTOP)
            for _ in range(200):
                before = desk.view().number
                fake.show(fake.view())
                with anyio.fail_after(10):
                    await desk.changed(before)


async def test_of_engines_started_at_once_one_wins() -> None:
    with short_folder() as folder:
        path = folder / "engine.sock"
        with (
            a_process("served_process", path) as one,
            a_process("served_process", path) as two,
            a_process("served_process", path) as three,
        ):
            said = [await anyio.to_thread.run_sync(first_line, process) for process in (one, two, three)]
            assert sorted(said) == ["ready", "refused", "refused"]
            winner = (one, two, three)[said.index("ready")]
            assert claim_holder(path) == winner.pid
            async with connect(path) as desk:
                assert isinstance(await desk.submit(CancelAllOrders()), Accepted)


async def test_a_claim_ends_with_its_process_however_it_ends() -> None:
    with short_folder() as folder:
        path = folder / "engine.sock"
        async with served(path) as process:
            assert claim_holder(path) == process.pid
            os.kill(process.pid, signal.SIGKILL)
            await anyio.to_thread.run_sync(process.wait)
            assert claim_holder(path) is None
