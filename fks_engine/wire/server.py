"""The engine's side of the door: takes connections on the socket and gives each desk its own session."""

from __future__ import annotations

import errno
import logging
import socket
from typing import TYPE_CHECKING

import anyio
from anyio import TASK_STATUS_IGNORED

from fks_engine.errors import ConnectionLost, ProtocolMismatch, SocketRefused, WireError
from fks_engine.wire.framing import LARGEST_CALL, Frames
from fks_engine.wire.guard import bound, check_peer
from fks_engine.wire.handshake import greet_desk
from fks_engine.wire.messages import Farewell, encode
from fks_engine.wire.session import Contain, Limits, Session

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from contextlib import AbstractAsyncContextManager

    from anyio.abc import TaskStatus

    from fks_engine.api import Desk
    from fks_engine.wire.guard import Claim

LOG = logging.getLogger(__name__)
MOST_DESKS = 32
SEND_BUFFER = 64 * 1024
"""Bytes that the kernel keeps for a desk which does not read: a few pictures, so that it soon gets fresh ones."""
OUT_OF_FILES = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


async def let_through(work: Callable[[], Awaitable[None]]) -> Exception | None:
    """Run `work` and contain nothing: its fault ends the server."""
    await work()
    return None


async def serve(
    claim: Claim,
    open_desk: Callable[[], AbstractAsyncContextManager[Desk]],
    *,
    contain: Contain = let_through,
    limits: Limits | None = None,
    task_status: TaskStatus[None] = TASK_STATUS_IGNORED,
) -> None:
    """Serve desks on the claimed socket until cancelled; each connection gets a desk of its own from `open_desk`.

    `contain` keeps a fault in one desk's call or connection from ending the others.
    Raises EngineAlreadyRunning or SocketRefused where the socket cannot be had.
    """
    limits = limits or Limits()
    listener = bound(claim)
    attached = 0

    async def attend(peer: socket.socket) -> None:
        nonlocal attached
        attached += 1
        try:
            fault = await contain(lambda: _attend(peer, open_desk, limits, contain, crowded=attached > MOST_DESKS))
            if fault is not None:
                LOG.error("a desk's connection failed", exc_info=fault)
        finally:
            attached -= 1
            peer.close()

    try:
        async with anyio.create_task_group() as desks:
            task_status.started()
            while True:
                await anyio.wait_readable(listener)
                peer = await _accepted(listener)
                if peer is not None:
                    desks.start_soon(attend, peer)
    finally:
        claim.path.unlink(missing_ok=True)
        listener.close()


async def _accepted(listener: socket.socket) -> socket.socket | None:
    """The next connection; None where it went away again or the process has no file left for it."""
    try:
        peer, _ = listener.accept()
    except OSError as error:
        if error.errno in OUT_OF_FILES:
            LOG.error("no connection can be taken: %s", error.strerror)
            await anyio.sleep(0.5)
        return None
    peer.setblocking(False)
    return peer


async def _attend(
    peer: socket.socket,
    open_desk: Callable[[], AbstractAsyncContextManager[Desk]],
    limits: Limits,
    contain: Contain,
    *,
    crowded: bool,
) -> None:
    """Check who is there, greet, and serve."""
    frames = Frames(peer, largest_in=LARGEST_CALL)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
    try:
        check_peer(peer)
        hello = await greet_desk(frames)
        if crowded:
            raise SocketRefused(f"{MOST_DESKS} desks are attached already; close one")
    except (SocketRefused, WireError) as error:
        LOG.warning("a connection is refused: %s", error)
        await _part(frames, f"the engine refuses this connection: {error}")
    except ProtocolMismatch as error:
        LOG.warning("a desk of another version is refused: %s", error)
    except ConnectionLost:
        LOG.debug("a connection went away before its hello")
    else:
        async with open_desk() as desk:
            await Session(frames, hello, desk, limits, contain).run()


async def _part(frames: Frames, reason: str) -> None:
    with anyio.move_on_after(1.0):
        try:
            await frames.send(encode(Farewell(reason)))
        except ConnectionLost:
            LOG.debug("it had gone before it could be told")
