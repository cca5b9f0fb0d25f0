"""One live connection as the desk sees it: calls out, answers and pictures in."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import AsyncGenerator
from math import inf
from typing import TYPE_CHECKING, Any

import anyio

from fks_engine import errors
from fks_engine.errors import ConnectionLost, EngineError, FksError, NothingSent, WireError
from fks_engine.wire.framing import LARGEST_CALL, Frames
from fks_engine.wire.guard import reached
from fks_engine.wire.handshake import greet_engine
from fks_engine.wire.messages import (
    SIGNATURES,
    STREAM_CREDIT,
    Answer,
    Call,
    Cancel,
    End,
    Farewell,
    Fault,
    Method,
    More,
    Picture,
    decode_from_engine,
    enclosed,
    encode,
    opened,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from fks_engine.api import DeskView
    from fks_engine.wire.messages import Hello

LOG = logging.getLogger(__name__)
OUTBOX_FRAMES = 64
LOOK_S = 0.25
"""An overdue call is found at most so late."""


class Mailbox:
    """What came back for one call, in order, up to the error that ends it."""

    def __init__(self, due: float = inf) -> None:
        self.due = due
        """When nobody waits for it any more, on the loop's clock."""
        self._messages: deque[Answer | End] = deque()
        self._error: FksError | TimeoutError | None = None
        self._wake = anyio.Event()

    def put(self, message: Answer | End) -> None:
        """Deliver a message."""
        self._messages.append(message)
        self._wake.set()

    def fail(self, error: FksError | TimeoutError) -> None:
        """Nothing more will come."""
        self._error = self._error or error
        self._wake.set()

    async def take(self) -> Answer | End:
        """The next message. Raises what the call failed with."""
        while not self._messages:
            if self._error is not None:
                raise self._error
            self._wake = anyio.Event()
            await self._wake.wait()
        return self._messages.popleft()


class Link:
    """A greeted connection. `run` moves its frames; it ends when the connection does and says why in `farewell`."""

    def __init__(self, frames: Frames, engine: Hello) -> None:
        self.engine = engine
        self.farewell = ""
        self._frames = frames
        self._mailboxes: dict[int, Mailbox] = {}
        self._last_id = 0
        self._outbox, self._outgoing = anyio.create_memory_object_stream[bytes](OUTBOX_FRAMES)
        self._control: deque[bytes] = deque()
        self._tasks = anyio.create_task_group()
        self._closed = False

    async def run(self, on_picture: Callable[[DeskView], None]) -> None:
        """Move frames until the connection ends; every call that waits fails then."""
        try:
            async with self._tasks as tasks:
                tasks.start_soon(self._write)
                tasks.start_soon(self._call_time)
                await self._read(on_picture)
                tasks.cancel_scope.cancel()
        finally:
            self._closed = True
            self._frames.close()
            self._outbox.close()
            self._outgoing.close()
            for mailbox in self._mailboxes.values():
                mailbox.fail(ConnectionLost("the engine went away before it answered"))

    async def _read(self, on_picture: Callable[[DeskView], None]) -> None:
        try:
            while True:
                message = decode_from_engine(await self._frames.receive())
                if isinstance(message, Picture):
                    on_picture(message.view)
                elif isinstance(message, Farewell):
                    self.farewell = message.reason
                else:
                    self._deliver(message)
        except ConnectionLost:
            return
        except WireError as error:
            LOG.warning("the engine (pid %s) sent what cannot be read: %s", self.engine.pid, error)
            self.farewell = str(error)

    def _deliver(self, message: Answer | End | Fault) -> None:
        mailbox = self._mailboxes.get(message.id)
        if mailbox is None:
            return  # of a call that nobody waits for any more
        if isinstance(message, Fault):
            mailbox.fail(_raised(message))
        else:
            mailbox.put(message)

    async def _write(self) -> None:
        try:
            async for frame in self._outgoing:
                if frame:
                    await self._frames.send(frame)
                while self._control:
                    await self._frames.send(self._control.popleft())
        except ConnectionLost:
            self._tasks.cancel_scope.cancel()

    async def _call_time(self) -> None:
        """Fail the calls that are overdue.

        A timer of its own for each call would keep its caller, and so a whole window that was closed long ago, alive
        until it is due: asyncio lets go of what a cancelled timer holds only then.
        """
        while True:
            now, first = anyio.current_time(), inf
            for mailbox in self._mailboxes.values():
                if mailbox.due <= now:
                    mailbox.fail(TimeoutError())
                elif mailbox.due < first:
                    first = mailbox.due
            await anyio.sleep(min(first - now, LOOK_S))

    async def _send(self, method: Method, noun: object, due: float = inf) -> tuple[int, Mailbox]:
        """Raises NothingSent, TimeoutError, and EngineError where `noun` is too large."""
        self._last_id += 1
        frame = encode(Call(self._last_id, method, *enclosed(noun)))
        if len(frame) > LARGEST_CALL:
            raise EngineError(f"{len(frame):,} bytes are more than one call may have ({LARGEST_CALL:,})")
        number, mailbox = self._last_id, Mailbox(due)
        self._mailboxes[number] = mailbox
        try:
            try:
                self._outbox.send_nowait(frame)
            except anyio.WouldBlock:
                with anyio.fail_after(due - anyio.current_time()):
                    await self._outbox.send(frame)
        except (anyio.ClosedResourceError, anyio.BrokenResourceError) as error:
            del self._mailboxes[number]
            raise NothingSent("the engine has gone; nothing was sent") from error
        except BaseException:
            del self._mailboxes[number]
            raise
        return number, mailbox

    def _send_control(self, message: Cancel | More) -> None:
        """Queue a small message without waiting; a closed connection needs it no more."""
        if self._closed:
            return
        self._control.append(encode(message))
        try:
            self._outbox.send_nowait(b"")
        except anyio.WouldBlock:
            return  # the frames that wait wake the writer

    async def call(self, method: Method, noun: object, *, give_up: bool, within_s: float = inf) -> Any:
        """Call a method and wait for its answer. `give_up` tells the engine when nobody waits for it any more.

        Raises ConnectionLost, TimeoutError after `within_s` seconds, and what the engine's desk raised.
        """
        number, mailbox = await self._send(method, noun, anyio.current_time() + within_s)
        answered = False
        try:
            message = await mailbox.take()
            answered = True
        except FksError:
            answered = True
            raise
        finally:
            del self._mailboxes[number]
            if give_up and not answered:
                self._send_control(Cancel(number))
        if isinstance(message, End):
            raise WireError("the engine ended a call without an answer")
        return opened(SIGNATURES[method].gives, message.noun, message.body)

    async def stream(self, method: Method, noun: object) -> AsyncGenerator[Any, None]:
        """Call a method that answers in parts. Closing the iterator cancels it in the engine."""
        number, mailbox = await self._send(method, noun)
        taken, ended = 0, False
        try:
            while not isinstance(message := await mailbox.take(), End):
                yield opened(SIGNATURES[method].gives, message.noun, message.body)
                taken += 1
                if taken == STREAM_CREDIT // 2:
                    self._send_control(More(number, taken))
                    taken = 0
            ended = True
        except FksError:
            ended = True
            raise
        finally:
            del self._mailboxes[number]
            if not ended:
                self._send_control(Cancel(number))


async def dialled(path: Path) -> Link:
    """A new connection to the engine at `path`, greeted.

    Raises EngineNotRunning, SocketRefused, ProtocolMismatch, WireError and ConnectionLost.
    """
    frames = Frames(reached(path), largest_out=LARGEST_CALL)
    try:
        return Link(frames, await greet_engine(frames))
    except BaseException:
        frames.close()
        raise


def _raised(fault: Fault) -> FksError:
    """The error that a fault stands for."""
    error = getattr(errors, fault.error, None)
    if isinstance(error, type) and issubclass(error, FksError) and error.__init__ is FksError.__init__:
        return error(fault.message)
    return EngineError(fault.message)
