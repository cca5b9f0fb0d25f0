"""Two desks that come and go: one that only reads pictures, one that a person would sit at."""

from __future__ import annotations

import random
import re
import signal
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import anyio
from anyio import to_thread

from fks_engine.api import Follow, Timeframe
from fks_engine.errors import EngineError
from fks_engine.wire import connect
from tests.integration.terminal import in_terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from fks_engine.model import InstrumentId
    from tests.integration.terminal import Terminal
    from tests.soak.samples import Sampler

NAME = "desk"
KEYS = (
    *(b"\x1bOQ", b"\x1bOR", b"\x1bOS", b"\x1b[15~", b"\x1b[17~", b"\x1b[20~"),  # F2 to F6 and F9: the screens
    *(b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[5~", b"\x1b[6~"),  # arrows, page up and down
    *(b"\x1bOP", b"\x14", b"\t", b"["),  # help, the next theme, the next pane, a shorter timeframe
)
ESCAPE = b"\x1b"
UP_WITHIN_S = 60.0
END_WITHIN_S = 30.0
CRASH_S = 3.0


@dataclass
class Reader:
    """A client of the socket that follows a market, reads pictures and leaves, again and again."""

    socket: Path
    markets: Sequence[InstrumentId]
    seed: int
    visits: int = 0
    pictures: int = 0
    refused: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Come and go until canceled."""
        dice = random.Random(self.seed)
        while True:
            try:
                with anyio.move_on_after(dice.uniform(1.0, 15.0)):
                    await self._visit(Follow(dice.choice(self.markets), dice.choice(tuple(Timeframe))))
            except EngineError as error:
                self.refused[type(error).__name__] += 1
            await anyio.sleep(dice.uniform(0.1, 5.0))

    async def _visit(self, follow: Follow) -> None:
        async with connect(self.socket) as desk:
            self.visits += 1
            await desk.submit(follow)
            view = desk.view()
            while True:
                view = await desk.changed(view.number)
                self.pictures += 1


@dataclass
class Person:
    """A desk in a terminal: keys are pressed for a while, then it is left, told to end, cut off or killed."""

    environment: Mapping[str, str]
    sampler: Sampler
    seed: int
    stay_s: tuple[float, float] = (15.0, 90.0)
    visits: Counter[str] = field(default_factory=Counter)
    """By how the desk was left."""
    problems: list[str] = field(default_factory=list)
    written_bytes: int = 0
    _over: Event = field(default_factory=Event)

    async def run(self) -> None:
        """Come and go until canceled; a visit that has begun is brought to its end."""
        dice = random.Random(self.seed)
        while not self._over.is_set():
            await to_thread.run_sync(partial(self._visit, dice))
            await anyio.sleep(dice.uniform(0.5, 5.0))

    def go(self) -> None:
        """Leave soon, and do not come back."""
        self._over.set()

    def _visit(self, dice: random.Random) -> None:
        """One desk from its start to its end; in a thread, for a terminal is read by waiting."""
        name = f"{NAME} {self.visits.total() + 1}"
        with in_terminal([sys.executable, "-m", "fks_tui"], self.environment, 200, 60) as terminal:
            try:
                terminal.read_until(b"BTC/USDT", UP_WITHIN_S)
                self.sampler.begin(name, terminal.process.pid)
                self._use(terminal, dice)
                self._leave(terminal, dice.choice(("quit", "terminated", "cut off", "killed")))
            except (AssertionError, OSError) as error:
                self.problems.append(f"{error}"[:3_000])
            finally:
                self.sampler.end(name)

    def _use(self, terminal: Terminal, dice: random.Random) -> None:
        until = time.monotonic() + dice.uniform(*self.stay_s)
        while time.monotonic() < until and not self._over.is_set():
            terminal.type(ESCAPE if dice.random() < 0.2 else dice.choice(KEYS))
            looks = dice.random() < 0.15  # a person stops to read now and then
            terminal.read_for(dice.uniform(2.0, 5.0) if looks else dice.uniform(0.1, 1.0))
            assert terminal.process.poll() is None, f"ended by itself: {terminal.written[-1500:]!r}"
            if b"Traceback" in terminal.written:
                terminal.read_for(CRASH_S)
                raise AssertionError("a traceback, which ends: " + _plain(terminal.written)[-1_500:])
            self.written_bytes += len(terminal.written)
            terminal.written = b""

    def _leave(self, terminal: Terminal, way: str) -> None:
        """End the desk one way or the other; all but a kill must end it with code 0."""
        self.visits[way] += 1
        if way == "killed":
            terminal.process.kill()
            terminal.process.wait(END_WITHIN_S)
            return
        if way == "cut off":
            terminal.hang_up()
            code = terminal.process.wait(END_WITHIN_S)
        elif way == "terminated":
            terminal.process.send_signal(signal.SIGTERM)
            code = terminal.wait(END_WITHIN_S)
        else:
            terminal.type(b"\x11")  # ctrl+q
            terminal.read_until(b"Leave the desk", END_WITHIN_S)
            terminal.type(b"d")
            code = terminal.wait(END_WITHIN_S)
        assert code == 0, f"{way}: ended with code {code}: {terminal.written[-1500:]!r}"


def _plain(written: bytes) -> str:
    """What was written, without colours and frames."""
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|[\u2500-\u257f]", "", written.decode("utf-8", "replace"))
    return re.sub(r"\s*\n\s*", "\n", text)
