"""One desk's connection as the engine sees it: pictures out, calls in, answers and streams out."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import anyio

from fks_engine.errors import ConnectionLost, FksError, WireError
from fks_engine.wire.conflation import PictureSlot
from fks_engine.wire.messages import (
    SIGNATURES,
    STREAM_CREDIT,
    Answer,
    Call,
    Cancel,
    End,
    Farewell,
    Fault,
    Hello,
    Method,
    More,
    Picture,
    decode_from_desk,
    enclosed,
    encode,
    opened,
)

if TYPE_CHECKING:
    from fks_engine.api import Desk
    from fks_engine.wire.framing import Frames

LOG = logging.getLogger(__name__)

Contain = Callable[[Callable[[], Awaitable[None]]], Awaitable[Exception | None]]
"""Runs work to its end and hands back the fault it raised, so that a fault costs this work and no more."""
Outgoing = bytes | Callable[[], bytes | None]
"""A frame, or what makes one at the moment it can be sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much one desk may ask of the engine."""

    view_interval_s: float = 0.1
    """The least time between two pictures."""
    stall_s: float = 30.0
    """A desk that has not taken a frame for so long is disconnected."""
    submit_s: float = 30.0
    """How long a submit goes on after its desk has gone."""
    calls_at_once: int = 16
    calls_waiting: int = 64
    """Calls running and waiting together; more are refused."""
    farewell_s: float = 0.5
    """How long the engine tries to say goodbye."""


class Session:
    """One connection: ends when the desk goes, stalls or misbehaves, or when it is cancelled."""

    def __init__(self, frames: Frames, hello: Hello, desk: Desk, limits: Limits, contain: Contain) -> None:
        self._frames = frames
        self._name = f"desk {hello.pid}"
        self._desk = desk
        self._limits = limits
        self._contain = contain
        self._pictures = PictureSlot()
        self._picture_waits = anyio.Event()
        self._picture_sent = anyio.Event()
        self._outbox, self._outgoing = anyio.create_memory_object_stream[Outgoing](limits.calls_at_once)
        self._running: dict[int, anyio.CancelScope] = {}
        self._credits: dict[int, anyio.Semaphore] = {}
        self._slots = anyio.Semaphore(limits.calls_at_once)
        self._tasks = anyio.create_task_group()
        self._farewell: str | None = "the engine has a fault; its log says more"

    async def run(self) -> None:
        """Serve the desk until it goes."""
        try:
            async with self._tasks as tasks:
                for work in (self._write, self._collect, self._publish, self._read):
                    tasks.start_soon(work)
        except anyio.get_cancelled_exc_class():
            self._farewell = "the engine is stopping"
            raise
        finally:
            with anyio.move_on_after(self._limits.farewell_s, shield=True):
                await self._part()
            self._outbox.close()
            self._outgoing.close()

    def _end(self, farewell: str | None = None) -> None:
        """Close the connection; a desk that still reads is told why."""
        self._farewell = farewell
        self._tasks.cancel_scope.cancel()

    async def _part(self) -> None:
        """Send the answers that are ready, and the reason for parting, where the desk still reads."""
        if self._farewell is None or self._frames.is_mid_frame:
            return
        try:
            while self._outgoing.statistics().current_buffer_used:
                await self._send(self._outgoing.receive_nowait())
            await self._frames.send(encode(Farewell(self._farewell)))
        except (ConnectionLost, WireError):
            LOG.debug("%s had gone before the goodbye", self._name)

    async def _write(self) -> None:
        """Send what waits, one frame after the other."""
        try:
            async for item in self._outgoing:
                with anyio.fail_after(self._limits.stall_s):
                    await self._send(item)
        except TimeoutError:
            LOG.warning("%s has read nothing for %g s and is disconnected", self._name, self._limits.stall_s)
            self._end()
        except ConnectionLost:
            self._end()

    async def _send(self, item: Outgoing) -> None:
        frame = item if isinstance(item, bytes) else item()
        if frame is not None:
            await self._frames.send(frame)

    async def _collect(self) -> None:
        """Take every picture the engine makes, however slow the desk is."""
        number = -1
        while True:
            view = await self._desk.changed(number)
            number = view.number
            self._pictures.put(view)
            self._picture_waits.set()

    async def _publish(self) -> None:
        """Send the newest picture when one waits, the last has gone out, and its time has come."""
        while True:
            await self._picture_waits.wait()
            self._picture_waits = anyio.Event()
            self._picture_sent = anyio.Event()
            await self._outbox.send(self._newest_picture)
            await self._picture_sent.wait()
            await anyio.sleep(self._limits.view_interval_s)

    def _newest_picture(self) -> bytes | None:
        self._picture_sent.set()
        view = self._pictures.take()
        return None if view is None else encode(Picture(view))

    async def _read(self) -> None:
        """Take the desk's messages until it closes the connection or sends what is none of ours."""
        try:
            while True:
                await self._take(decode_from_desk(await self._frames.receive()))
        except ConnectionLost:
            self._end()
        except WireError as error:
            LOG.warning("%s is disconnected: %s", self._name, error)
            self._end(f"the engine could not read this desk's message: {error}")

    async def _take(self, message: Call | Cancel | More) -> None:
        if isinstance(message, Cancel):
            if scope := self._running.get(message.id):
                scope.cancel()
        elif isinstance(message, More):
            self._grant(message)
        else:
            await self._start(message)

    def _grant(self, more: More) -> None:
        credit = self._credits.get(more.id)
        if credit is None:
            return
        if not 0 < more.count <= STREAM_CREDIT - credit.value:
            raise WireError(f"{more.count} more parts were asked for, out of {STREAM_CREDIT - credit.value}")
        for _ in range(more.count):
            credit.release()

    async def _start(self, call: Call) -> None:
        """Begin a call. Raises WireError where it is malformed."""
        if call.id in self._running:
            raise WireError(f"call {call.id} runs already")
        noun = opened(SIGNATURES[call.method].takes, call.noun, call.body)
        if len(self._running) >= self._limits.calls_waiting:
            refusal = Fault(call.id, "EngineError", f"too many calls at once ({self._limits.calls_waiting}); wait")
            await self._reply(refusal)
            return
        self._running[call.id] = anyio.CancelScope()
        self._tasks.start_soon(self._attend, call, noun)

    async def _attend(self, call: Call, noun: Any) -> None:
        """Run one call and answer it."""
        try:
            with self._running[call.id]:
                async with self._slots:
                    fault = await self._contain(partial(self._do, call, noun))
                    if fault is not None:
                        LOG.error("%s of %s failed", call.method.value, self._name, exc_info=fault)
                        message = f"the engine failed at this ({type(fault).__name__}); its log says more"
                        await self._reply(Fault(call.id, "EngineError", message))
        finally:
            del self._running[call.id]
            self._credits.pop(call.id, None)

    async def _do(self, call: Call, noun: Any) -> None:
        try:
            match call.method:
                case Method.SUBMIT:
                    await self._submit(call, noun)
                case Method.PREVIEW:
                    await self._reply(Answer(call.id, *enclosed(await self._desk.preview(noun))))
                case Method.QUERY:
                    await self._reply(Answer(call.id, *enclosed(await self._desk.query(noun))))
                case Method.RUN:
                    await self._stream(call, self._desk.run(noun))
                case Method.ASK:
                    await self._stream(call, self._desk.ask(noun.text))
        except FksError as error:
            await self._reply(Fault(call.id, type(error).__name__, str(error)))

    async def _submit(self, call: Call, command: Any) -> None:
        """What was begun is not undone by a desk that goes away."""
        late = f"no answer in {self._limits.submit_s:g} s; it may have been done: check Orders"
        message: Answer | Fault = Fault(call.id, "ConnectionLost", late)
        with anyio.move_on_after(self._limits.submit_s, shield=True):
            message = Answer(call.id, *enclosed(await self._desk.submit(command)))
        self._reply_at_once(message)

    async def _stream(self, call: Call, parts: AsyncIterator[Any]) -> None:
        credit = self._credits[call.id] = anyio.Semaphore(STREAM_CREDIT, max_value=STREAM_CREDIT)
        try:
            async for part in parts:
                await credit.acquire()
                await self._reply(Answer(call.id, *enclosed(part)))
        finally:
            if close := getattr(parts, "aclose", None):
                with anyio.CancelScope(shield=True), anyio.move_on_after(self._limits.farewell_s):
                    await close()
        await self._reply(End(call.id))

    async def _reply(self, message: Answer | End | Fault) -> None:
        await self._outbox.send(self._framed(message))

    def _reply_at_once(self, message: Answer | Fault) -> None:
        """Put an answer where it is sent even if this connection ends now."""
        try:
            self._outbox.send_nowait(self._framed(message))
        except anyio.WouldBlock:
            self._tasks.start_soon(self._outbox.send, self._framed(message))

    def _framed(self, message: Answer | End | Fault) -> bytes:
        frame = encode(message)
        if len(frame) <= self._frames.largest_out:
            return frame
        advice = f"the answer has {len(frame):,} bytes, more than {self._frames.largest_out:,}; ask for a smaller page"
        return encode(Fault(message.id, "EngineError", advice))
