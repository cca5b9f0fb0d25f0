"""Windows that hand a command to the engine: reviewed where that is wanted, sent once, its answer told."""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING, ClassVar, Final

from textual.css.query import NoMatches

from fks_engine.api import Accepted, ConnectionLost, NothingSent
from fks_tui.actions.desk import ORDERS
from fks_tui.asked_words import asked_words
from fks_tui.screens.base import DeskModal
from fks_tui.screens.ticket_words import NO_ANSWER, Stage

if TYPE_CHECKING:
    from fks_engine.api import Command, Denied, Desk

SHOW_SENDING_S: Final = 0.1
"""An answer that takes longer than this is seen to be waited for."""


class SendingModal(DeskModal[None]):
    """A window with a command in it, on its way from the keyboard to the engine.

    What is sent is the very command that the review repeated.
    """

    READING_S: ClassVar[float] = 0.3
    """For so long a review takes no answer: a key that is held or bounces has not read it."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self.desk = desk
        self.picture = desk.view()
        self.stage = Stage.EDITING
        self.reviewed: Command | None = None
        """What the review repeats, and what is sent."""
        self.denied: Denied | None = None
        self._readable_at = 0.0

    @property
    def is_gone(self) -> bool:
        """Whether there is no engine to hand a command to."""
        return self.picture.engine.is_gone

    @property
    def is_read_only(self) -> bool:
        """Whether this engine takes no orders at all."""
        return self.picture.engine.read_only

    @property
    def is_being_read(self) -> bool:
        """Whether the review is too young to be answered."""
        return self.stage is Stage.REVIEWING and time.monotonic() < self._readable_at

    def focus_stage(self, stage: Stage) -> None:
        """Show the part of the window that belongs to a stage, and give it the keys."""

    def draw(self) -> None:
        """Show how things stand."""

    def go_on(self) -> None:
        """Enter while something is typed: review or send it."""

    def action_go_on(self) -> None:
        """Review what is typed, send what was reviewed, or leave a window whose command is lost."""
        if self.stage is Stage.EDITING:
            self.go_on()
        elif self.stage is Stage.REVIEWING and self.reviewed is not None:
            if not self.is_being_read and not self.is_gone:
                self.send(self.reviewed)
        elif self.stage is Stage.LOST:
            self.dismiss(None)
            self.app.call_later(self.app.run_action, ORDERS.action)

    def action_answer(self, answer: bool) -> None:
        """Yes or no to the review."""
        if self.stage is Stage.REVIEWING:
            self.action_go_on() if answer else self.action_close()

    def action_close(self) -> None:
        """Go back from the review to what is typed, or close the window."""
        if self.stage is Stage.REVIEWING:
            self.enter(Stage.EDITING)
        else:
            self.dismiss(None)

    def review(self, command: Command) -> None:
        """Repeat `command` and wait for its yes."""
        self.reviewed = command
        self._readable_at = time.monotonic() + self.READING_S
        self.set_timer(self.READING_S, self.paint)
        self.enter(Stage.REVIEWING)

    def send(self, command: Command) -> None:
        """Hand the command over, once; the app waits for the answer, so that closing the window loses nothing."""
        self.reviewed = command
        self.stage = Stage.SENDING
        self.app.run_worker(self._submit(command), group="orders")
        # Laying out another window takes longer than most answers: the order goes first.
        self.set_timer(SHOW_SENDING_S, lambda: self.enter(self.stage))

    async def _submit(self, command: Command) -> None:
        title, text = asked_words(command, self.desk.view())
        try:
            answer = await self.desk.submit(command)
        except NothingSent as error:
            self.enter(Stage.EDITING)
            self.app.notify(str(error), title="Nothing was sent", severity="error", markup=False)
            return
        except ConnectionLost:
            self.enter(Stage.LOST)
            if not self.is_current:
                told = f"{text}: {NO_ANSWER}"
                self.app.notify(told, title="No answer", severity="error", timeout=30, markup=False)
            return
        if isinstance(answer, Accepted):
            self.app.notify(text, title=title, markup=False)
            if self.is_current:
                self.dismiss(None)
        elif self.is_current:
            self.denied = answer
            self.enter(Stage.EDITING)
        else:
            self.app.notify(answer.message, title="Denied", severity="error", markup=False)

    def enter(self, stage: Stage) -> None:
        """Go to a stage; its part of the window gets the keys."""
        self.stage = stage
        if not self.is_attached:
            return
        with suppress(NoMatches):
            self.focus_stage(stage)
        self.paint()

    def paint(self) -> None:
        """Show how things stand, unless an answer came while the window is being taken apart."""
        with suppress(NoMatches):
            self.draw()
