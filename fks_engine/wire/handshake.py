"""The first words of desk and engine: who they are and which protocol they speak."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import anyio

from fks_engine.api import PROTOCOL_VERSION
from fks_engine.errors import ProtocolMismatch, WireError
from fks_engine.version import installed_version
from fks_engine.wire.messages import Farewell, Hello, decode_greeting, encode

if TYPE_CHECKING:
    from fks_engine.wire.framing import Frames

GREETING_S = 5.0
"""How long either side waits for the other's hello."""
LARGEST_GREETING = 4096


def own_hello() -> Hello:
    """This process as it presents itself."""
    return Hello(protocol=PROTOCOL_VERSION, version=installed_version(), pid=os.getpid())


async def greet_engine(frames: Frames) -> Hello:
    """The desk's side. Raises ProtocolMismatch, WireError and ConnectionLost."""
    engine = await _hellos(frames, "the engine hangs, or is no engine: `fks engine stop` ends it")
    own = own_hello()
    if engine.protocol != own.protocol:
        raise ProtocolMismatch(
            f"this desk is fks {own.version} (protocol {own.protocol}), but the engine that runs (pid {engine.pid}) is "
            f"fks {engine.version} (protocol {engine.protocol}): stop it with `fks engine stop`, then start fks again"
        )
    return engine


async def greet_desk(frames: Frames) -> Hello:
    """The engine's side; a desk of another version is told so. Raises ProtocolMismatch, WireError, ConnectionLost."""
    desk = await _hellos(frames, "whatever it is, it is no desk")
    own = own_hello()
    if desk.protocol != own.protocol:
        reason = (
            f"the engine (pid {own.pid}) is fks {own.version} (protocol {own.protocol}), but this desk is fks "
            f"{desk.version} (protocol {desk.protocol}): stop the engine with `fks engine stop`, then start fks again"
        )
        with anyio.move_on_after(GREETING_S):
            await frames.send(encode(Farewell(reason)))
        raise ProtocolMismatch(reason)
    return desk


async def _hellos(frames: Frames, advice: str) -> Hello:
    """Send ours, take theirs."""
    largest, frames.largest_in = frames.largest_in, LARGEST_GREETING
    try:
        with anyio.fail_after(GREETING_S):
            await frames.send(encode(own_hello()))
            greeting = decode_greeting(await frames.receive())
    except TimeoutError as error:
        raise WireError(f"no hello came over the socket within {GREETING_S:g} s; {advice}") from error
    frames.largest_in = largest
    if isinstance(greeting, Farewell):
        raise WireError(greeting.reason)
    return greeting
