"""A real socket in front of a desk, and raw connections to it."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio

from fks_engine.wire import Limits, claimed, serve
from fks_engine.wire.framing import Frames
from fks_engine.wire.guard import reached
from fks_engine.wire.handshake import own_hello
from fks_engine.wire.messages import decode_from_engine, decode_greeting, encode
from fks_engine.wire.session import Contain

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from contextlib import AbstractAsyncContextManager

    from anyio.abc import TaskGroup, TaskStatus

    from fks_engine.api import Desk
    from fks_engine.wire.messages import FromEngine

QUICK = Limits(view_interval_s=0.01)


@contextmanager
def short_folder() -> Iterator[Path]:
    """A private folder whose path leaves room for a socket's name."""
    folder = Path(tempfile.mkdtemp(prefix="fks-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def the_same(desk: Desk) -> Callable[[], AbstractAsyncContextManager[Desk]]:
    """What opens one and the same desk for every connection."""

    @asynccontextmanager
    async def opened() -> AsyncIterator[Desk]:
        yield desk

    return opened


@asynccontextmanager
async def serving(
    open_desk: Callable[[], AbstractAsyncContextManager[Desk]],
    *,
    path: Path | None = None,
    limits: Limits = QUICK,
    contain: Contain | None = None,
) -> AsyncIterator[Path]:
    """Serve `open_desk` on a socket for the length of the block."""
    with short_folder() as folder:
        path = path or folder / "engine.sock"
        options = {"limits": limits} if contain is None else {"limits": limits, "contain": contain}
        with claimed(path) as claim:
            async with anyio.create_task_group() as tasks:
                await tasks.start(partial(serve, claim, open_desk, **options))
                yield path
                tasks.cancel_scope.cancel()


@contextmanager
def raw_frames(path: Path) -> Iterator[Frames]:
    """A connection that has said nothing yet."""
    frames = Frames(reached(path))
    try:
        yield frames
    finally:
        frames.close()


@asynccontextmanager
async def greeted(path: Path) -> AsyncIterator[Frames]:
    """A connection that has exchanged hellos."""
    with raw_frames(path) as frames:
        await frames.send(encode(own_hello()))
        decode_greeting(await frames.receive())
        yield frames


async def heard(frames: Frames, kind: type[FromEngine]) -> FromEngine:
    """The next message of this kind; others are passed over."""
    with anyio.fail_after(10):
        while True:
            message = decode_from_engine(await frames.receive())
            if isinstance(message, kind):
                return message


class Door:
    """A served socket that can be closed and opened again while desks are connected."""

    def __init__(self, tasks: TaskGroup, path: Path, desk: Desk, limits: Limits) -> None:
        self.path = path
        self._tasks = tasks
        self._desk = desk
        self._limits = limits
        self._scope = anyio.CancelScope()
        self._closed = anyio.Event()

    async def open(self) -> None:
        self._scope, self._closed = anyio.CancelScope(), anyio.Event()
        await self._tasks.start(self._serve)

    async def close(self) -> None:
        self._scope.cancel()
        await self._closed.wait()

    async def _serve(self, *, task_status: TaskStatus[None]) -> None:
        with claimed(self.path) as claim, self._scope:
            await serve(claim, the_same(self._desk), limits=self._limits, task_status=task_status)
        self._closed.set()


@asynccontextmanager
async def a_door(desk: Desk, limits: Limits = QUICK) -> AsyncIterator[Door]:
    """An open door in front of one desk."""
    with short_folder() as folder:
        async with anyio.create_task_group() as tasks:
            door = Door(tasks, folder / "engine.sock", desk, limits)
            await door.open()
            yield door
            tasks.cancel_scope.cancel()
