"""The halt window: who halted, when and why, how far it got, and the two things a person may still do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from fks_engine.api import ConnectionLost, Denied, NothingSent, SetTradingState, TradingState
from fks_tui.actions.action import bindings
from fks_tui.actions.safety import FLATTEN_TOO, HALT_ACTIONS, TYPE_RESUME
from fks_tui.actions.windows import CLOSE
from fks_tui.formatting import printable
from fks_tui.frame_words import entitle
from fks_tui.halt_words import (
    COMMAND,
    halt_of,
    headline,
    held_lines,
    is_halted,
    progress_lines,
    stage_lines,
    unreached_lines,
)
from fks_tui.screens.base import DeskModal
from fks_tui.screens.confirm import Confirm
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from fks_engine.api import Command, Desk, DeskView

WORD: Final = "resume"
"""What is typed to lift a halt."""


class HaltScreen(DeskModal[None]):
    """Shows a halt until it is closed; closing it stops nothing but the asking of an engine that does not answer."""

    BINDINGS = bindings(HALT_ACTIONS)
    AUTO_FOCUS = ""
    READING_S: ClassVar[float] = 0.7
    """For so long a window that opened by itself takes none of its own keys: they were meant for what it covers."""

    def __init__(
        self, desk: Desk, give_up: Callable[[], None], *, by_itself: bool = False, resuming: bool = False
    ) -> None:
        super().__init__()
        self._desk = desk
        self._give_up = give_up
        self._resuming = resuming
        self._view = desk.view()
        self._readable_at = time.monotonic() + (self.READING_S if by_itself else 0.0)
        self._is_asked = not (by_itself or resuming)
        """Whether a halt of this desk has no answer yet."""
        self._trouble, self._tries = "", 0
        self._note = ""

    def compose(self) -> ComposeResult:
        """Who and why, the stages, what is left, what went wrong, the field for the word, and the keys."""
        with Vertical(classes="modal") as box:
            entitle(box, "Halt", self._view.engine.where)
            for name in ("unreached", "what", "stages", "progress", "note"):
                yield SteadyText(classes=name)
            with Vertical(classes="lift"):
                yield Static(Content(f"Type {WORD} and press Enter: orders pass again."), classes="w")
                yield Input(placeholder=WORD, compact=True, select_on_focus=False, disabled=not self._resuming)
            yield SteadyText(classes="hint")

    def on_mount(self) -> None:
        """Show how things stand; the field is there only once it is asked for."""
        self._show_field(self._resuming)
        self.show(self._desk.view())

    def show(self, view: DeskView) -> None:
        """Follow the halt."""
        self._view = view
        self._paint()

    def answered(self, note: str) -> None:
        """The engine has taken the halt, or said why not."""
        self._is_asked, self._trouble, self._note = False, "", note
        self._paint()

    def unanswered(self, why: str, tries: int) -> None:
        """The engine did not answer; it is asked again."""
        self._trouble, self._tries = why, tries
        self._paint()

    def _paint(self) -> None:
        if not self.query(".hint"):  # an answer may come before the window is there, or after it
            return
        view, halt = self._view, halt_of(self._view)
        gone = view.engine.is_gone
        trouble = self._trouble or (view.engine.detail or "the engine is gone" if gone else "")
        unreached = unreached_lines(trouble, max(1, self._tries)) if self._trouble else []
        if not self._trouble and gone:
            unreached = [
                Content.assemble((" ✖ THE ENGINE IS GONE ", "bold $alarm-text on $alarm"), f" {printable(trouble)}"),
                Content.assemble("What stands below is its last word. Also: ", (COMMAND, "bold"), " elsewhere."),
            ]
        self._tell(".unreached", *unreached)
        self._tell(".what", self._what(view))
        self._tell(".stages", *([] if halt is None else stage_lines(halt)))
        self._tell(".progress", *([] if halt is None else progress_lines(halt)))
        self._tell(".note", *([Content(printable(f"✗ {self._note}"))] if self._note else []))
        self.query_one(".hint", SteadyText).tell(self._keys())

    def _what(self, view: DeskView) -> Content:
        if is_halted(view):
            return headline(view)
        if self._is_asked:
            return Content("Asked for a halt; the engine has not answered yet.")
        return Content(f"Trading is {view.engine.trading_state.value}: it is not halted.")

    def _keys(self) -> str:
        close = CLOSE.keys.split()[0]
        if self._resuming:
            return f"Enter resume   {close} stay halted"
        if self._trouble:
            return f"{close} close and ask no more"
        if not is_halted(self._view):
            return f"{close} close"
        halt = halt_of(self._view)
        flatten = "" if halt is not None and halt.flatten else f"{FLATTEN_TOO.keys} also flatten   "
        return f"{flatten}{TYPE_RESUME.keys} resume   {close} close (the halt goes on)"

    def _tell(self, name: str, *lines: Content) -> None:
        text = self.query_one(name, SteadyText)
        text.display = bool(lines)
        text.tell(*lines)

    def _show_field(self, shown: bool) -> None:
        self._resuming = shown
        self.query_one(".lift").display = shown
        field = self.query_one(Input)
        field.disabled, field.value = not shown, ""
        self.set_focus(field if shown else None)

    def _is_readable(self) -> bool:
        return time.monotonic() >= self._readable_at

    def action_resume(self) -> None:
        """Ask for the word."""
        if self._is_readable() and is_halted(self._view):
            self._note = ""
            self._show_field(True)
            self._paint()

    @on(Input.Submitted)
    def _entered(self, event: Input.Submitted) -> None:
        """Enter acts only behind the whole word."""
        if event.value.strip().lower() == WORD:
            self.run_worker(self._submit(SetTradingState(TradingState.ACTIVE, "by hand")), group="resume")
        else:
            self._note = f"Still halted: type the whole word {WORD}."
            self._paint()

    def action_flatten(self) -> None:
        """Ask once whether what is held shall be sold too."""
        halt = halt_of(self._view)
        if not self._is_readable() or not is_halted(self._view) or (halt is not None and halt.flatten):
            return
        held = held_lines(self._view)
        if not held:
            self._note = "Nothing is held that could be sold."
            self._paint()
            return
        words = [*held, "Sold once the exchange has no order of ours any more. Trading stays halted."]
        question = Confirm("Also sell what is held?", words, yes="Flatten", no="Keep it", danger=True)
        reason = halt.reason if halt is not None else self._view.engine.trading_state_reason

        def sell(answer: bool | None) -> None:
            if answer:
                command = SetTradingState(TradingState.HALTED, reason, flatten=True)
                self.app.run_worker(self._submit(command), group="halt")

        self.app.push_screen(question, sell)

    async def _submit(self, command: Command) -> None:
        try:
            answer = await self._desk.submit(command)
        except NothingSent as error:
            self._note = f"Nothing was sent: {error}"
        except ConnectionLost as error:
            self._note = f"No answer: {error}"
        else:
            self._note = f"Denied: {answer.message}" if isinstance(answer, Denied) else ""
            if not self._note and isinstance(command, SetTradingState) and command.state is TradingState.ACTIVE:
                if self.is_current:
                    self.dismiss(None)
                return
        self._paint()

    def action_close(self) -> None:
        """Leave the field, else the window; the halt goes on."""
        if self._resuming and is_halted(self._view):
            self._note = ""
            self._show_field(False)
            self._paint()
            return
        self._give_up()
        self.dismiss(None)
