"""The order line: anything that can be done, typed; previewed while it is typed, and sent once."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.widgets import Input

from fks_engine.api import (
    CancelAllOrders,
    ConnectionLost,
    FlattenPosition,
    InstrumentsPage,
    InstrumentsRequest,
    Mode,
)
from fks_tui.actions.action import bindings
from fks_tui.actions.ticket import LINE_ACTIONS
from fks_tui.actions.windows import NO, YES
from fks_tui.frame_words import entitle
from fks_tui.messages import MarketRequested
from fks_tui.order_line.completion import completions
from fks_tui.order_line.markets import Markets, Unlooked
from fks_tui.order_line.reading import Go, Halt, Reading, ShowHelp, read
from fks_tui.order_line.words import LONGEST, Doubt
from fks_tui.preview_feed import PREVIEW_EVERY_NS, PreviewFeed
from fks_tui.screens.line_words import HINTS, completion_lines, doubt_line, verdict_line
from fks_tui.screens.sending import SendingModal
from fks_tui.screens.ticket_words import Stage
from fks_tui.widgets.steady_text import SteadyText

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from fks_engine.api import Desk, DeskView, Preview, Previewable
    from fks_tui.line_history import LineHistory
    from fks_tui.order_line.completion import Completion

_ALWAYS_REVIEWED: Final = (CancelAllOrders, FlattenPosition)


class OrderLineScreen(SendingModal):
    """One line to type into, what it would do under it, and the words it can go on with."""

    BINDINGS = bindings(LINE_ACTIONS, (YES, NO))

    def __init__(self, desk: Desk, history: LineHistory, *, confirm: bool, text: str = "") -> None:
        super().__init__(desk)
        self._history = history
        self._confirm = confirm
        self._begins_with = text
        self._markets = Markets(self.picture)
        self._previews = PreviewFeed(desk, self._take_preview)
        self._previewed: tuple[Previewable, Preview | None] | None = None
        self._previewed_text = ""
        """The line whose preview that is; a size that hangs on the market moves on while the line stays."""
        self._preview_ts = self.picture.ts
        self._said: Reading | Unlooked | Doubt = read(text, self._markets)
        self._going: Reading | None = None
        """What Enter was pressed for, and waits for its preview."""
        self._offered: tuple[Completion, ...] = ()
        self._taken = -1
        """Which of the completions stands in the line; -1 while it is as it was typed."""

    def compose(self) -> ComposeResult:
        """The line, and under it the place of a doubt, the sentence, the verdict, the completions and the keys."""
        with Vertical(classes="modal line"):
            field = Input(self._begins_with, id="line", compact=True, max_length=LONGEST, select_on_focus=False)
            field.cursor_blink = False
            yield field
            for name in ("mark", "sentence", "verdict", "completions", "hint"):
                yield SteadyText(classes=name)

    def on_mount(self) -> None:
        """Begin to type."""
        self._history.rewind()
        self.set_focus(self._field)
        self.run_worker(self._previews.run(), group="previews")
        self._changed(self._begins_with)

    def show(self, view: DeskView) -> None:
        """Follow the market: prices that hang on it move, and the preview is asked for again every second."""
        self.picture = view
        self._markets = replace(self._markets, view=view)
        if self.stage is Stage.EDITING and self._going is None:
            since, before = abs(view.ts - self._preview_ts), self._order
            if before is None or self._previews.may_follow(since):
                was_sought = isinstance(self._said, Unlooked)
                self._said = read(self._field.value, self._markets)
                if isinstance(self._said, Unlooked) and not was_sought:
                    self._seek(self._said)
            if self._order != before or since >= PREVIEW_EVERY_NS:
                self._preview_ts = view.ts
                self._previews.want(self._order)
        self.paint()

    @property
    def _field(self) -> Input:
        return self.query_one("#line", Input)

    @property
    def _order(self) -> Previewable | None:
        return self._said.order if isinstance(self._said, Reading) else None

    # What is typed.

    def on_input_changed(self, event: Input.Changed) -> None:
        """The line is another one."""
        if self._taken < 0 or event.value != self._offered[self._taken].line:
            self._taken = -1
        self._changed(event.value)

    def on_input_submitted(self) -> None:
        """Enter, behind all that was typed before."""
        self.action_go_on()

    def _changed(self, text: str) -> None:
        self.denied = None
        self._going = None
        self._said = read(text, self._markets)
        if self._taken < 0:
            self._offered = completions(text, self._markets)
        if isinstance(self._said, Unlooked):
            self._seek(self._said)
        self._preview_ts = self.picture.ts
        self._previews.want(self._order)
        self.paint()

    def _seek(self, said: Unlooked) -> None:
        self.run_worker(self._look_up(said.text), group=f"look up {said.text}", exclusive=True)

    async def _look_up(self, word: str) -> None:
        """Ask the engine for the markets of that name, and read the line again."""
        try:
            page = await self.desk.query(InstrumentsRequest(word))
        except ConnectionLost:
            return
        found = page.items if isinstance(page, InstrumentsPage) else ()
        known = {**self._markets.instruments, **{each.id: each for each in found}}
        self._markets = replace(self._markets, instruments=known, asked=self._markets.asked | {word.upper()})
        with suppress(NoMatches):
            if self.stage is Stage.EDITING:
                self._changed(self._field.value)

    def action_complete(self, step: int) -> None:
        """Put the next completion into the line, or the one before."""
        if self.stage is Stage.EDITING and self._offered:
            self._taken = (self._taken + step) % len(self._offered) if self._taken >= 0 else (0 if step > 0 else -1)
            self._taken %= len(self._offered)
            line = self._offered[self._taken].line
            is_only = len(self._offered) == 1
            self._put(line)
            if is_only:
                self._taken = -1

    def action_recall(self, step: int) -> None:
        """Put an earlier or a later line of the history into the field."""
        if self.stage is Stage.EDITING:
            line = self._history.back(self._field.value) if step < 0 else self._history.forth()
            if line is not None:
                self._taken = -1
                self._put(line)

    def _put(self, line: str) -> None:
        self._field.value = line
        self._field.cursor_position = len(line)

    # From the keyboard to the engine.

    def go_on(self) -> None:
        """Do what the line says: at once, after its preview, or after a review."""
        said = self._said
        if not isinstance(said, Reading) or self._going is not None:
            return
        if self.is_gone and not isinstance(said.action, Halt):
            return
        if isinstance(said.action, Go | ShowHelp | Halt):
            self._leave_for(said.action)
        elif said.order is not None:
            answered, preview = self._previewed or (None, None)
            if said.order == answered and preview is not None:
                self._proceed(said, preview)
            else:
                self._going = said
                self._previews.want(said.order)
                self.paint()
        elif isinstance(said.action, _ALWAYS_REVIEWED):
            self.review(said.action)
        else:
            self._remember()
            self.send(said.action)

    def _leave_for(self, action: Go | ShowHelp | Halt) -> None:
        self._remember()
        self.dismiss(None)
        if isinstance(action, Go):
            self.app.post_message(MarketRequested(action.instrument_id))
        else:
            self.app.call_later(self.app.run_action, "halt" if isinstance(action, Halt) else "help")

    def _take_preview(self, command: Previewable, preview: Preview | None) -> None:
        self._previewed, self._previewed_text = (command, preview), self._field.value
        going = self._going
        if going is not None and going.order == command:
            self._going = None
            if preview is not None:
                self._proceed(going, preview)
        self.paint()

    def _proceed(self, said: Reading, preview: Preview) -> None:
        """Enter, and the preview of what is typed: go on, unless the gate would deny it."""
        command = said.order
        if self.stage is not Stage.EDITING or preview.denial is not None or command is None:
            return
        self._said = said
        self._remember()
        if self._confirm or said.cautions or preview.warnings:
            self.review(command)
        else:
            self.send(command)

    def action_go_on(self) -> None:
        """Review or send; what is sent is remembered as a line."""
        if self.stage is Stage.REVIEWING:
            self._remember()
        super().action_go_on()

    def _remember(self) -> None:
        self._history.add(self._field.value)

    # What is shown.

    def focus_stage(self, stage: Stage) -> None:
        """While something is typed the line has the keys; else the window."""
        self.set_focus(self._field if stage is Stage.EDITING else None)
        if stage is Stage.EDITING:
            self._said = read(self._field.value, self._markets)

    def draw(self) -> None:
        """The doubt or the sentence, the verdict, the ways to go on, and the keys."""
        box, said = self.query_one(".line"), self._said
        entitle(box, "Order line", self.picture.engine.where)
        box.set_class(self.picture.engine.mode is Mode.LIVE, "-live")
        box.set_class(self.stage is not Stage.EDITING, "-reviewing")
        answered, preview = self._previewed or (None, None)
        text = self._field.value
        is_answered = self._order is not None and (answered == self._order or text == self._previewed_text)
        mark = doubt_line(said, len(text)) if isinstance(said, Doubt) and text else Content("")
        self.query_one(".mark", SteadyText).tell(mark)
        sentence = said.sentence if isinstance(said, Reading) else ""
        self.query_one(".sentence", SteadyText).tell(Content(sentence))
        verdict, tone = verdict_line(
            self.stage,
            said if text.strip() else None,
            preview if is_answered else None,
            self.denied,
            is_gone=self.is_gone,
            is_read_only=self.is_read_only,
            is_answered=is_answered,
        )
        line = self.query_one(".verdict", SteadyText)
        line.tell(Content(verdict).stylize(tone))
        ways = completion_lines(self._offered, self._taken, text) if self.stage is Stage.EDITING else []
        self.query_one(".completions", SteadyText).tell(*ways)
        self.query_one(".hint", SteadyText).tell("Read it …" if self.is_being_read else HINTS[self.stage])
