"""The question before one-press trading: what it means and where; with real money the market is typed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Input, Static

from fks_engine.api import Mode
from fks_tui.actions.action import bindings
from fks_tui.actions.ladder import ARM_ACTIONS, ARM_NOW, LET_GO
from fks_tui.actions.windows import CLOSE
from fks_tui.frame_words import entitle
from fks_tui.screens.base import DeskModal
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import EngineView


class ArmTrading(DeskModal[bool]):
    """Answers True once somebody has armed on purpose. Escape is a no."""

    BINDINGS = bindings(ARM_ACTIONS)

    def __init__(self, engine: EngineView, market: str, *, size: str, seconds: float) -> None:
        super().__init__()
        self._engine = engine
        self._market = market
        self._of_size = size
        self._seconds = seconds
        self._typed = engine.mode is Mode.LIVE

    def compose(self) -> ComposeResult:
        """What is about to hold, and how it is answered."""
        mode = self._engine.mode.upper()
        with Vertical(classes="modal danger") as box:
            entitle(box, "Arm one-press trading", self._engine.where)
            yield Static(Content(f"Keys will send orders in {self._market} at once, without a question."), classes="q")
            yield Static(Content(f"· mode {mode}, size {self._of_size}, {self._market} and no other market"))
            yield Static(Content(f"· off after {self._seconds:g} s without a key, on {LET_GO.keys}, when the ladder"))
            yield Static(Content("  is left, when the market changes or goes stale, and on every denial"))
            if self._typed:
                yield Static(Content(f"This is real money. Type {self._market} and press {ARM_NOW.keys}."), classes="w")
                yield Input(placeholder=self._market, compact=True)
            yield SteadyText(f"{ARM_NOW.keys} arm   {CLOSE.keys.split()[0]} leave it off", classes="hint")

    def on_input_submitted(self) -> None:
        """Enter behind the typed name."""
        self.action_answer()

    def action_answer(self) -> None:
        """Arm, if what must be typed was typed."""
        if self._typed and self.query_one(Input).value.strip().upper() != self._market.upper():
            self.query_one(".hint", SteadyText).tell(f"Not armed: type {self._market}, or leave it off")
            return
        self.dismiss(True)

    def action_close(self) -> None:
        """Closing is a no."""
        self.dismiss(False)
