"""The history as the engine asks for it: read by a process of its own, so that the loop never waits for a file."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import anyio
from anyio.streams.buffered import BufferedByteReceiveStream

from fks_engine.api import Exported, Failed, HistoryPage, OrderLifePage, Progress, Refused
from fks_engine.history.frames import LENGTH, packed, unpacked

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from anyio.abc import Process

    from fks_engine.api import ExportHistory, HistoryRequest, OrderLifeRequest
    from fks_engine.history.frames import Message

END_DEADLINE_S = 2.0
_GONE = (anyio.EndOfStream, anyio.IncompleteRead, anyio.BrokenResourceError, anyio.ClosedResourceError, OSError)


class _Talk:
    """One reading process and the line to it."""

    def __init__(self, process: Process) -> None:
        assert process.stdout is not None
        self.process = process
        self._answers = BufferedByteReceiveStream(process.stdout)

    @classmethod
    async def begun(cls, folder: Path) -> _Talk:
        command = [sys.executable, "-m", "fks_engine.history.worker", str(folder)]
        process = await anyio.open_process(
            command,
            stdin=subprocess.PIPE,  # the process ends when this pipe closes, however the engine dies
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        return cls(process)

    async def ask(self, question: Message) -> None:
        assert self.process.stdin is not None
        await self.process.stdin.send(packed(question))

    async def heard(self) -> Message:
        head = await self._answers.receive_exactly(LENGTH)
        return unpacked(await self._answers.receive_exactly(int.from_bytes(head, "big")))

    async def end(self) -> None:
        """End the process, gently at first."""
        with anyio.CancelScope(shield=True):
            if self.process.returncode is None:
                self.process.terminate()
                with anyio.move_on_after(END_DEADLINE_S):
                    await self.process.wait()
                if self.process.returncode is None:
                    self.process.kill()
            await self.process.aclose()


class HistoryReader:
    """Asks one process that keeps what it has read, and starts another for each export."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._talk: _Talk | None = None
        self._turn = anyio.Lock()

    async def ask(self, question: HistoryRequest | OrderLifeRequest) -> HistoryPage | OrderLifePage | Refused:
        """One page; Refused where the journal cannot be read."""
        async with self._turn:
            for is_last in (False, True):
                try:
                    return await self._ask(question)
                except _GONE as error:  # it ends by itself once nothing was asked for a while
                    await self.close()
                    if is_last:
                        return Refused(f"the process that reads the journal has ended: {type(error).__name__}")
                except BaseException:
                    await self.close()  # what it still says would be taken for the answer to the next question
                    raise
        raise AssertionError

    async def _ask(self, question: HistoryRequest | OrderLifeRequest) -> HistoryPage | OrderLifePage | Refused:
        if self._talk is None:
            self._talk = await _Talk.begun(self._folder)
        await self._talk.ask(question)
        answer = await self._talk.heard()
        assert isinstance(answer, HistoryPage | OrderLifePage | Refused)
        return answer

    async def export(self, job: ExportHistory) -> AsyncGenerator[Progress | Exported | Failed]:
        """Write a file, telling how far it is; a caller that leaves ends it, and nothing of the file stays."""
        try:
            talk = await _Talk.begun(self._folder)
        except OSError as error:
            yield Failed(f"no process could be started: {error.strerror}")
            return
        try:
            await talk.ask(job)
            while True:
                part = await talk.heard()
                assert isinstance(part, Progress | Exported | Failed)
                yield part
                if not isinstance(part, Progress):
                    return
        except _GONE:
            yield Failed("the process that writes the file has ended; nothing was written")
        finally:
            await talk.end()

    async def close(self) -> None:
        """End the reading process."""
        talk, self._talk = self._talk, None
        if talk is not None:
            await talk.end()
