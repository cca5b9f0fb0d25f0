"""A halt from the key press on: submitted until the engine answers, and each halt shown in its window once."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from fks_engine.api import Accepted, ConnectionLost, SetTradingState, TradingState
from fks_tui.halt_words import halt_of, is_halted
from fks_tui.screens.base import accepted
from fks_tui.screens.confirm import Confirm
from fks_tui.screens.halt import HaltScreen

if TYPE_CHECKING:
    from textual.app import App

    from fks_engine.api import Command, Desk, DeskView

BY_HAND = "by hand"


class Halting:
    """Halts, narrows and opens the gate for a person at this desk."""

    ANSWER_S: ClassVar[float] = 3.0
    """So long an answer to a halt is waited for, before it is asked for again."""
    AGAIN_S: ClassVar[float] = 1.0

    def __init__(self, app: App[Any], desk: Desk) -> None:
        self._app = app
        self._desk = desk
        self._asking = False
        self._is_ours = False
        self._seen_ts = 0

    @property
    def _window(self) -> HaltScreen | None:
        return next((each for each in self._app.screen_stack if isinstance(each, HaltScreen)), None)

    def is_shown(self) -> bool:
        """Whether the window tells how a halt stands."""
        return self._window is not None

    def halt(self) -> None:
        """Submit a halt at once, and show how far it gets."""
        self._is_ours = halt_of(self._desk.view()) is None
        window = self._window or HaltScreen(self._desk, self.stop_asking)
        if not self._asking:
            self._asking = True
            self._app.run_worker(self._ask(window), group="halt")
        if self._window is None:
            asyncio.get_running_loop().call_soon(partial(self._open, window))

    def stop_asking(self) -> None:
        """The window was closed: a halt that nobody answered is asked for no more."""
        self._asking = False

    def see(self, view: DeskView) -> None:
        """Open the window for a halt that did not come from this desk, once."""
        halt = None if view.engine.is_gone else halt_of(view)
        if halt is None or halt.since_ts == self._seen_ts:
            return
        self._seen_ts = halt.since_ts
        if not self._is_ours and self._window is None:
            self._open(HaltScreen(self._desk, self.stop_asking, by_itself=True))
        self._is_ours = False

    def reduce(self) -> None:
        """Let only what shrinks a position pass, after a question."""
        view = self._desk.view()
        if is_halted(view):
            self._app.notify("Trading is halted, which is stricter. Resume it first.", title="Nothing changed")
        elif view.engine.trading_state is TradingState.REDUCING:
            self._app.notify("Only what shrinks a position passes already.", title="Nothing changed")
        else:
            words = ["Orders that open or grow a position are denied.", "Working orders stay as they are."]
            self._confirm("Let only reductions pass?", words, "Reduce only", TradingState.REDUCING)

    def resume(self) -> None:
        """Open the gate: after a halt by typing, else after a question."""
        view = self._desk.view()
        if is_halted(view):
            window = self._window
            if window is None:
                self._open(HaltScreen(self._desk, self.stop_asking, resuming=True))
            else:
                window.action_resume()
        elif view.engine.trading_state is TradingState.ACTIVE:
            self._app.notify("Trading is active.", title="Nothing changed")
        else:
            self._confirm("Open the gate again?", ["Every order passes again."], "Resume", TradingState.ACTIVE)

    def _confirm(self, question: str, words: list[str], yes: str, state: TradingState) -> None:
        def answered(answer: bool | None) -> None:
            if answer:
                self._app.run_worker(self._submit(SetTradingState(state, BY_HAND)), group="halt")

        self._app.push_screen(Confirm(question, words, yes=yes, no="Leave it"), answered)

    async def _submit(self, command: Command) -> None:
        await accepted(
            self._desk,
            command,
            denied=partial(self._app.notify, title="Denied", severity="warning"),
            gone=partial(self._app.notify, title="Engine gone", severity="error"),
        )

    def _open(self, window: HaltScreen) -> None:
        if self._window is None:
            self._app.push_screen(window)

    async def _ask(self, window: HaltScreen) -> None:
        """Hand the halt over, again and again until the engine has said something or the window is closed."""
        tries = 0
        while self._asking:
            tries += 1
            try:
                async with asyncio.timeout(self.ANSWER_S):
                    answer = await self._desk.submit(SetTradingState(TradingState.HALTED, BY_HAND))
            except ConnectionLost as error:
                trouble = str(error)
            except TimeoutError:
                trouble = f"no answer within {self.ANSWER_S:g} s"
            else:
                self._asking = False
                window.answered("" if isinstance(answer, Accepted) else f"Denied: {answer.message}")
                return
            window.unanswered(trouble, tries)
            await asyncio.sleep(self.AGAIN_S)
