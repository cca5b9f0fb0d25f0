"""The desk's side of the door: a Desk over the socket that reconnects for as long as it is open."""

from __future__ import annotations

from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import anyio

from fks_engine.api import Accepted, Connection, DenialReason, Denied, Follow, ReplaceOrder, SubmitOco, SubmitOrder
from fks_engine.errors import ConnectionLost, EngineError, EngineNotRunning, NothingSent
from fks_engine.wire.conflation import PictureMemory
from fks_engine.wire.link import Link, dialled
from fks_engine.wire.messages import Method, Question
from fks_engine.wire.pictures import empty_view, lost_view

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path
    from types import TracebackType

    from fks_engine.api import (
        AnswerPart,
        Command,
        Desk,
        DeskView,
        Job,
        JobPart,
        Page,
        Preview,
        Previewable,
        Request,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a desk waits for what."""

    first_picture_s: float = 2.0
    silence_s: float = 3.0
    """An engine that sends no picture for so long is shown as gone."""
    retry_min_s: float = 0.1
    retry_max_s: float = 2.0
    answer_s: float = 35.0
    follow_again_s: float = 0.25


def connect(path: Path, *, patience: Patience | None = None) -> Connected:
    """A desk over the socket at `path`, for the length of an `async with` block.

    Entering raises EngineNotRunning, SocketRefused or ProtocolMismatch. Once inside, the desk reconnects by itself.
    """
    return Connected(path, patience or Patience())


class Connected:
    """Opens a SocketDesk and keeps it connected; what the block raises comes out of it as it is."""

    def __init__(self, path: Path, patience: Patience) -> None:
        self._desk = SocketDesk(path, patience)
        self._patience = patience
        self._tasks = anyio.create_task_group()

    async def __aenter__(self) -> Desk:
        """Connect, and wait a moment for the first picture."""
        link = await self._desk.dial()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._desk.keep, link)
        try:
            with anyio.move_on_after(self._patience.first_picture_s):
                await self._desk.changed(self._desk.view().number)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self._desk

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Disconnect."""
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)


class SocketDesk:
    """A Desk whose engine is another process."""

    def __init__(self, path: Path, patience: Patience) -> None:
        self._path = path
        self._patience = patience
        self._link: Link | None = None
        self._follow: Follow | None = None
        self._latest = empty_view()
        self._told = PictureMemory()
        self._shown: DeskView = self._latest
        self._changed = anyio.Event()
        self._picture: DeskView | None = None
        """The last that the engine sent."""
        self._picture_at = 0.0
        self._heard_at = 0.0

    def view(self) -> DeskView:
        """The latest picture, with every notice since the last call; the same one again where nothing is new."""
        if self._shown.number != self._latest.number:
            self._shown = self._told.since(self._shown.number, self._latest)
        return self._shown

    async def changed(self, number: int) -> DeskView:
        """The latest picture as soon as its number differs from `number`, with every notice since that one."""
        while self._latest.number == number:
            await self._changed.wait()
        return self._told.since(number, self._latest)

    async def submit(self, command: Command) -> Accepted | Denied:
        """Ask for something to be done.

        Raises ConnectionLost; its message says whether the engine may have done it all the same.
        """
        what = "the order may have been sent: check Orders"
        if not isinstance(command, SubmitOrder | SubmitOco | ReplaceOrder):
            what = "it may have been done all the same: look before you repeat it"
        answer: Accepted | Denied = await self._call(Method.SUBMIT, command, what)
        if isinstance(command, Follow) and isinstance(answer, Accepted):
            self._follow = command
        return answer

    async def preview(self, command: Previewable) -> Preview:
        """What the order would be and do. Raises ConnectionLost."""
        preview: Preview = await self._call(Method.PREVIEW, command)
        return preview

    async def query(self, request: Request) -> Page:
        """One page of records. Raises ConnectionLost."""
        page: Page = await self._call(Method.QUERY, request)
        return page

    async def run(self, job: Job) -> AsyncGenerator[JobPart]:
        """Run a job; closing the iterator cancels it. Raises ConnectionLost."""
        async with aclosing(self._live_link().stream(Method.RUN, job)) as parts:
            async for part in parts:
                yield part

    async def ask(self, question: str) -> AsyncGenerator[AnswerPart]:
        """Put a question to the assistant; closing the iterator cancels it. Raises ConnectionLost."""
        async with aclosing(self._live_link().stream(Method.ASK, Question(question))) as parts:
            async for part in parts:
                yield part

    def _live_link(self) -> Link:
        if self._link is None:
            raise NothingSent(f"nothing was sent: {self._latest.engine.detail}")
        return self._link

    async def _call(self, method: Method, noun: object, may_be_done: str = "") -> Any:
        link = self._live_link()
        try:
            return await link.call(method, noun, give_up=not may_be_done, within_s=self._patience.answer_s)
        except TimeoutError as error:
            late = f"no answer from the engine in {self._patience.answer_s:g} s"
            raise ConnectionLost(f"{late}; {may_be_done}" if may_be_done else late) from error
        except ConnectionLost as error:
            if isinstance(error, NothingSent) or not may_be_done:
                raise
            raise ConnectionLost(f"no answer from the engine; {may_be_done}") from error

    async def dial(self) -> Link:
        """Connect for the first time. Raises EngineNotRunning, SocketRefused, ProtocolMismatch."""
        try:
            link = await dialled(self._path)
        except ConnectionLost as error:
            raise EngineNotRunning(f"the engine on {self._path} closed the connection at once: {error}") from error
        self._latest = empty_view(pid=link.engine.pid, version=link.engine.version)
        self._shown = self._latest
        return link

    async def keep(self, link: Link) -> None:
        """Stay connected until cancelled."""
        while True:
            await self._live(link)
            link = await self._redialled(link)

    async def _live(self, link: Link) -> None:
        """Use one connection until it ends."""
        self._link = link
        self._heard_at = anyio.current_time()
        try:
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(self._watch_silence, link)
                if self._follow is not None:
                    tasks.start_soon(self._follow_again, link, self._follow)
                await link.run(self._take)
                tasks.cancel_scope.cancel()
        finally:
            self._link = None

    async def _redialled(self, lost: Link) -> Link:
        """The next connection; until there is one, the pictures say why not."""
        gone = f"engine gone (pid {lost.engine.pid})"
        if lost.farewell:
            gone += f": {lost.farewell}"
        attempt, wait_s, fault = 1, self._patience.retry_min_s, ""
        while True:
            self._show_lost(f"{gone}; {fault or 'reconnecting'}, try {attempt}")
            await anyio.sleep(wait_s)
            wait_s = min(wait_s * 2, self._patience.retry_max_s)
            attempt += 1
            try:
                return await dialled(self._path)
            except EngineNotRunning:
                gone, fault = f"engine gone (pid {lost.engine.pid})", "run fks to start it"
            except ConnectionLost:
                fault = ""
            except EngineError as error:
                fault = str(error)

    async def _follow_again(self, link: Link, follow: Follow) -> None:
        """Have a new engine follow what the last one did; one that only starts is asked until it can."""
        try:
            while self._follow is follow:
                answer = await link.call(Method.SUBMIT, follow, give_up=False)
                if not (isinstance(answer, Denied) and answer.reason is DenialReason.NOT_CONNECTED):
                    return  # done, or the new engine does not know the instrument: its view says so
                await anyio.sleep(self._patience.follow_again_s)
        except EngineError:
            return  # the connection ended again

    async def _watch_silence(self, link: Link) -> None:
        """Say so when the engine holds the connection but sends no picture."""
        while True:
            silent_s = anyio.current_time() - self._heard_at
            if silent_s > self._patience.silence_s:
                self._show_lost(f"engine silent for {silent_s:.0f} s (pid {link.engine.pid})")
            await anyio.sleep(max(self._patience.silence_s / 3, self._patience.silence_s - silent_s))

    def _take(self, view: DeskView) -> None:
        """A picture came from the engine."""
        self._picture = view
        self._picture_at = self._heard_at = anyio.current_time()
        self._publish(view)

    def _show_lost(self, detail: str) -> None:
        """Show the last picture as what it is: old."""
        if self._picture is None:
            engine = replace(self._latest.engine, connection=Connection.DISCONNECTED, detail=detail, is_gone=True)
            self._publish(replace(self._latest, engine=engine))
            return
        self._publish(lost_view(self._picture, detail, anyio.current_time() - self._picture_at))

    def _publish(self, view: DeskView) -> None:
        """Number the picture as this desk counts them, and tell who waits."""
        self._latest = replace(view, number=self._latest.number + 1)
        self._told.put(self._latest)
        self._changed.set()
        self._changed = anyio.Event()
