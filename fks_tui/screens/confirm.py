"""A question that must be answered before something is done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Button, Static

from fks_tui.actions.action import bindings
from fks_tui.actions.windows import CONFIRM_ACTIONS, NO, YES
from fks_tui.screens.base import DeskModal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult


class Confirm(DeskModal[bool]):
    """Asks `question` and lists what follows from a yes. Escape is a no.

    The focus, and so Enter, begins on yes; with `danger` on no.
    """

    BINDINGS = bindings(CONFIRM_ACTIONS)

    def __init__(
        self, question: str, consequences: Sequence[str], *, yes: str = "Yes", no: str = "No", danger: bool = False
    ) -> None:
        super().__init__()
        self._question = question
        self._consequences = tuple(consequences)
        self._yes = yes
        self._no = no
        self._danger = danger

    def compose(self) -> ComposeResult:
        """The question, what follows, and two buttons."""
        with Vertical(classes="modal danger" if self._danger else "modal") as box:
            box.border_title = "Confirm"
            yield Static(Content(self._question), classes="question")
            for consequence in self._consequences:
                yield Static(Content(f"· {consequence}"), classes="consequence")
            with Horizontal(classes="buttons"):
                yield Button(Content(f"{self._yes} ({YES.keys})"), id="yes", compact=True)
                yield Button(Content(f"{self._no} ({NO.keys})"), id="no", compact=True)

    def on_mount(self) -> None:
        """Begin where a hasty Enter does least harm."""
        self.set_focus(self.query_one("#no" if self._danger else "#yes", Button))

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """A pressed button is an answer."""
        self.action_answer(event.button.id == "yes")

    def action_other_button(self) -> None:
        """Move the focus to the other button."""
        self.focus_next()

    def action_answer(self, answer: bool) -> None:
        """Close with the answer."""
        self.dismiss(answer)

    def action_close(self) -> None:
        """Closing is a no."""
        self.dismiss(False)
